package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
)

// teller hands each logout to a function, and keeps what was given up and what was counted.
type teller struct {
	tell    func(context.Context, idp.Logout) error
	giveUp  func(idp.Logout, error) error // nil: recorded
	mu      sync.Mutex
	results []string
}

func (d *teller) DeliverLogout(ctx context.Context, l idp.Logout) error { return d.tell(ctx, l) }

func (d *teller) GiveUpLogout(_ context.Context, l idp.Logout, why error) error {
	if d.giveUp == nil {
		return nil
	}
	return d.giveUp(l, why)
}

func (d *teller) Logout(result string, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if took < 0 {
		result = "before it began"
	}
	d.results = append(d.results, result)
}

func (d *teller) counted() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	count := map[string]int{}
	for _, r := range d.results {
		count[r]++
	}
	return count
}

func logout(app idp.ClientID, n int) idp.Logout {
	return idp.Logout{
		SID: idp.SID(fmt.Sprintf("ses_%s_%d", app, n)), PracticeID: "prc_harbour", UserID: "usr_ada", ClientID: app,
		Reason: idp.EndRevoked, At: time.Date(2026, 3, 1, 2, 3, 4, 567891000, time.UTC),
	}
}

// end queues the messages as the code that ends sessions does; undo rolls it back.
func (r rig) end(t *testing.T, undo bool, logouts ...idp.Logout) {
	t.Helper()
	tx, err := r.store.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.queue.EnqueueLogouts(t.Context(), tx, logouts); err != nil {
		t.Fatal(errors.Join(err, tx.Rollback()))
	}
	done := tx.Commit
	if undo {
		done = tx.Rollback
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}
}

func noNotice(context.Context, idp.Notice) error { return errors.New("no notice is to be sent") }

// A message to an app arrives as it was queued, once, and one that was rolled back never does.
func TestLogoutArrivesWhole(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		got := make(chan idp.Logout, 10)
		tell := &teller{tell: func(_ context.Context, l idp.Logout) error {
			got <- l
			return nil
		}}
		r.end(t, true, logout("undone", 1))
		r.end(t, false, logout("timesheets", 1), logout("contacts", 2))
		stop, log := r.workBoth(t, noNotice, tell)
		arrived := map[idp.SID]idp.Logout{}
		for range 2 {
			l := await(t, got)
			arrived[l.SID] = l
		}
		want := map[idp.SID]idp.Logout{"ses_timesheets_1": logout("timesheets", 1), "ses_contacts_2": logout("contacts", 2)}
		if diff := cmp.Diff(want, arrived); diff != "" {
			t.Errorf("differs (-want +got):\n%s", diff)
		}
		stop()
		if diff := cmp.Diff(map[string]int{"delivered": 2}, tell.counted()); diff != "" || len(got) != 0 || log.String() != "" {
			t.Errorf("counted (-want +got):\n%s%d more, and the log says %q", diff, len(got), log)
		}
	})
}

// ABUSE 45: a failed message is tried again, one that can never arrive is given up at once, and what is given up is recorded,
// however often it takes.
func TestFailedLogoutIsTriedAgainOrGivenUp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		r.end(t, false, logout("later", 1), logout("never", 1), logout("unrecorded", 1))
		var tries atomic.Int64
		arrived, givenUp := make(chan idp.ClientID, 10), make(chan idp.ClientID, 10)
		tell := &teller{
			tell: func(_ context.Context, l idp.Logout) error {
				if l.ClientID != "later" {
					return idp.Wrap(idp.CodeInvalid, errors.New("no address"))
				}
				if tries.Add(1) == 1 {
					return idp.Wrap(idp.CodeUnavailable, errors.New("https://private.example/out says no"))
				}
				arrived <- l.ClientID
				return nil
			},
			giveUp: func(l idp.Logout, why error) error {
				if idp.CodeOf(why) != idp.CodeInvalid {
					return fmt.Errorf("given up because of %w", why)
				}
				givenUp <- l.ClientID
				if l.ClientID == "unrecorded" {
					return idp.ErrUnavailable
				}
				return nil
			},
		}
		stop, _ := r.workBoth(t, noNotice, tell)
		given := map[idp.ClientID]bool{await(t, givenUp): true, await(t, givenUp): true}
		if !given["never"] || !given["unrecorded"] {
			t.Errorf("given up: %v", given)
		}
		await(t, arrived)
		stop()
		if diff := cmp.Diff(map[string]int{"delivered": 1, "failed": 1, "given_up": 2}, tell.counted()); diff != "" {
			t.Errorf("counted (-want +got):\n%s", diff)
		}
		states := r.states(t)
		if diff := cmp.Diff(map[idp.ClientID]string{"later": "completed", "never": "cancelled", "unrecorded": "scheduled"}, states); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
		if strings.Contains(dump(t, r.store.DB()), "private.example") {
			t.Error("the queue keeps the words of the failure")
		}
	})
}

