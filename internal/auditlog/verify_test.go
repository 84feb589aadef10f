package auditlog_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

func start() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

// post is an outbox that nothing is put into.
type post struct{}

func (post) Enqueue(context.Context, *sql.Tx, idp.Notice) error          { return nil }
func (post) EnqueueLogouts(context.Context, *sql.Tx, []idp.Logout) error { return nil }

// trail is a store with events in it, all sealed but those added later.
type trail struct {
	*sqlstore.Store
	ids []idp.EventID
	now time.Time

	folder string // of archives; "": none
}

// eachEngine runs a test on both database engines.
func eachEngine(t *testing.T, test func(t *testing.T, trail *trail)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, storetest.SQLite(t), many))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, storetest.Postgres(t), many))
	})
}

// many is more events than a batch has, few is not.
const (
	many = 700
	few  = 60
)

func open(t *testing.T, url string, events int) *trail {
	t.Helper()
	tr := empty(t, url)
	tr.add(t, events)
	tr.seal(t)
	tr.add(t, 5)
	tr.now = tr.now.Add(2 * time.Hour) // so that the checkpoint before stays
	tr.seal(t)
	return tr
}

// empty is a trail without an event.
func empty(t *testing.T, url string) *trail {
	t.Helper()
	keys, err := seal.Generate()
	must(t, err)
	sealer, err := seal.New(keys)
	must(t, err)
	store, err := sqlstore.Open(t.Context(), url, sealer, post{}, sqlstore.Options{Limit: time.Minute}) // a busy machine must not fail the test
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	return &trail{Store: store, now: start()}
}

func (tr *trail) add(t *testing.T, n int) {
	t.Helper()
	must(t, tr.InTx(t.Context(), func(tx *sqlstore.Tx) error {
		for range n {
			tr.now = tr.now.Add(time.Second)
			event := idp.AuditEvent{
				ID: idp.NewEventID(tr.now), At: tr.now, Type: idp.EventSigninSucceeded, Actor: idp.Actor{Kind: idp.ActorUser, ID: "usr_mia"},
				PracticeID: "prc_x", UserID: "usr_mia", ClientID: "timesheets", SID: "ses_1", Result: idp.ResultSuccess,
				Reason: "practice_activated", Address: "203.0.113.7", UserAgent: "Mozilla/5.0", Details: map[string]string{"amr": "pwd otp"},
			}
			if err := tx.AppendEvent(t.Context(), event); err != nil {
				return err
			}
			tr.ids = append(tr.ids, event.ID)
		}
		return nil
	}))
}

func (tr *trail) seal(t *testing.T) {
	t.Helper()
	sealer, err := auditlog.NewSealer(t.Context(), tr.Store, tr.now)
	must(t, err)
	_, err = sealer.Seal(t.Context(), tr.now)
	must(t, err)
}

// attack runs statements as an attacker can who has all the rights of the database.
func (tr *trail) attack(t *testing.T, statements ...string) {
	t.Helper()
	drop := []string{"DROP TRIGGER IF EXISTS events_are_not_altered", "DROP TRIGGER IF EXISTS events_are_not_removed"}
	if tr.Engine() == sqlstore.Postgres {
		drop = []string{"DROP TRIGGER IF EXISTS events_stay ON events", "DROP TRIGGER IF EXISTS events_leave ON events"}
	}
	owner := storetest.Owner(t, tr.Store)
	for _, statement := range append(drop, statements...) {
		if _, err := owner.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func (tr *trail) verify(t *testing.T, kept string) (auditlog.Report, *auditlog.Fault) {
	t.Helper()
	report, err := auditlog.Verify(t.Context(), tr.Store, kept, tr.folder)
	var fault *auditlog.Fault
	if err != nil && !errors.As(err, &fault) {
		t.Fatal(err)
	}
	return report, fault
}

func TestAnUntouchedTrailIsProved(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		report, fault := tr.verify(t, "")
		if fault != nil || report.Events != 705 || report.Waiting != 0 || report.Newest.Size != 705 {
			t.Fatalf("%+v, %v", report, fault)
		}
		tr.add(t, 3)
		report, fault = tr.verify(t, report.Newest.Note)
		if fault != nil || report.Waiting != 3 || report.Late(tr.now) || !report.Late(tr.now.Add(72*time.Hour)) {
			t.Fatalf("%+v, %v", report, fault)
		}
		tr.seal(t)
		if again, fault := tr.verify(t, report.Newest.Note); fault != nil || again.Events != 708 {
			t.Fatalf("%+v, %v", again, fault)
		}
	})
}

