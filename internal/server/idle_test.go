package server_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// A node with nothing to do asks its stores seldom: whatever waits for news is told of them, and asks once in a while only in case that it
// was not: see deploy/docs/performance.md.
func TestIdleNodeAsksSeldom(t *testing.T) {
	t.Parallel()
	sql, statements := storetest.CountPostgres(t, storetest.Postgres(t))
	redis, commands := storetest.CountRedis(t, testenv.Redis(t))
	c := testworld.Config(t)
	c.DatabaseURL, c.RedisURL = config.NewSecret(sql), config.NewSecret(redis)
	start(t, c, &testenv.Clock{})
	const span, most = 10 * time.Second, 5.5 // a span, and questions to Postgres in a second of it
	for began := time.Now(); ; {
		from, asked := time.Now(), int64(0)
		told := commands.Of(func() { asked = statements.Of(func() { time.Sleep(span) }) })
		took := time.Since(from).Seconds()
		t.Logf("%.2f trips to Postgres and %.2f to Redis a second", float64(asked)/took, float64(told)/took)
		if float64(asked) < most*took && float64(told) < 2*took {
			return
		}
		if time.Since(began) > 4*patience { // what the start queued was sent long ago
			t.Fatal("the node does not come to rest")
		}
	}
}
