package sqlstore

import (
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/testenv"
)

// bounded are the tables whose rows Clean leaves alone, with what bounds them.
func bounded() map[string]string {
	return map[string]string{
		"practices": "customers", "users": "people", "authenticators": "a few for each person", "recovery_pins": "one for each person",
		"user_handles": "one for each person", "user_words": "the words of people's names", "clients": "apps and integrations",
		"events": "the archive", "unsealed_events": "the leaves of the log", "log_leaves": "the archive", "log_checkpoints": "one an hour, and the archive", "log_archives": "one a month",
		"log_keys": "one", "copies": "the kinds of things that nodes keep copies of", "installation": "its names in the code",
		"schema_versions": "the releases", "river_migration": "the releases",
		"river_job": "River's own cleaner", "river_queue": "River's own cleaner", "river_leader": "one",
		"river_notification": "River's own cleaner",
	}
}

// Every table has something that bounds it: Clean deletes what is over, or it grows with what is registered only, or the archive takes
// what is old. A new table has to say which, here and to operators.
func TestEveryTableHasAKeeper(t *testing.T) {
	t.Parallel()
	for engine, url := range map[Engine]string{SQLite: "sqlite:" + filepath.Join(t.TempDir(), "keeper.db"), Postgres: testenv.Postgres(t)} {
		_, err := Migrate(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		store, err := Open(t.Context(), url, placeSealer{}, noOutbox{}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		kept := bounded()
		for _, k := range keepers(time.Now()) {
			if why, twice := kept[k.table]; twice && why != "Clean" {
				t.Errorf("%s is cleaned, and bounded by %s", k.table, why)
			}
			kept[k.table] = "Clean"
		}
		want := slices.Sorted(maps.Keys(kept))
		if diff := cmp.Diff(want, tablesOf(t, store)); diff != "" {
			t.Errorf("%s: tables and their keepers differ (-kept +there):\n%s", engine, diff)
		}
	}
}

// The page for operators lists the same tables, each with what deletes its rows.
func TestScalingListsEveryTable(t *testing.T) {
	page, err := os.ReadFile("../../../deploy/docs/scaling.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z_`, ]+`) \\|").FindAllStringSubmatch(string(page), -1) {
		for name := range strings.SplitSeq(strings.ReplaceAll(row[1], "`", ""), ", ") {
			listed[name] = true
		}
	}
	for _, k := range keepers(time.Now()) {
		if !listed[k.table] {
			t.Errorf("%s is not listed", k.table)
		}
	}
	for table := range bounded() {
		if !listed[table] {
			t.Errorf("%s is not listed", table)
		}
	}
}

func tablesOf(t *testing.T, s *Store) []string {
	t.Helper()
	query := "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
	if s.Engine() == SQLite {
		query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
	}
	rows, err := s.DB().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return scanNames(t, rows)
}

func scanNames(t *testing.T, rows *sql.Rows) (names []string) {
	t.Helper()
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}
