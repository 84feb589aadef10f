package server_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// A node with nothing to do asks its stores seldom: whatever waits for news is told of them, and asks once in a while only in case that it
// was not. The bounds are those of deploy/docs/performance.md, and a third more for the rounds that come seldom.
func TestIdleNodeAsksSeldom(t *testing.T) {
	t.Parallel()
	address := storetest.Postgres(t)
	sql, statements := storetest.CountPostgres(t, address)
	redis, commands := storetest.CountRedis(t, testenv.Redis(t))
	c := testworld.Config(t)
	c.DatabaseURL, c.RedisURL = config.NewSecret(sql), config.NewSecret(redis)
	start(t, c, &testenv.Clock{})
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	for began, at := time.Now(), 1; at != 0; time.Sleep(50 * time.Millisecond) { // until what the start queued was sent
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM river_leader").Scan(&at); err != nil || time.Since(began) > patience {
			t.Fatalf("the outbox does not come to rest: %v", err)
		}
	}
	const span = 20 * time.Second
	began, asked := time.Now(), int64(0)
	told := commands.Of(func() { asked = statements.Of(func() { time.Sleep(span) }) })
	took := time.Since(began).Seconds()
	t.Logf("%.2f trips to Postgres and %.2f to Redis a second", float64(asked)/took, float64(told)/took)
	if float64(asked) > 4.5*took || float64(told) > 2*took {
		t.Errorf("asked Postgres %d times and Redis %d times in %.0f s", asked, told, took)
	}
}