func TestWhateverIsDoneToTheTrailIsFoundAndNamed(t *testing.T) {
	const at = 12 // which event
	columns := []string{"type", "actor_kind", "actor_id", "practice_id", "user_id", "client_id", "sid", "result", "reason", "address", "user_agent", "details"}
	type attack struct {
		name  string
		does  func(ids []idp.EventID) []string
		named int // index of the event that is named
	}
	quote := func(id idp.EventID) string { return "'" + string(id) + "'" }
	var attacks []attack
	for _, column := range columns {
		attacks = append(attacks, attack{"column " + column, func(ids []idp.EventID) []string {
			return []string{"UPDATE events SET " + column + " = 'x' WHERE id = " + quote(ids[at])}
		}, at})
	}
	swap := func(table, key, a, b string) []string {
		set := func(from, to string) string {
			return fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s = %s", table, key, to, key, from)
		}
		spare := "'spare'"
		if key == "idx" {
			spare = "99999"
		}
		return []string{set(a, spare), set(b, a), set(spare, b)}
	}
	attacks = append(attacks,
		attack{"time", func(ids []idp.EventID) []string {
			return []string{"UPDATE events SET at = '2026-03-01T09:00:00.000000Z' WHERE id = " + quote(ids[at])}
		}, at},
		attack{"row deleted", func(ids []idp.EventID) []string { return []string{"DELETE FROM events WHERE id = " + quote(ids[at])} }, at},
		attack{"row and leaf deleted", func(ids []idp.EventID) []string {
			return []string{"DELETE FROM events WHERE id = " + quote(ids[at]), fmt.Sprint("DELETE FROM log_leaves WHERE idx = ", at)}
		}, at - 1},
		attack{"row and leaf deleted, and the gap closed", func(ids []idp.EventID) []string {
			return []string{
				"DELETE FROM events WHERE id = " + quote(ids[at]), fmt.Sprint("DELETE FROM log_leaves WHERE idx = ", at),
				fmt.Sprint("UPDATE log_leaves SET idx = idx + 100000 WHERE idx > ", at),
				"UPDATE log_leaves SET idx = idx - 100001 WHERE idx > 100000",
			}
		}, at + 1},
		attack{"two rows swapped", func(ids []idp.EventID) []string {
			return swap("events", "id", quote(ids[at]), quote(ids[at+40]))
		}, at},
		attack{"two leaves swapped", func([]idp.EventID) []string { return swap("log_leaves", "idx", fmt.Sprint(at), fmt.Sprint(at+40)) }, at + 40},
		attack{"tail cut off", func(ids []idp.EventID) []string { return []string{"DELETE FROM events WHERE id >= " + quote(ids[at])} }, at},
		attack{"tail cut off, with its leaves", func(ids []idp.EventID) []string {
			return []string{"DELETE FROM events WHERE id >= " + quote(ids[at]), fmt.Sprint("DELETE FROM log_leaves WHERE idx >= ", at)}
		}, at - 1},
		attack{"leaf edited", func([]idp.EventID) []string {
			return []string{fmt.Sprint("UPDATE log_leaves SET hash = root WHERE idx = ", at)}
		}, at},
		attack{"checkpoint edited", func([]idp.EventID) []string {
			return []string{"UPDATE log_checkpoints SET note = replace(note, '65', '64') WHERE size = 65"}
		}, few + 4},
		attack{"newest checkpoint removed", func([]idp.EventID) []string { return []string{"DELETE FROM log_checkpoints WHERE size = 65"} }, few + 4},
	)
	for _, engine := range []sqlstore.Engine{sqlstore.SQLite, sqlstore.Postgres} {
		for _, a := range attacks {
			t.Run(string(engine)+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				fresh := open(t, urlOf(t, engine), few)
				fresh.attack(t, a.does(fresh.ids)...)
				_, fault := fresh.verify(t, "")
				if fault == nil || fault.EventID != fresh.ids[a.named] {
					t.Errorf("%v, want event %d %s", fault, a.named, fresh.ids[a.named])
				}
			})
		}
	}
}

func urlOf(t *testing.T, engine sqlstore.Engine) string {
	t.Helper()
	if engine == sqlstore.Postgres {
		return storetest.Postgres(t)
	}
	return storetest.SQLite(t)
}

func TestATrailCutBackWithItsCheckpointsIsFoundByOneThatWasKept(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		report, _ := tr.verify(t, "")
		tr.attack(t, "DELETE FROM events WHERE id > '"+string(tr.ids[499])+"'", "DELETE FROM log_leaves WHERE idx >= 500", "DELETE FROM log_checkpoints WHERE size > 500")
		if _, fault := tr.verify(t, ""); fault != nil && !strings.Contains(fault.What, "checkpoint") {
			t.Fatal(fault)
		}
		_, fault := tr.verify(t, report.Newest.Note)
		if fault == nil || fault.EventID != tr.ids[499] || !strings.Contains(fault.What, "205 events") && !strings.Contains(fault.What, "no checkpoint covers") {
			t.Errorf("%v", fault)
		}
	})
}

