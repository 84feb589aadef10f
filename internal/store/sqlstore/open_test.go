package sqlstore_test

import (
	"os"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "mysql://u:hunter2@h/d", "sqlite:", "sqlite::memory:", "postgres://u:hunter2@h:port/d", "/var/lib/apsid.db",
		"postgres://u:hunter2@127.0.0.1:1/d?pool_max_conns=none",
	} {
		_, err := sqlstore.Open(t.Context(), address, &anySealer{}, anyOutbox{}, sqlstore.Options{})
		if idp.CodeOf(err) != idp.CodeInvalid || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", address, err)
		}
	}
	inTime(t, func() error {
		_, err := sqlstore.Open(t.Context(), "sqlite:/nowhere/at/all.db", &anySealer{}, anyOutbox{}, sqlstore.Options{})
		return err
	})
}

func TestSQLiteFileIsPrivate(t *testing.T) {
	t.Parallel()
	address := sqliteURL(t)
	open(t, address)
	path := strings.TrimPrefix(address, "sqlite:")
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-migrate"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
}

// No step needs a second connection while it holds one: with more steps than connections that would be the end.
func TestOneConnectionIsEnough(t *testing.T) {
	t.Parallel()
	address := testenv.Postgres(t)
	store := open(t, withParameter(t, address, "pool_max_conns", "1"))
	err := store.InTx(t.Context(), func(tx *sqlstore.Tx) error {
		err := tx.UpdateGuard(t.Context(), "x", idp.ProofPIN, func(g idp.Guard) idp.Guard { return g })
		if err != nil {
			return err
		}
		_, err = tx.FindAccountByUsername(t.Context(), "nobody@nowhere.example")
		if idp.CodeOf(err) != idp.CodeNotFound {
			return err
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if limit := store.DB().Stats().MaxOpenConnections; limit != 1 {
		t.Errorf("the pool has %d connections", limit)
	}
}
