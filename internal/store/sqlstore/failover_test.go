package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/faulttest/rig"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// change is any change of the database, and look any read of it.
func change(t *testing.T, store *sqlstore.Store) error {
	t.Helper()
	return updateGuard(t, store, "x", idp.ProofPIN, func(g idp.Guard) idp.Guard {
		g.Failures++
		return g
	})
}

func look(t *testing.T, store *sqlstore.Store) error {
	t.Helper()
	_, err := store.ListApps(t.Context())
	return err
}

// recovers fails the test unless both work within five seconds.
func recovers(t *testing.T, store *sqlstore.Store) {
	t.Helper()
	for began := time.Now(); ; {
		err := errors.Join(change(t, store), look(t, store))
		if err == nil {
			return
		}
		if time.Since(began) > 5*time.Second {
			t.Fatalf("not recovered within five seconds: %v", err)
		}
	}
}

// several takes some connections at once, so that the pool has them from then on.
func several(t *testing.T, store *sqlstore.Store) {
	t.Helper()
	var all sync.WaitGroup
	together := make(chan struct{})
	for range 4 {
		all.Go(func() {
			<-together
			if err := store.InTx(t.Context(), func(*sqlstore.Tx) error { return look(t, store) }); err != nil {
				t.Error(err)
			}
		})
	}
	close(together)
	all.Wait()
}

// ABUSE 43: the address of the database points to a standby for a while. What a standby reads may be out of date, so it answers nothing.
func TestStandbyIsNotUsed(t *testing.T) {
	t.Parallel()
	pair := rig.NewPair(t)
	store := open(t, pair.URL())
	pair.Link.Point(pair.Standby.Address(), true)
	for what, ask := range map[string]func(*testing.T, *sqlstore.Store) error{"change": change, "look": look} {
		err := ask(t, store)
		var standby *sqlstore.ReadOnlyError
		if idp.CodeOf(err) != idp.CodeUnavailable || !errors.As(err, &standby) || standby.Server != pair.Link.Address() {
			t.Errorf("%s on a standby: %v", what, err)
		}
	}
	_, err := sqlstore.Migrate(t.Context(), pair.URL())
	if !errors.As(err, new(*sqlstore.ReadOnlyError)) {
		t.Errorf("a migration of a standby: %v", err)
	}
	pair.Link.Point(pair.Primary.Address(), true)
	recovers(t, store)
	pair.FailOver()
	recovers(t, store)
}

// ABUSE 43: all servers stand in the URL, and the first of them hangs when the other one is promoted.
func TestOtherServerOfTheURLIsUsed(t *testing.T) {
	t.Parallel()
	pair := rig.NewPair(t)
	address := "postgres://postgres@" + pair.Primary.Address() + "," + pair.Standby.Address() + "/postgres?sslmode=disable"
	store := open(t, address)
	several(t, store)
	pair.Primary.Freeze()
	t.Cleanup(pair.Primary.Thaw)
	pair.Standby.Promote()
	recovers(t, store)
}

// ABUSE 43: a server turns read-only under connections that are there. The first change that fails for it makes all of them useless.
func TestServerThatTurnsReadOnlyIsLeft(t *testing.T) {
	t.Parallel()
	server := testenv.NewCluster(t)
	store := open(t, server.URL())
	several(t, store)
	server.Exec("ALTER SYSTEM SET default_transaction_read_only = on")
	server.Exec("SELECT pg_reload_conf()")
	rig.Await(t, "a change fails", func(_ context.Context) error {
		if err := change(t, store); idp.CodeOf(err) != idp.CodeUnavailable {
			return fmt.Errorf("a change: %v", err)
		}
		return nil
	})
	if err := look(t, store); !errors.As(err, new(*sqlstore.ReadOnlyError)) {
		t.Errorf("a look by a connection from before: %v", err)
	}
	server.Exec("ALTER SYSTEM RESET default_transaction_read_only")
	server.Exec("SELECT pg_reload_conf()")
	recovers(t, store)
}

// The server's own time limits hold in every transaction, and reach no one else who shares its connections through a pooler.
func TestTransactionsHaveTimeLimits(t *testing.T) {
	t.Parallel()
	through := testenv.PgBouncer(t)
	direct := storetest.Postgres(t)
	for name, address := range map[string]string{
		"direct": direct, "through PgBouncer": withParameter(t, through(direct), "default_query_exec_mode", "cache_describe"),
	} {
		store := openMigrated(t, address, sqlstore.Options{})
		const query = "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')"
		var inside, outside string
		tx, err := store.DB().BeginTx(t.Context(), nil)
		if err == nil {
			err = errors.Join(tx.QueryRowContext(t.Context(), query).Scan(&inside), tx.Commit())
		}
		err = errors.Join(err, store.DB().QueryRowContext(t.Context(), query).Scan(&outside))
		if err != nil || inside != "2s 2s 10s" || outside != "0 0 0" {
			t.Errorf("%s: %q in a transaction, %q outside, %v", name, inside, outside, err)
		}
	}
}
