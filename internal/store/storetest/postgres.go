package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// Postgres returns the URL of an empty database with the newest schema that belongs to the test, as SQLite does.
func Postgres(t testing.TB) string {
	t.Helper()
	template, err := migratedPostgres()
	if err != nil {
		t.Fatalf("an empty database: %v", err)
	}
	return template.Postgres(t)
}

var migratedPostgres = sync.OnceValues(func() (*testenv.Template, error) {
	return testenv.NewTemplate(func(address string) error {
		_, err := sqlstore.Migrate(context.Background(), address)
		return err
	})
})