// An attacker who also has the code can make leaves and roots that fit, but no signature.
func TestATreeMadeAnewLacksTheSignature(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		tr.attack(t, "UPDATE events SET reason = 'x' WHERE id = '"+string(tr.ids[3])+"'", "DELETE FROM log_leaves", "DELETE FROM log_checkpoints", "DELETE FROM log_keys")
		kept := ""
		if report, fault := tr.verify(t, kept); fault != nil || report.Waiting == 0 {
			t.Fatalf("%+v, %v", report, fault) // a new log, as far as the database goes
		}
		other := open(t, urlOf(t, tr.Engine()), few)
		report, _ := other.verify(t, "")
		if _, fault := tr.verify(t, report.Newest.Note); fault == nil || !strings.Contains(fault.What, "key") {
			t.Errorf("%v", fault)
		}
	})
}

func TestTheTrailIsOnlyEverAddedTo(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		statements := []string{"UPDATE events SET reason = 'x'", "DELETE FROM events"}
		if tr.Engine() == sqlstore.Postgres {
			statements = append(statements, "TRUNCATE events")
		}
		owner := storetest.Owner(t, tr.Store)
		for _, statement := range statements {
			if _, err := owner.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "only ever added to") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}

func TestManySealersGiveEachEventOneLeaf(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		tr.add(t, 1200)
		var running sync.WaitGroup
		for range 4 {
			running.Go(func() {
				sealer, err := auditlog.NewSealer(t.Context(), tr.Store, tr.now)
				if err == nil {
					_, err = sealer.Seal(t.Context(), tr.now)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		tr.seal(t) // what the nodes left to each other
		if report, fault := tr.verify(t, ""); fault != nil || report.Events != 1905 || report.Waiting != 0 {
			t.Errorf("%+v, %v", report, fault)
		}
	})
}

// A transaction that began early may commit late: its event has a smaller identifier than others that have leaves already.
func TestAnEventThatComesLateGetsALaterLeaf(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		sealer, err := auditlog.NewSealer(t.Context(), tr.Store, tr.now)
		must(t, err)
		_, err = sealer.Seal(t.Context(), tr.now)
		must(t, err)
		early := tr.now.Add(-3 * time.Second)
		must(t, tr.AppendEvent(t.Context(), idp.AuditEvent{ID: idp.NewEventID(early), At: early, Type: idp.EventSessionEnded}))
		long := tr.now.Add(-30 * time.Hour)
		must(t, tr.AppendEvent(t.Context(), idp.AuditEvent{ID: idp.NewEventID(long), At: long, Type: idp.EventSessionEnded}))
		if n, err := sealer.Seal(t.Context(), tr.now); n != 2 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		if report, fault := tr.verify(t, ""); fault != nil || report.Waiting != 0 {
			t.Errorf("%+v, %v", report, fault)
		}
	})
}

// An event that says that it is of long ago was written by hand: it gets no leaf, from no node, so that it is found out.
func TestAnEventOfLongAgoGetsNoLeaf(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		running, err := auditlog.NewSealer(t.Context(), tr.Store, tr.now)
		must(t, err)
		_, err = running.Seal(t.Context(), tr.now)
		must(t, err)
		forged := tr.now.Add(-72 * time.Hour)
		must(t, tr.AppendEvent(t.Context(), idp.AuditEvent{ID: idp.NewEventID(forged), At: forged, Type: idp.EventMFAReset}))
		fresh, err := auditlog.NewSealer(t.Context(), tr.Store, tr.now)
		must(t, err)
		for _, sealer := range []*auditlog.Sealer{running, fresh} {
			if n, err := sealer.Seal(t.Context(), tr.now); n != 0 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
		if report, fault := tr.verify(t, ""); fault != nil || report.Waiting != 1 || !report.Late(tr.now) {
			t.Errorf("%+v, %v", report, fault)
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// growing seals more events whenever the end of the trail has been read.
type growing struct {
	auditlog.Store
	grow  func()
	times int
}

func (g *growing) ListSealed(ctx context.Context, from int64, limit int) ([]auditlog.Sealed, error) {
	list, err := g.Store.ListSealed(ctx, from, limit)
	if len(list) < limit && g.times > 0 {
		g.times--
		g.grow()
	}
	return list, err
}

// A trail that nodes add to while it is verified is not cut off.
func TestATrailThatGrowsMeanwhileIsAsItWas(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		store := &growing{Store: tr.Store, times: 4, grow: func() {
			tr.add(t, few)
			tr.now = tr.now.Add(2 * time.Hour)
			tr.seal(t)
		}}
		report, err := auditlog.Verify(t.Context(), store, "", "")
		if err != nil || report.Events < many+few || store.times != 0 {
			t.Errorf("%+v, %v", report, err)
		}
	})
}
