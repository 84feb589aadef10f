package outbox_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// patience is how long a test waits for what must happen.
const patience = 2 * time.Minute

// rig is a database with a queue.
type rig struct {
	store  *sqlstore.Store
	queue  *outbox.Queue
	sealer *seal.Sealer
	engine outbox.Engine
	url    string
}

// onBoth runs the test on both engines.
func onBoth(t *testing.T, test func(t *testing.T, r rig)) {
	t.Helper()
	for engine, address := range map[outbox.Engine]func(t *testing.T) string{
		outbox.SQLite:   func(t *testing.T) string { return storetest.SQLite(t) },
		outbox.Postgres: func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, newRig(t, engine, address(t)))
		})
	}
}

func newRig(t *testing.T, engine outbox.Engine, address string) rig {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	queue, err := outbox.NewQueue(engine, sealer)
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(t.Context(), address, sealer, queue, sqlstore.Options{Limit: time.Minute}) // a busy machine must not fail the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return rig{store: store, queue: queue, sealer: sealer, engine: engine, url: address}
}

// work runs workers until the test ends, or stop is called, and returns their log. No logout is expected.
func (r rig) work(t *testing.T, deliver deliverer) (stop func(), log *lockedBuffer) {
	t.Helper()
	return r.workBoth(t, deliver, &teller{tell: func(context.Context, idp.Logout) error {
		return errors.New("nobody is to be told")
	}})
}

func (r rig) workBoth(t *testing.T, deliver deliverer, tell *teller) (stop func(), log *lockedBuffer) {
	t.Helper()
	log = &lockedBuffer{lines: make(chan struct{}, 1)}
	workers, err := outbox.NewWorkers(r.engine, r.store.DB(), outbox.Deps{
		Sealer: r.sealer, Notices: deliver, Logouts: tell, Meter: tell, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- workers.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("workers: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop, log
}

// deliverer hands each notice to a function.
type deliverer func(context.Context, idp.Notice) error

func (d deliverer) DeliverNotice(ctx context.Context, n idp.Notice) error { return d(ctx, n) }

// lockedBuffer is a log that can be waited for.
type lockedBuffer struct {
	mu    sync.Mutex
	text  bytes.Buffer
	lines chan struct{}
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.lines <- struct{}{}:
	default: // a test need not see every line
	}
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func notice(n int) idp.Notice {
	at := time.Date(2026, 3, 1, 2, 3, 4, 567891000, time.UTC)
	return idp.Notice{
		Kind: idp.NoticePINUsed, UserID: "usr_ada", Name: "Ada Łovelace", Email: fmt.Sprintf("ada+%d@harbour.example", n),
		Phone: idp.NewSecret("+61491570156"), App: "Cloud Timesheets", Client: "timesheets", Practice: "Harbour & Finch", Method: idp.KindSMS,
		Address: "203.0.113.7", UserAgent: "Mozilla/5.0", At: at, TimeZone: "Australia/Sydney", Region: idp.RegionAU, Until: at.Add(time.Hour),
		By: "Olivia Finch", Text: "added", Code: idp.NewSecret("12345678"), Link: idp.NewSecret("a-token"), NotMe: idp.NewSecret("another"),
		From: at.Add(24 * time.Hour), Days: 7, About: "FuseSign",
	}
}

// A field that the sample leaves empty could get lost on the way, and no test would see it.
func TestTheSampleNoticeHasEveryField(t *testing.T) {
	sample := reflect.ValueOf(notice(1))
	for i := range sample.NumField() {
		if sample.Field(i).IsZero() {
			t.Errorf("%s is empty", sample.Type().Field(i).Name)
		}
	}
}

func (r rig) enqueue(ctx context.Context, n idp.Notice) error {
	return r.store.InTx(ctx, func(tx *sqlstore.Tx) error { return tx.EnqueueNotice(ctx, n) })
}

// await returns the next delivery.
func await[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing was delivered")
		panic("unreachable")
	}
}

func TestNoticeArrivesWhole(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		got := make(chan idp.Notice, 10)
		stop, log := r.work(t, func(_ context.Context, n idp.Notice) error {
			got <- n
			return nil
		})
		for _, want := range []idp.Notice{notice(1), {Kind: idp.NoticeInvite, Email: "bob@maui.example"}} {
			if err := r.enqueue(t.Context(), want); err != nil {
				t.Fatal(err)
			}
			same := cmp.Comparer(func(a, b idp.Secret) bool { return a.Equal(b.Reveal()) })
			if diff := cmp.Diff(want, await(t, got), same); diff != "" {
				t.Errorf("differs (-want +got):\n%s", diff)
			}
		}
		stop()
		if len(got) != 0 || log.String() != "" {
			t.Errorf("%d more deliveries, and the log says %q", len(got), log)
		}
	})
}

