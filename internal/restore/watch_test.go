package restore_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/restore"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// post is an outbox that nothing is put into.
type post struct{}

func (post) Enqueue(context.Context, *sql.Tx, idp.Notice) error          { return nil }
func (post) EnqueueLogouts(context.Context, *sql.Tx, []idp.Logout) error { return nil }

// place is a database, with a clock and the keys that seal it.
type place struct {
	*sqlstore.Store
	t      *testing.T
	now    time.Time
	sealer *seal.Sealer
}

func newPlace(t *testing.T) *place {
	t.Helper()
	keys, err := seal.Generate()
	storetest.Must(t, err)
	sealer, err := seal.New(keys)
	storetest.Must(t, err)
	p := &place{t: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), sealer: sealer}
	p.Store = p.open(storetest.SQLite(t))
	p.write(3)
	return p
}

func (p *place) open(url string) *sqlstore.Store {
	p.t.Helper()
	store, err := sqlstore.Open(p.t.Context(), url, p.sealer, post{}, sqlstore.Options{Limit: time.Minute})
	storetest.Must(p.t, err)
	p.t.Cleanup(func() { _ = store.Close() })
	return store
}

// backUp is a copy of the database as it is now.
func (p *place) backUp() *place {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "backup.db")
	_, err := p.DB().ExecContext(p.t.Context(), "VACUUM INTO ?", file)
	storetest.Must(p.t, err)
	return &place{t: p.t, now: p.now, sealer: p.sealer, Store: p.open("sqlite:" + file)}
}

// write adds events and seals them.
func (p *place) write(n int) {
	p.t.Helper()
	for range n {
		p.now = p.now.Add(time.Second)
		storetest.Must(p.t, p.AppendEvent(p.t.Context(), idp.AuditEvent{
			ID: idp.NewEventID(p.now), At: p.now, Type: idp.EventUserDisabled, Result: idp.ResultSuccess, Details: map[string]string{},
		}))
	}
	sealer, err := auditlog.NewSealer(p.t.Context(), p.Store, p.now)
	storetest.Must(p.t, err)
	_, err = sealer.Seal(p.t.Context(), p.now)
	storetest.Must(p.t, err)
}

func (p *place) watch(keepers map[string]restore.Keeper) *restore.Watch {
	p.t.Helper()
	w, err := restore.NewWatch(p.t.Context(), p.Store, keepers, slog.New(slog.DiscardHandler), p.now)
	storetest.Must(p.t, err)
	return w
}

// settled is a watch that has kept what the database has now.
func (p *place) settled(keepers map[string]restore.Keeper) *restore.Watch {
	p.t.Helper()
	w := p.watch(keepers)
	for range 3 {
		p.now = p.now.Add(restore.Settled)
		storetest.Must(p.t, w.Look(p.t.Context(), p.now))
	}
	return w
}

// ledger is the database as Done changes it.
type ledger struct{ *sqlstore.Store }

func (l ledger) Begin(ctx context.Context, fn func(restore.Unit) error) error {
	return l.InTx(ctx, func(tx *sqlstore.Tx) error { return fn(tx) })
}

func (ledger) DropWaiting(context.Context) (int64, error) { return 0, nil }

// breaking is a ledger that fails once in the middle.
type breaking struct{ ledger }

var errBroken = errors.New("the command was killed")

func (breaking) Void(context.Context, idp.AuditEvent, time.Time) (restore.Voided, error) {
	return restore.Voided{}, errBroken
}

func (p *place) done(w *restore.Watch) restore.Report {
	p.t.Helper()
	report, err := w.Done(p.t.Context(), ledger{p.Store}, restore.Ask{By: idp.Actor{Kind: idp.ActorSystem, ID: "shell:olga"}}, p.now)
	storetest.Must(p.t, err)
	return report
}

func wantOlder(t *testing.T, err error) {
	t.Helper()
	var older *restore.Older
	if !errors.As(err, &older) || !errors.Is(err, idp.ErrUnavailable) {
		t.Errorf("want *restore.Older, got %v", err)
	}
}

func inFolder(t *testing.T) map[string]restore.Keeper {
	t.Helper()
	return map[string]restore.Keeper{"state folder": restore.Folder{Path: filepath.Join(t.TempDir(), "new")}}
}

// ABUSE 54: a database that has lost what was seen is noticed, by a new node through what is kept, and by the node itself; also when the
// restored one has grown beyond what was seen.
func TestAnOlderDatabaseIsNoticed(t *testing.T) {
	p, kept := newPlace(t), inFolder(t)
	backup := p.backUp()
	p.write(5)
	p.settled(kept)
	wantOlder(t, backup.watch(kept).Look(t.Context(), p.now))
	backup.write(20)
	w := backup.watch(kept)
	wantOlder(t, w.Look(t.Context(), p.now))
	wantOlder(t, w.Older())
	wantOlder(t, backup.watch(kept).Look(t.Context(), p.now)) // looking changes nothing
	storetest.Must(t, p.watch(kept).Look(t.Context(), p.now))
}

