package sqlstore

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 47: the step that gives SQLite's clients a new table leaves the sessions that refer to them as they were, and enforced
// as before; a reference that is broken already stops it with nothing done.
func TestClientsAreRebuilt(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "rebuilt.db")
	loadFixture(t, url, 2, filepath.Join("testdata", "sqlite", "00002.sql"))
	p, err := openPools(SQLite, url, Limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.close() })
	exec := func(statement string) error {
		_, err := p.writer.ExecContext(t.Context(), statement)
		return err
	}
	for _, statement := range []string{"PRAGMA foreign_keys = OFF", "UPDATE sessions SET client_id = 'none' WHERE id = 'ses_over'"} {
		if err := exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Migrate(t.Context(), url); err == nil || !strings.Contains(err.Error(), "CHECK constraint failed") {
		t.Errorf("a broken reference: %v", err)
	}
	if err := exec("SELECT access FROM clients"); err == nil {
		t.Error("a step that failed left something behind")
	}
	for _, statement := range []string{"UPDATE sessions SET client_id = 'timesheets' WHERE id = 'ses_over'", "PRAGMA foreign_keys = ON"} {
		if err := exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if err := exec("DELETE FROM clients WHERE id = 'timesheets'"); err == nil || !strings.Contains(err.Error(), "FOREIGN KEY") {
		t.Errorf("the app of four sessions is deleted: %v", err)
	}
}

// ABUSE 47: a step back and forth again keeps what the version before knew.
func TestPeopleMigrationCanBeTakenBack(t *testing.T) {
	t.Parallel()
	for engine, url := range map[Engine]string{
		SQLite: "sqlite:" + filepath.Join(t.TempDir(), "back.db"), Postgres: testenv.Postgres(t),
	} {
		t.Run(string(engine), func(t *testing.T) {
			loadFixture(t, url, 3, filepath.Join("testdata", string(engine), "00003.sql"))
			m, err := newMigrator(url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = m.close() })
			if _, err := m.goose.DownTo(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			if _, err := Migrate(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			store, err := Open(t.Context(), url, placeSealer{}, noOutbox{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			checkFixture(t, store)
			checkFixture2(t, store)
		})
	}
}