// What was undone is not sent.
func TestRolledBackNoticeIsNotSent(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		undone := errors.New("undone")
		err := r.store.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			if err := tx.EnqueueNotice(t.Context(), notice(1)); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if err := r.enqueue(t.Context(), notice(2)); err != nil {
			t.Fatal(err)
		}
		got := make(chan idp.Notice, 10)
		r.work(t, func(_ context.Context, n idp.Notice) error {
			got <- n
			return nil
		})
		if n := await(t, got); n.Email != notice(2).Email {
			t.Errorf("sent %s", n.Email)
		}
	})
}

// ABUSE 45: what was queued survives the node that queued it, and a failed delivery is tried again. What fails for good is not.
func TestFailedDeliveryIsTriedAgain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		for _, email := range []string{"later@harbour.example", "never@harbour.example"} {
			if err := r.enqueue(t.Context(), idp.Notice{Email: email, Phone: idp.NewSecret("+61491570156")}); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		tries := map[string]int{}
		arrived := make(chan string, 10)
		stop, log := r.work(t, func(_ context.Context, n idp.Notice) error {
			mu.Lock()
			defer mu.Unlock()
			tries[n.Email]++
			switch {
			case n.Email == "never@harbour.example":
				return idp.Wrap(idp.CodeInvalid, errors.New("never@harbour.example is no address"))
			case tries[n.Email] == 1:
				return idp.Wrap(idp.CodeUnavailable, errors.New("+61491570156 can't be reached"))
			}
			arrived <- n.Email
			return nil
		})
		if email := await(t, arrived); email != "later@harbour.example" {
			t.Errorf("arrived: %s", email)
		}
		stop()
		if diff := cmp.Diff(map[string]int{"later@harbour.example": 2, "never@harbour.example": 1}, tries); diff != "" {
			t.Errorf("tries (-want +got):\n%s", diff)
		}
		if lines := strings.Count(log.String(), "notice not delivered"); lines != 2 {
			t.Errorf("%d lines in the log, want 2:\n%s", lines, log)
		}
		for _, private := range []string{"harbour.example", "61491570156"} {
			if strings.Contains(log.String(), private) || strings.Contains(dump(t, r.store.DB()), private) {
				t.Errorf("%s is in the log or in the queue", private)
			}
		}
	})
}

// dump returns all that the queue's table holds.
func dump(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM river_job")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = &sql.RawBytes{}
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			_, _ = fmt.Fprintf(&all, "%s\n", *v.(*sql.RawBytes))
		}
	}
	if rows.Err() != nil || all.Len() == 0 {
		t.Fatalf("the queue is empty: %v", rows.Err())
	}
	return all.String()
}

// Workers and sign-ins share one database, and on SQLite one writer: neither gets in the other's way, and each message goes
// out once, although two nodes work.
func TestWorkersUnderLoad(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		const many, writers = 120, 12
		got := make(chan string, 2*many)
		deliver := func(_ context.Context, n idp.Notice) error {
			got <- n.Email
			return nil
		}
		_, log := r.work(t, deliver)
		_, log2 := r.work(t, deliver)
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for n := range many / writers {
					err := r.enqueue(t.Context(), notice(w*many+n))
					for began := time.Now(); errors.Is(err, idp.ErrUnavailable) && time.Since(began) < patience; {
						err = r.enqueue(t.Context(), notice(w*many+n)) // on a busy machine a caller that asks again gets through
					}
					if err != nil {
						t.Errorf("writer %d: %v", w, err)
					}
				}
			})
		}
		all.Wait()
		seen := map[string]bool{}
		for range many {
			email := await(t, got)
			if seen[email] {
				t.Errorf("%s was sent twice", email)
			}
			seen[email] = true
		}
		if text := log.String() + log2.String(); text != "" {
			t.Errorf("the log says:\n%s", text)
		}
	})
}

