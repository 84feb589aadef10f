package storetest

import (
	"context"
	"database/sql"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// Postgres returns the URL of an empty database with the newest schema that belongs to the test, as SQLite does. Its role has the
// rights of a node and no others, so that a test fails where one is missing; Owner is for what no node may do.
func Postgres(t testing.TB) string {
	t.Helper()
	template, err := migratedPostgres()
	if err != nil {
		t.Fatalf("an empty database: %v", err)
	}
	return testenv.AsServing(t, template.Postgres(t))
}

// Owner returns connections to the database of the store by which everything may be done to it, the audit trail too.
func Owner(t testing.TB, s *sqlstore.Store) *sql.DB {
	t.Helper()
	if s.Engine() == sqlstore.SQLite {
		return s.DB()
	}
	name := ""
	if err := s.DB().QueryRowContext(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", testenv.AsOwner(t, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

var migratedPostgres = sync.OnceValues(func() (*testenv.Template, error) {
	return testenv.NewTemplate(func(address string) error {
		ctx := context.Background()
		if _, err := sqlstore.Migrate(ctx, address); err != nil {
			return err
		}
		role, err := testenv.ServingRole(ctx)
		if err != nil {
			return err
		}
		return sqlstore.Grant(ctx, address, role)
	})
})
