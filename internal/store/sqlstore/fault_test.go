package sqlstore_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// slack is what a busy machine may add to Limit.
const slack = time.Second

// inTime runs fn, and fails the test unless it says idp.ErrUnavailable within the limit.
func inTime(t *testing.T, fn func() error) {
	t.Helper()
	began := time.Now()
	err := fn()
	took := time.Since(began)
	if idp.CodeOf(err) != idp.CodeUnavailable {
		t.Errorf("error is %v, want %v", err, idp.ErrUnavailable)
	}
	if took > sqlstore.Limit+slack {
		t.Errorf("it took %v, want at most %v", took, sqlstore.Limit)
	}
}

// ABUSE 43: a database that takes connections and says nothing.
func TestSilentServerFailsInTime(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	inTime(t, func() error {
		_, err := sqlstore.Open(t.Context(), "postgres://u:hunter2@"+listener.Addr().String()+"/d?sslmode=disable", &anySealer{}, anyOutbox{}, sqlstore.Options{})
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Error("the error shows the password")
		}
		return err
	})
}

// ABUSE 43: a database that stops answering in the middle fails each call in time, leaves no half step, and serves again at
// once when it is back.
func TestStalledServerFailsInTimeAndRecovers(t *testing.T) {
	t.Parallel()
	direct := testenv.Postgres(t)
	through, gate := stallable(t, direct)
	if _, err := sqlstore.Migrate(t.Context(), direct); err != nil {
		t.Fatal(err)
	}
	store := openMigrated(t, through, sqlstore.Options{})
	count := func() (n int) {
		t.Helper()
		err := updateGuard(t, store, "x", idp.ProofPIN, func(g idp.Guard) idp.Guard {
			n = g.Failures
			return g
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if count() != 0 {
		t.Fatal("not a new database")
	}
	gate.stall()
	inTime(t, func() error {
		_, err := store.FindClient(t.Context(), "timesheets")
		return err
	})
	inTime(t, func() error { return store.Ping(t.Context()) })
	gate.flow()

	inTime(t, func() error {
		return store.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			err := tx.UpdateGuard(t.Context(), "x", idp.ProofPIN, func(g idp.Guard) idp.Guard {
				g.Failures++
				return g
			})
			if err != nil {
				return err
			}
			gate.stall() // the database goes away between two statements of a step
			return tx.AppendEvent(t.Context(), idp.AuditEvent{ID: idp.NewEventID(time.Now()), At: time.Now()})
		})
	})
	gate.flow()
	began := time.Now()
	if n := count(); n != 0 {
		t.Errorf("half a step is left: %d failures", n)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to recover", took)
	}
}

// ABUSE 43: a restart cuts every connection; the next call finds a new one.
func TestCutConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	address := testenv.Postgres(t)
	store := open(t, address)
	beside := openMigrated(t, address, sqlstore.Options{})
	for range 3 {
		_, err := beside.DB().ExecContext(t.Context(),
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		if err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(5 * time.Second)
		for {
			err := updateGuard(t, store, "x", idp.ProofPIN, func(g idp.Guard) idp.Guard { return g })
			if err == nil {
				break
			}
			if idp.CodeOf(err) != idp.CodeUnavailable || time.Now().After(deadline) {
				t.Fatalf("not recovered: %v", err)
			}
		}
	}
}

// A row that another connection holds does not hold us.
func TestHeldRowFailsInTime(t *testing.T) {
	t.Parallel()
	for engine, address := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			store := open(t, address)
			other := openMigrated(t, address, sqlstore.Options{})
			var stored int
			guess := func() error {
				return updateGuard(t, store, "x", idp.ProofPIN, func(g idp.Guard) idp.Guard {
					g.Failures++
					stored = g.Failures
					return g
				})
			}
			if err := guess(); err != nil {
				t.Fatal(err)
			}
			held, err := other.DB().BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := held.ExecContext(t.Context(), "UPDATE guards SET failures = 7"); err != nil {
				t.Fatal(err)
			}
			inTime(t, guess)
			if err := held.Rollback(); err != nil {
				t.Fatal(err)
			}
			if err := guess(); err != nil || stored != 2 {
				t.Errorf("%d failures were counted, want 2: %v", stored, err)
			}
		})
	}
}

// updateGuard is UpdateGuard in a transaction of its own.
func updateGuard(t *testing.T, store *sqlstore.Store, subject string, proof idp.Proof, change func(idp.Guard) idp.Guard) error {
	t.Helper()
	return store.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateGuard(t.Context(), subject, proof, change) })
}

var errGiveUp = errors.New("give up")

// Two steps that wait for each other: one is undone and runs again, and both happen.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	store := open(t, testenv.Postgres(t))
	var both sync.WaitGroup // meet, each with the first row in hand
	both.Add(2)
	var runs atomic.Int64
	step := func(first, second string) error {
		meet := sync.OnceFunc(func() {
			both.Done()
			both.Wait()
		})
		return store.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			runs.Add(1)
			plus := func(g idp.Guard) idp.Guard {
				g.Failures++
				return g
			}
			if err := tx.UpdateGuard(t.Context(), first, idp.ProofPIN, plus); err != nil {
				return err
			}
			meet()
			return tx.UpdateGuard(t.Context(), second, idp.ProofPIN, plus)
		})
	}
	done := make(chan error, 1)
	go func() { done <- step("b", "a") }()
	if err := errors.Join(step("a", "b"), <-done); err != nil {
		t.Fatal(err)
	}
	if runs.Load() < 3 {
		t.Errorf("%d runs: nothing was retried", runs.Load())
	}
	for _, subject := range []string{"a", "b"} {
		err := updateGuard(t, store, subject, idp.ProofPIN, func(g idp.Guard) idp.Guard {
			if g.Failures != 2 {
				t.Errorf("%s has %d, want 2", subject, g.Failures)
			}
			return g
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

type anySealer struct{}

func (*anySealer) Seal([]byte, string) ([]byte, error) { return nil, errGiveUp }
func (*anySealer) Open([]byte, string) ([]byte, error) { return nil, errGiveUp }

// proxied replaces the address in a URL.
func proxied(t *testing.T, address, host string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = host
	return u.String()
}

func withParameter(t testing.TB, address, name, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// dial connects to a server of the test environment.
func dial(ctx context.Context, host string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", host)
}
