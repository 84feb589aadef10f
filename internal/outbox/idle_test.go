package outbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// workers are workers that look by themselves once in the interval; they run until the test ends.
func (r rig) workers(t *testing.T, look time.Duration, deliver deliverer) *outbox.Workers {
	t.Helper()
	tell := &teller{tell: func(context.Context, idp.Logout) error { return nil }}
	workers, err := outbox.NewWorkers(r.engine, r.store.DB(), outbox.Deps{
		Sealer: r.sealer, Notices: deliver, Logouts: tell, Meter: tell, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	workers.LookEvery(look)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- workers.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("workers: %v", err)
		}
	})
	return workers
}

// count reads a number from the database.
func (r rig) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := r.store.DB().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// resting waits until no node leads River: its last client has left, or has hardly begun.
func (r rig) resting(t *testing.T) {
	t.Helper()
	for began := time.Now(); r.count(t, "SELECT count(*) FROM river_leader") != 0; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatal("the workers do not rest")
		}
	}
}

// Without work, workers ask once in each interval and no more: neither at first, nor when the last message was sent a while ago.
func TestWorkersRest(t *testing.T) {
	t.Parallel()
	address, trips := storetest.CountPostgres(t, storetest.Postgres(t))
	r := newRig(t, outbox.Postgres, address)
	got := make(chan string, 10)
	const look = 100 * time.Millisecond
	r.workers(t, look, func(_ context.Context, n idp.Notice) error {
		got <- n.Email
		return nil
	})
	rest := func() { // until a span of twenty looks has no other question
		t.Helper()
		for from := time.Now(); ; {
			began := time.Now()
			asked := trips.Of(func() { time.Sleep(20 * look) })
			if most := int64(time.Since(began)/look) + 2; asked <= most {
				return
			}
			if time.Since(from) > patience {
				t.Fatalf("%d questions in the time of 20 looks", asked)
			}
		}
	}
	rest()
	for n := range 2 {
		if err := r.enqueue(t.Context(), notice(n)); err != nil {
			t.Fatal(err)
		}
		if email := await(t, got); email != notice(n).Email {
			t.Errorf("sent to %s", email)
		}
		rest()
	}
}

// A nudge alone is enough, however seldom the workers look by themselves; one before there is work does no harm.
func TestNudgeSendsAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		got := make(chan string, 10)
		workers := r.workers(t, time.Hour, func(_ context.Context, n idp.Notice) error {
			got <- n.Email
			return nil
		})
		workers.Nudge()
		workers.Nudge()
		if err := r.enqueue(t.Context(), notice(1)); err != nil {
			t.Fatal(err)
		}
		workers.Nudge()
		if email := await(t, got); email != notice(1).Email {
			t.Errorf("sent to %s", email)
		}
	})
}

// What waits for a later try wakes nobody until then; what was put off, failed before, or was kept for long enough does.
func TestWorkersComeForWhatIsDue(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		at := func(seconds int) string {
			if r.engine == outbox.SQLite {
				return fmt.Sprintf("datetime('now', 'subsec', '%+d seconds')", seconds)
			}
			return fmt.Sprintf("now() + interval '%d seconds'", seconds)
		}
		set := func(change string) {
			t.Helper()
			if _, err := r.store.DB().ExecContext(t.Context(), "UPDATE river_job SET "+change); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.enqueue(t.Context(), notice(1)); err != nil {
			t.Fatal(err)
		}
		set("attempt = 1, state = 'retryable', scheduled_at = " + at(3600))
		got := make(chan string, 10)
		r.workers(t, 50*time.Millisecond, func(_ context.Context, n idp.Notice) error {
			got <- n.Email
			return nil
		})
		time.Sleep(time.Second) // twenty looks
		if n := r.count(t, "SELECT count(*) FROM river_queue"); n != 0 || len(got) != 0 {
			t.Errorf("%d queues were begun and %d messages sent an hour early", n, len(got))
		}
		for _, state := range []string{"retryable", "scheduled"} {
			set("state = '" + state + "', finalized_at = NULL, scheduled_at = " + at(-1))
			if email := await(t, got); email != notice(1).Email {
				t.Errorf("%s: sent to %s", state, email)
			}
			r.resting(t)
		}
		for state, kept := range map[string]time.Duration{"completed": time.Hour, "cancelled": 24 * time.Hour, "discarded": 7 * 24 * time.Hour} {
			if err := r.enqueue(t.Context(), notice(2)); err != nil {
				t.Fatal(err)
			}
			set("state = '" + state + "', finalized_at = " + at(-int(kept.Seconds())-600))
			for began := time.Now(); r.count(t, "SELECT count(*) FROM river_job") != 0; time.Sleep(20 * time.Millisecond) {
				if time.Since(began) > patience {
					t.Fatalf("%s: kept for ever", state)
				}
			}
		}
	})
}