// A job that was tampered with, or moved from another, is not sent.
func TestForgedJobIsNotSent(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, r rig) {
		if err := r.enqueue(t.Context(), notice(1)); err != nil {
			t.Fatal(err)
		}
		_, err := r.store.DB().ExecContext(t.Context(), "UPDATE river_job SET args = "+map[outbox.Engine]string{
			outbox.Postgres: `replace(CAST(args AS text), '"job_', '"job_x')::jsonb`,
			outbox.SQLite:   `jsonb(replace(json(args), '"job_', '"job_x'))`,
		}[r.engine])
		if err != nil {
			t.Fatal(err)
		}
		if err := r.enqueue(t.Context(), notice(2)); err != nil {
			t.Fatal(err)
		}
		got := make(chan idp.Notice, 10)
		stop, log := r.work(t, func(_ context.Context, n idp.Notice) error {
			got <- n
			return nil
		})
		if n := await(t, got); n.Email != notice(2).Email {
			t.Errorf("sent %s", n.Email)
		}
		await(t, log.lines)
		stop()
		if len(got) != 0 || strings.Count(log.String(), "notice not delivered") != 1 {
			t.Errorf("%d more deliveries, and the log says:\n%s", len(got), log)
		}
	})
}

func TestNewRefusesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := outbox.NewQueue("oracle", &seal.Sealer{}); err == nil {
		t.Error("an engine nobody knows")
	}
	if _, err := outbox.NewQueue(outbox.SQLite, nil); err == nil {
		t.Error("no sealer")
	}
	if _, err := outbox.NewWorkers(outbox.SQLite, nil, outbox.Deps{Sealer: &seal.Sealer{}}); err == nil {
		t.Error("nothing to work with")
	}
}

// away is a database that does not answer for a while.
type away struct {
	driver.Connector
	asked atomic.Int64
	back  atomic.Bool
}

func (a *away) Connect(ctx context.Context) (driver.Conn, error) {
	a.asked.Add(1)
	if !a.back.Load() {
		return nil, errors.New("no answer")
	}
	return a.Connector.Connect(ctx)
}

// ABUSE 43: workers that start while the database is away begin when it is back, and end when they are told to before.
func TestWorkersStartWhenTheDatabaseIsBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, outbox.Postgres, storetest.Postgres(t))
	config, err := pgx.ParseConfig(r.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, back := range []bool{true, false} {
		database := &away{Connector: stdlib.GetConnector(*config)}
		db := sql.OpenDB(database)
		t.Cleanup(func() { _ = db.Close() })
		got := make(chan string, 1)
		workers, err := outbox.NewWorkers(r.engine, db, outbox.Deps{
			Sealer: r.sealer, Logouts: &teller{}, Meter: &teller{}, Log: slog.New(slog.DiscardHandler),
			Notices: deliverer(func(_ context.Context, n idp.Notice) error {
				got <- n.Email
				return nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- workers.Run(ctx) }()
		for began := time.Now(); database.asked.Load() < 2; time.Sleep(10 * time.Millisecond) {
			if time.Since(began) > patience {
				t.Fatal("not asked again")
			}
		}
		if back {
			database.back.Store(true)
			if err := r.enqueue(t.Context(), notice(1)); err != nil {
				t.Fatal(err)
			}
			if email := await(t, got); email != notice(1).Email {
				t.Errorf("sent to %s", email)
			}
		}
		cancel()
		if err := await(t, ended); err != nil {
			t.Errorf("back %t: ended with %v", back, err)
		}
	}
}
