package sqlstore

import (
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 47: a migration that was cut off half-way is run again: what it had done stays, and an index that a broken connection
// left invalid is built anew.
func TestMigrationIsResumed(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	m, err := newMigrator(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.close() })
	if _, err := m.goose.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	p, err := openPools(Postgres, url, Limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.close() })
	for _, half := range []string{
		"ALTER TABLE clients ADD COLUMN backchannel_logout_uri text NOT NULL DEFAULT ''",
		"ALTER TABLE sessions ADD COLUMN sign_on text",
		"CREATE INDEX sessions_by_sign_on ON sessions (id)", // of the right name, and of no use
	} {
		if _, err := p.writer.ExecContext(t.Context(), half); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	var unique, valid bool
	err = p.writer.QueryRowContext(t.Context(),
		"SELECT indisunique, indisvalid FROM pg_index WHERE indexrelid = 'sessions_by_sign_on'::regclass").Scan(&unique, &valid)
	if err != nil || !unique || !valid {
		t.Errorf("the index is unique: %v, valid: %v; %v", unique, valid, err)
	}
}

// ABUSE 47: the same for the step after it, whose rule on clients was taken off and not put back, and whose tables are there in part.
func TestPeopleMigrationIsResumed(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	loadFixture(t, url, 2, "testdata/postgres/00002.sql")
	p, err := openPools(Postgres, url, Limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.close() })
	for _, half := range []string{
		`ALTER TABLE users ADD COLUMN words_of text COLLATE "C"`,
		"ALTER TABLE clients DROP CONSTRAINT clients_auth_method_check",
		`CREATE TABLE reminders (key text COLLATE "C" PRIMARY KEY, sent_at timestamptz NOT NULL)`,
		"CREATE INDEX users_without_words ON users (name)", // of the right name, and of no use
	} {
		if _, err := p.writer.ExecContext(t.Context(), half); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	var validated, partial bool
	err = p.writer.QueryRowContext(t.Context(), `SELECT
		(SELECT convalidated FROM pg_constraint WHERE conname = 'clients_auth_method_check'),
		(SELECT indpred IS NOT NULL FROM pg_index WHERE indexrelid = 'users_without_words'::regclass)`).Scan(&validated, &partial)
	if err != nil || !validated || !partial {
		t.Errorf("the rule is validated: %v, the index partial: %v; %v", validated, partial, err)
	}
}