// What must not be taken for a restore: a failover that loses the last moment, a replica that lags a little, another database with the same folder, a
// file that was deleted and made anew, a keeper that is lost or broken, a clock that is set back.
func TestWhatIsNoRestoreIsNotTakenForOne(t *testing.T) {
	p, kept := newPlace(t), inFolder(t)
	storetest.Must(t, newPlace(t).watch(kept).Look(t.Context(), p.now))
	w := p.settled(kept)
	behind := p.backUp()
	p.write(4)
	for range 3 { // seen, and not settled
		p.now = p.now.Add(10 * time.Second)
		storetest.Must(t, w.Look(t.Context(), p.now))
	}
	storetest.Must(t, behind.watch(kept).Look(t.Context(), p.now))
	storetest.Must(t, newPlace(t).watch(kept).Look(t.Context(), p.now))
	storetest.Must(t, p.backUp().watch(kept).Look(t.Context(), p.now)) // a move to another server
	storetest.Must(t, w.Look(t.Context(), p.now.Add(-time.Hour)))
	storetest.Must(t, p.watch(map[string]restore.Keeper{"broken": broken{}}).Look(t.Context(), p.now))
	storetest.Must(t, p.watch(nil).Look(t.Context(), p.now))
}

type broken struct{}

func (broken) FindMark(context.Context, string) (restore.Mark, error) {
	return restore.Mark{}, idp.ErrUnavailable
}
func (broken) RaiseMark(context.Context, string, restore.Mark) error { return idp.ErrUnavailable }

// ABUSE 54: the epoch accounts for what was seen before it; a backup of before the restore is older again, and so is one that is restored twice.
func TestAnEpochIsEnteredOnceAndNotLeft(t *testing.T) {
	p, kept := newPlace(t), inFolder(t)
	first, second := p.backUp(), p.backUp()
	p.write(5)
	p.settled(kept)

	first.now = p.now
	w := first.watch(kept)
	report := first.done(w)
	if report.Epoch.Number != 1 || report.Missing() != 5 || report.Kept.Size != 3 {
		t.Errorf("%+v", report)
	}
	storetest.Must(t, w.Look(t.Context(), p.now))
	if w.Epoch() != report.Epoch || w.Note() == "" {
		t.Errorf("epoch %+v", w.Epoch())
	}
	wantOlder(t, p.watch(kept).Look(t.Context(), p.now)) // the database of before the restore
	wantOlder(t, second.watch(kept).Look(t.Context(), p.now))
	second.now = p.now.Add(-time.Hour) // by a clock that is behind
	w = second.watch(kept)
	if again := second.done(w); again.Epoch.Number != 2 || !again.Epoch.Since.After(report.Epoch.Since) {
		t.Errorf("%+v after %+v", again.Epoch, report.Epoch)
	}
	storetest.Must(t, w.Look(t.Context(), p.now))
	wantOlder(t, first.watch(kept).Look(t.Context(), p.now))
}

// ABUSE 45: the command is killed in the middle. Nodes give nothing until it has been run again, and it goes on in the same epoch.
func TestARestoreThatIsKilledIsFinished(t *testing.T) {
	p := newPlace(t)
	w := p.watch(nil)
	_, err := w.Done(t.Context(), breaking{ledger{p.Store}}, restore.Ask{}, p.now)
	if !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	wantOlder(t, w.Look(t.Context(), p.now))
	epoch := w.Epoch()
	if report := p.done(w); !report.Resumed || report.Epoch != epoch {
		t.Errorf("%+v, begun was %+v", report, epoch)
	}
	storetest.Must(t, w.Look(t.Context(), p.now))
}

// ABUSE 54: somebody with the database alone can't begin an epoch.
func TestAnEpochIsSigned(t *testing.T) {
	p, kept := newPlace(t), inFolder(t)
	p.settled(kept)
	other := newPlace(t)
	other.done(other.watch(nil))
	stolen, err := other.FindInstalled(t.Context(), restore.InstalledEpoch)
	storetest.Must(t, err)
	for _, forged := range []string{"2 2999-01-01", stolen} {
		storetest.Must(t, p.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			return tx.PutInstalled(t.Context(), restore.InstalledEpoch, forged, p.now)
		}))
		if err := p.watch(kept).Look(t.Context(), p.now); err == nil {
			t.Errorf("%.20q is taken for an epoch", forged)
		}
	}
}