// states tells how each app's job stands.
func (r rig) states(t *testing.T) map[idp.ClientID]string {
	t.Helper()
	field := map[string]string{"postgres": "args->>'client_id'", "sqlite": "json_extract(args, '$.client_id')"}[string(r.engine)]
	rows, err := r.store.DB().QueryContext(t.Context(), "SELECT "+field+", state FROM river_job WHERE kind = 'logout'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	states := map[idp.ClientID]string{}
	for rows.Next() {
		var app idp.ClientID
		var state string
		if err := rows.Scan(&app, &state); err != nil {
			t.Fatal(err)
		}
		states[app] = state
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return states
}

// An app that never answers keeps a few workers busy, however many messages wait for it, and no other app waiting.
func TestDeadAppHoldsUpNobody(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		const waiting, width = 150, 4
		var running, most, given atomic.Int64
		hung, arrived := make(chan struct{}, waiting), make(chan idp.SID, 10)
		released := make(chan struct{})
		tell := &teller{tell: func(ctx context.Context, l idp.Logout) error {
			if l.ClientID != "dead" {
				arrived <- l.SID
				return nil
			}
			now := running.Add(1)
			defer running.Add(-1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			hung <- struct{}{}
			select {
			case <-ctx.Done():
				given.Add(1)
			case <-released:
			}
			return idp.ErrUnavailable
		}}
		var dead []idp.Logout
		for n := range waiting {
			dead = append(dead, logout("dead", n))
		}
		r.end(t, false, dead...)
		stop, _ := r.workBoth(t, noNotice, tell)
		for range width {
			await(t, hung)
		}
		// A message that waits for a delivery to the dead app arrives only after one of those was given up. That may also happen by
		// chance, but not each time.
		for n, free := 0, 0; free < 3; n++ {
			if n == 12 {
				t.Fatalf("only %d of %d others did not wait", free, n)
			}
			before := given.Load()
			r.end(t, false, logout("alive", n))
			await(t, arrived)
			if given.Load() == before {
				free++
			}
		}
		close(released)
		stop()
		if most.Load() > width {
			t.Errorf("%d deliveries to one app at once, want at most %d", most.Load(), width)
		}
	})
}

// A healthy app is told of thousands of ended sessions as quickly as it answers: hardly a message is put off, whichever of the nodes
// has it, and each arrives once. An app that never answers, beside it, changes nothing.
func TestHealthyAppIsToldWithoutPauses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		const many, dead = 1000, 60
		arrived, released := make(chan idp.SID, many), make(chan struct{})
		tell := &teller{tell: func(ctx context.Context, l idp.Logout) error {
			if l.ClientID == "dead" {
				select {
				case <-ctx.Done():
				case <-released:
				}
				return idp.ErrUnavailable
			}
			time.Sleep(5 * time.Millisecond) // the app's time
			arrived <- l.SID
			return nil
		}}
		var all []idp.Logout
		for n := range many {
			all = append(all, logout("healthy", n))
			if n < dead {
				all = append(all, logout("dead", n))
			}
		}
		r.end(t, false, all...)
		began := time.Now()
		var stops []func()
		for range 3 {
			stop, _ := r.workBoth(t, noNotice, tell)
			stops = append(stops, stop)
		}
		told := map[idp.SID]bool{}
		for range many {
			told[await(t, arrived)] = true
		}
		t.Logf("%d messages in %v", many, time.Since(began).Round(time.Millisecond))
		close(released)
		for _, stop := range stops {
			stop()
		}
		if len(told) != many || len(arrived) != 0 {
			t.Errorf("%d of %d sessions were told, and %d messages came twice", len(told), many, many-len(told)+len(arrived))
		}
		if n := r.putOff(t, "healthy"); n > many/10 {
			t.Errorf("%d of %d messages were put off", n, many)
		}
	})
}

// putOff counts the app's messages that were ever put off.
func (r rig) putOff(t *testing.T, app idp.ClientID) (n int) {
	t.Helper()
	query := map[outbox.Engine]string{
		outbox.Postgres: "SELECT count(*) FROM river_job WHERE args->>'client_id' = $1 AND metadata ? 'snoozes'",
		outbox.SQLite:   "SELECT count(*) FROM river_job WHERE json_extract(args, '$.client_id') = $1 AND json_extract(metadata, '$.snoozes') > 0",
	}[r.engine]
	if err := r.store.DB().QueryRowContext(t.Context(), query, string(app)).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
