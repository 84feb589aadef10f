package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// SQLite returns the URL of an empty database with the newest schema, in a file of the test's own. The schema is made once in a
// process and copied: making it anew would take longer than most tests.
func SQLite(t testing.TB) string {
	t.Helper()
	return SQLiteAt(t, filepath.Join(t.TempDir(), "apsid.db"))
}

// SQLiteAt is SQLite in the file of this name.
func SQLiteAt(t testing.TB, path string) string {
	t.Helper()
	content, err := migrated()
	if err != nil {
		t.Fatalf("an empty database: %v", err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

var migrated = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "apsid")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "apsid.db")
	if _, err := sqlstore.Migrate(context.Background(), "sqlite:"+path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
