package sqlstore

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// checkFixture14 looks at what version 14 added: folded names, of those too whom a node of the version before wrote.
func checkFixture14(t *testing.T, s *Store) {
	t.Helper()
	for typed, want := range map[string]idp.UserID{"obrien zoe": "usr_zoe", "bjorn": "usr_late"} {
		people, _, err := s.SearchUsers(t.Context(), "prc_maui", directory.UserQuery{Search: typed}, Page{}, time.Now())
		equal(t, err, userIDs(people), []idp.UserID{want})
	}
}

func userIDs(people []directory.Person) (ids []idp.UserID) {
	for _, p := range people {
		ids = append(ids, p.User.ID)
	}
	return ids
}

// ABUSE 47: the step folds the names of those who are there, so that the first page of the new version is in order; a step back and
// forth again, or one that stopped in the middle, ends the same.
func TestNamesAreFoldedByTheMigration(t *testing.T) {
	t.Parallel()
	for engine, url := range map[Engine]string{
		SQLite: "sqlite:" + filepath.Join(t.TempDir(), "folded.db"), Postgres: testenv.Postgres(t),
	} {
		t.Run(string(engine), func(t *testing.T) {
			loadFixture(t, url, 12, filepath.Join("testdata", string(engine), "00012.sql"))
			p, err := openPools(engine, url, Limit)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.close() })
			exec := func(statement string) {
				t.Helper()
				if _, err := p.writer.ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			exec(`INSERT INTO users (id, practice_id, username, name, state, roles, password_hash, created_at, updated_at, version) VALUES
				('usr_one', 'prc_maui', 'zz@maui.example', 'Ångström', 'active', '[]', '', '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1),
				('usr_two', 'prc_maui', 'aa@maui.example', 'anna', 'active', '[]', '', '2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05.000000Z', 1)`)
			if engine == Postgres { // a step that was stopped in the middle
				exec(`ALTER TABLE users ADD COLUMN folded text COLLATE "C" NOT NULL DEFAULT ''`)
				exec("CREATE INDEX users_unfolded ON users (name)") // of the right name, and of no use
			}
			store, err := newStore(engine, p, placeSealer{}, noOutbox{}, Options{Limit: Limit})
			if err != nil {
				t.Fatal(err)
			}
			m, err := newMigrator(url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = m.close() })
			for range 2 {
				if _, err := m.up(t.Context()); err != nil {
					t.Fatal(err)
				}
				people, _, err := store.SearchUsers(t.Context(), "prc_maui", directory.UserQuery{}, Page{}, time.Now())
				equal(t, err, userIDs(people), []idp.UserID{"usr_one", "usr_two", "usr_eve"}) // angstrom, anna, eve
				repaired, err := store.foldNames(t.Context())
				equal(t, err, repaired, 0)
				if _, err := m.goose.DownTo(t.Context(), 12); err != nil {
					t.Fatal(err)
				}
				exec("UPDATE users SET version = version + 1") // the version before works with what is left
			}
		})
	}
}
