package server_test

import (
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// stores are the two kinds of stores; nothing may behave differently on one of them.
func stores() map[string]func(*testing.T, *demo.Config) {
	return map[string]func(*testing.T, *demo.Config){
		"SQLite and embedded": func(*testing.T, *demo.Config) {},
		"Postgres and Redis": func(t *testing.T, c *demo.Config) {
			c.DatabaseURL = config.NewSecret(storetest.Postgres(t))
			c.RedisURL = config.NewSecret(testenv.Redis(t))
		},
	}
}

// start runs the demo until the test ends or stop is called; stop waits for it and returns its error. The audit trail of
// everything the test did is proved in the end.
func start(t *testing.T, c demo.Config, clock *testenv.Clock, change ...func(*demo.Deps)) (d *demo.Demo, stop func() error) {
	t.Helper()
	var w *testworld.World
	t.Cleanup(func() {
		if w != nil {
			testworld.Proved(t, w.Demo)
		}
	})
	w = testworld.Run(t, c, clock, change...)
	return w.Demo, w.Stop
}

// secondNode is another node over the stores of the demo. A store that a crowded machine keeps from answering in time is asked
// again: the bound on connecting is the product's, and it is not what these tests are about.
func secondNode(t *testing.T, d *demo.Demo) (*server.Server, error) {
	t.Helper()
	for until := time.Now().Add(patience); ; {
		node, err := d.SecondNode(t.Context())
		if !errors.Is(err, idp.ErrUnavailable) || time.Now().After(until) {
			return node, err
		}
	}
}
