package sqlstore_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx", for a connection beside the store's

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// engines are the databases that every test of migrations runs on.
func engines(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"sqlite": sqliteURL(t), "postgres": testenv.Postgres(t)}
}

func TestMigrateTwiceDoesNothing(t *testing.T) {
	t.Parallel()
	for engine, url := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			before, err := sqlstore.Status(t.Context(), url)
			if err != nil || !sqlstore.Behind(before) {
				t.Fatalf("a new database is not behind: %v, %v", before, err)
			}
			done, err := sqlstore.Migrate(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			after, err := sqlstore.Status(t.Context(), url)
			if err != nil || sqlstore.Behind(after) {
				t.Fatalf("a migrated database is behind: %v, %v", after, err)
			}
			if diff := cmp.Diff(after, done); diff != "" {
				t.Errorf("what was done is not what is there (-there +done):\n%s", diff)
			}
			again, err := sqlstore.Migrate(t.Context(), url)
			if err != nil || len(again) != 0 {
				t.Errorf("migrated again: %v, %v", again, err)
			}
		})
	}
}

// ABUSE 47: nodes that start at once with a new version.
func TestMigrateOnManyNodesAtOnce(t *testing.T) {
	t.Parallel()
	for engine, url := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			const nodes = 4
			var all sync.WaitGroup
			steps, errs := make([]int, nodes), make([]error, nodes)
			for n := range nodes {
				all.Go(func() {
					done, err := sqlstore.Migrate(t.Context(), url)
					steps[n], errs[n] = len(done), err
				})
			}
			all.Wait()
			list, err := sqlstore.Status(t.Context(), url)
			if err := errors.Join(append(errs, err)...); err != nil {
				t.Fatal(err)
			}
			total := 0
			for _, n := range steps {
				total += n
			}
			if total != len(list) || sqlstore.Behind(list) {
				t.Errorf("%d steps were taken for %d: %v", total, len(list), steps)
			}
		})
	}
}

// ABUSE 47: a node that starts again after a newer one has migrated finds all that it needs, and changes nothing.
func TestASchemaOfANewerVersionIsEnough(t *testing.T) {
	t.Parallel()
	for engine, url := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			store := open(t, url)
			for _, newer := range []string{
				"INSERT INTO river_migration (line, version) VALUES ('main', 999)",
				"INSERT INTO schema_versions (version_id, is_applied) VALUES (999, true)",
			} {
				if _, err := store.DB().ExecContext(t.Context(), newer); err != nil {
					t.Fatal(err)
				}
			}
			list, err := sqlstore.Status(t.Context(), url)
			if err != nil || sqlstore.Behind(list) {
				t.Errorf("behind: %v, %v", sqlstore.Behind(list), err)
			}
			done, err := sqlstore.Migrate(t.Context(), url)
			if err != nil || len(done) != 0 {
				t.Errorf("migrated: %v, %v", done, err)
			}
		})
	}
}

// ABUSE 47: a migration waits for no long lock, and can be run again.
func TestMigrateGivesUpOnALongLock(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	if _, err := sqlstore.Migrate(t.Context(), url); err != nil { // makes the table of versions
		t.Fatal(err)
	}
	beside, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.Close() })
	tx, err := beside.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE schema_versions IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}

	began := time.Now()
	_, err = sqlstore.Migrate(t.Context(), url)
	if !errors.Is(err, idp.ErrUnavailable) && idp.CodeOf(err) != idp.CodeUnavailable {
		t.Errorf("error is %v", err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("waited %v", took)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Migrate(t.Context(), url); err != nil {
		t.Errorf("the second try: %v", err)
	}
}

// Looking at a database that has nothing leaves it so: no table, and neither a file nor a folder.
func TestStatusCreatesNothing(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "none")
	list, err := sqlstore.Status(t.Context(), "sqlite:"+filepath.Join(folder, "apsid.db"))
	if err != nil || len(list) == 0 || !sqlstore.Behind(list) {
		t.Errorf("a file that is not there: %d steps, %v", len(list), err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
	empty := t.TempDir()
	if err := os.WriteFile(filepath.Join(empty, "apsid.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Status(t.Context(), "sqlite:"+filepath.Join(empty, "apsid.db")); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(empty)
	if err != nil || len(left) != 1 {
		t.Fatalf("beside the file: %v, %v", left, err)
	}
	if info, err := left[0].Info(); err != nil || info.Size() != 0 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}

	url := testenv.Postgres(t)
	list, err = sqlstore.Status(t.Context(), url)
	if err != nil || len(list) == 0 || !sqlstore.Behind(list) {
		t.Errorf("an empty database: %d steps, %v", len(list), err)
	}
	beside, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()
	tables := 0
	err = beside.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("%d relations, %v", tables, err)
	}
}
