package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// checkFixture18 looks at what version 18 added: passkeys, and how they name their person.
func checkFixture18(t *testing.T, s *Store) {
	t.Helper()
	passkey, err := s.FindPasskey(t.Context(), "Y3JlZGVudGlhbA")
	equal(t, err, passkey, idp.Authenticator{
		ID: "aut_key", PracticeID: "prc_aps", UserID: "usr_kay", Kind: idp.KindPasskey, Label: "Laptop",
		CreatedAt: time.Date(2026, 1, 4, 3, 4, 5, 0, time.UTC),
		Passkey: idp.Passkey{
			Credential: "Y3JlZGVudGlhbA", PublicKey: idp.NewSecret("COSE"), SignCount: 4294967295, BackupEligible: true, BackedUp: true,
			Model: "08987058-cadc-4b81-b6e1-30de50dcbe96", Transports: []string{"internal"}, RegressedAt: time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC),
		},
	})
	handle, err := s.FindUserHandle(t.Context(), "prc_aps", "usr_bob")
	equal(t, err, handle, "SGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZGxlSGFuZA")
}

// The version before can't check a passkey. Where the step is undone, whoever has nothing else is kept out, rather than let in with the
// password alone; the others go on with what they have. The step can be taken again after that, and after it stopped in the middle.
func TestWithoutPasskeysNobodyGetsInByThePasswordAlone(t *testing.T) {
	t.Parallel()
	for engine, url := range map[Engine]string{
		SQLite: "sqlite:" + filepath.Join(t.TempDir(), "passkeys.db"), Postgres: testenv.Postgres(t),
	} {
		t.Run(string(engine), func(t *testing.T) {
			loadFixture(t, url, 18, filepath.Join("testdata", string(engine), "00018.sql"))
			m, err := newMigrator(url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = m.close() })
			exec := func(statement string) {
				t.Helper()
				if _, err := m.db.ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := m.goose.DownTo(t.Context(), 17); err != nil {
				t.Fatal(err)
			}
			rows, err := m.db.QueryContext(t.Context(), "SELECT id FROM users WHERE state = 'disabled'")
			if err != nil {
				t.Fatal(err)
			}
			equal(t, nil, scanNames(t, rows), []string{"usr_kay"})
			if engine == Postgres { // a step that was stopped in the middle
				exec("ALTER TABLE authenticators ADD COLUMN credential_id text COLLATE \"C\"")
				exec("ALTER TABLE authenticators DROP CONSTRAINT authenticators_kind_check")
			}
			if _, err := m.goose.UpTo(t.Context(), 18); err != nil {
				t.Fatal(err)
			}
			store, err := Open(context.WithoutCancel(t.Context()), url, placeSealer{}, noOutbox{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			_, err = store.FindPasskey(t.Context(), "Y3JlZGVudGlhbA")
			if !errors.Is(err, idp.ErrNotFound) {
				t.Errorf("the passkey: %v", err)
			}
			bound, err := store.ListAuthenticators(t.Context(), "prc_harbour", "usr_ada")
			equal(t, err, len(bound), 2)
		})
	}
}
