package sqlstore_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/tally"
)

// The ports of the consumers that this store is.
var (
	_ signin.Accounts      = (*sqlstore.Store)(nil)
	_ signin.Clients       = (*sqlstore.Store)(nil)
	_ signin.Unit          = (*sqlstore.Tx)(nil)
	_ session.Sessions     = (*sqlstore.Store)(nil)
	_ oidcop.RefreshTokens = (*sqlstore.Store)(nil)
	_ oidcop.Spent         = (*sqlstore.Store)(nil)
	_ oidcop.StoredClients = (*sqlstore.Store)(nil)
	_ tally.Audit          = (*sqlstore.Store)(nil)
	_ keyring.Store        = (*sqlstore.Store)(nil)
	_ passkey.Uses         = (*sqlstore.Tx)(nil)
	_ sqlstore.Outbox      = (*outbox.Queue)(nil)
	_ sqlstore.Sealer      = (*seal.Sealer)(nil)
)

func TestContractOnSQLite(t *testing.T) {
	t.Parallel()
	contract(t, func(t testing.TB, options sqlstore.Options) *sqlstore.Store {
		return openMigrated(t, storetest.SQLiteAt(t, oddFile(t)), patient(options))
	})
}

func TestContractOnPostgres(t *testing.T) {
	t.Parallel()
	contract(t, func(t testing.TB, options sqlstore.Options) *sqlstore.Store {
		return openMigrated(t, storetest.Postgres(t), patient(options))
	})
}

// patient leaves callers who crowd a database on a crowded machine as long as they need: what they are answered counts.
func patient(options sqlstore.Options) sqlstore.Options {
	options.Limit = time.Minute
	return options
}

// oddFile is a new file whose name a URL would have to escape.
func oddFile(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "a b?c=d&e#f%20.db")
}

// sqliteURL names a new file of that kind.
func sqliteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + oddFile(t)
}

// open migrates the database and opens it with the sealer and the outbox of the product.
func open(t testing.TB, url string) *sqlstore.Store {
	t.Helper()
	return openWith(t, url, sqlstore.Options{})
}

func openWith(t testing.TB, url string, options sqlstore.Options) *sqlstore.Store {
	t.Helper()
	_, err := sqlstore.Migrate(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return openMigrated(t, url, options)
}

func openMigrated(t testing.TB, url string, options sqlstore.Options) *sqlstore.Store {
	t.Helper()
	return openSealed(t, url, newSealer(t), options)
}

func newSealer(t testing.TB) *seal.Sealer {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func openSealed(t testing.TB, url string, sealer sqlstore.Sealer, options sqlstore.Options) *sqlstore.Store {
	t.Helper()
	engine, err := sqlstore.EngineOf(url)
	if err != nil {
		t.Fatal(err)
	}
	queue, err := outbox.NewQueue(outbox.Engine(engine), sealer)
	if err != nil {
		t.Fatal(err)
	}
	return openQueueing(t, url, sealer, queue, options)
}

func openQueueing(t testing.TB, url string, sealer sqlstore.Sealer, queue sqlstore.Outbox, options sqlstore.Options) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), url, sealer, queue, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}
