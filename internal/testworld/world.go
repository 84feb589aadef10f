package testworld

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/testenv"
)

// World is the demo with its people, served until the test ends or Stop is called.
type World struct {
	*demo.Demo
	Clock *testenv.Clock

	t    testing.TB
	stop func() error
}

// Open runs a world on SQLite and the embedded Redis, unless change chooses otherwise.
func Open(t testing.TB, change ...func(*demo.Config)) *World {
	t.Helper()
	c := Config(t)
	for _, one := range change {
		one(&c)
	}
	return Run(t, c, &testenv.Clock{})
}

// Run runs a world by a configuration of Config or Empty, which may have run before.
func Run(t testing.TB, c demo.Config, clock *testenv.Clock, change ...func(*demo.Deps)) *World {
	t.Helper()
	deps := Deps(clock)
	for _, one := range change {
		one(&deps)
	}
	d, err := demo.New(t.Context(), c, deps)
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Demo: d, Clock: clock, t: t}
	ctx, cancel := context.WithCancel(context.Background()) // t.Context() is over when clean-up runs
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	w.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	})
	return w
}

// Deps are those of a demo in a test that reads no logs: quiet, and with hashes that cost nothing.
func Deps(clock *testenv.Clock) demo.Deps {
	return demo.Deps{Logger: slog.New(slog.DiscardHandler), Clock: clock.Now, HashMemory: testenv.HashMemory}
}

// Stop ends the world, waits until it has ended, and returns its error. The second call returns the same.
func (w *World) Stop() error { return w.stop() }

// Proved holds that the audit trail of everything that was done is as it was written. The world must have ended.
func Proved(t testing.TB, d *demo.Demo) {
	t.Helper()
	ctx := context.Background() // t.Context() is over when clean-up runs
	trail, err := server.OpenTrail(ctx, d.Stores().Vault)
	if err != nil {
		t.Errorf("the trail: %v", err)
		return
	}
	defer func() { _ = trail.Close() }()
	report, err := trail.Verify(ctx, "", "")
	if err != nil || report.Events == 0 || report.Waiting != 0 {
		t.Errorf("the trail: %d events, %d waiting, %v", report.Events, report.Waiting, err)
	}
}

// Person is the one whose user name begins so, of the demo's users and staff.
func (w *World) Person(name string) demo.Person {
	w.t.Helper()
	return PersonOf(w.t, w.Manifest, name)
}

// PersonOf is Person by what demo.json says.
func PersonOf(t testing.TB, m demo.Manifest, name string) demo.Person {
	t.Helper()
	for _, people := range [][]demo.Person{m.Users, m.Staff} {
		for _, p := range people {
			if strings.HasPrefix(p.Username, name+"@") {
				return p
			}
		}
	}
	t.Fatalf("the demo has nobody called %s", name)
	return demo.Person{}
}

// Account is what is stored of the person with this name.
func (w *World) Account(name string) idp.Account {
	w.t.Helper()
	account, err := w.Records().FindAccountByUsername(w.t.Context(), w.Person(name).Username)
	if err != nil {
		w.t.Fatal(err)
	}
	return account
}

// Events lists the newest two hundred events of the person's practice, newest first.
func (w *World) Events(name string) []idp.AuditEvent {
	w.t.Helper()
	found, _, err := w.Records().SearchEvents(w.t.Context(), w.Account(name).Practice.ID, directory.EventQuery{}, directory.Page{Limit: 200})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}
