package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/testenv"
)

// placeSealer seals in a way that a fixture can be written by hand: the place, a bar, the value.
type placeSealer struct{}

func (placeSealer) Seal(plaintext []byte, place string) ([]byte, error) {
	return append([]byte(place+"|"), plaintext...), nil
}

func (placeSealer) Open(sealed []byte, place string) ([]byte, error) {
	plaintext, found := bytes.CutPrefix(sealed, []byte(place+"|"))
	if !found {
		return nil, fmt.Errorf("sealed for another place than %s", place)
	}
	return plaintext, nil
}

// noOutbox refuses: nothing is queued here.
type noOutbox struct{}

func (noOutbox) Enqueue(context.Context, *sql.Tx, idp.Notice) error { return idp.ErrForbidden }

func (noOutbox) EnqueueLogouts(context.Context, *sql.Tx, []idp.Logout) error { return idp.ErrForbidden }

// ABUSE 47: what any version wrote is read by the newest. Every version has a fixture.
func TestDataOfEveryVersionSurvives(t *testing.T) {
	t.Parallel()
	for engine, fresh := range map[Engine]func(t *testing.T) string{
		SQLite:   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "fixture.db") },
		Postgres: func(t *testing.T) string { return testenv.Postgres(t) },
	} {
		files, err := filepath.Glob(filepath.Join("migrations", string(engine), "*.sql"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no migrations of %s: %v", engine, err)
		}
		for _, file := range files {
			var version int64
			if _, err := fmt.Sscanf(filepath.Base(file), "%05d_", &version); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			t.Run(fmt.Sprintf("%s %d", engine, version), func(t *testing.T) {
				t.Parallel()
				url := fresh(t)
				loadFixture(t, url, version, filepath.Join("testdata", string(engine), fmt.Sprintf("%05d.sql", version)))
				if _, err := Migrate(t.Context(), url); err != nil {
					t.Fatal(err)
				}
				store, err := Open(t.Context(), url, placeSealer{}, noOutbox{}, Options{})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = store.Close() })
				checkFixture(t, store)
				if version >= 2 {
					checkFixture2(t, store)
				}
				if version >= 3 {
					checkFixture3(t, store)
				}
				if version >= 4 {
					checkFixture4(t, store)
				}
				if version >= 7 {
					checkFixture7(t, store)
				}
				if version >= 8 {
					checkFixture8(t, store)
				}
				if version >= 9 {
					checkFixture9(t, store)
				}
				if version >= 10 {
					checkFixture10(t, store)
				}
				if version >= 11 {
					checkFixture11(t, store)
				}
				if version >= 12 {
					checkFixture12(t, store)
				}
				if version >= 13 {
					checkFixture13(t, store)
				}
				if version >= 14 {
					checkFixture14(t, store)
				}
				if version >= 15 {
					checkFixture15(t, store)
				}
				if version >= 16 {
					checkFixture16(t, store)
				}
				if version >= 18 {
					checkFixture18(t, store)
				}
				if version >= 19 {
					checkFixture19(t, store)
				}
				if version >= 21 {
					checkFixture21(t, store)
				}
				if version >= 22 {
					checkFixture22(t, store)
				}
				if version >= 23 {
					checkFixture23(t, store)
				}
				if version >= 25 {
					checkFixture25(t, store)
				}
			})
		}
	}
}

// loadFixture migrates to the version and writes what it held.
func loadFixture(t *testing.T, url string, version int64, file string) {
	t.Helper()
	statements, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("version %d has no fixture: %v", version, err)
	}
	m, err := newMigrator(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.close() }()
	if _, err := m.goose.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	p, err := openPools(mustEngine(t, url), url, Limit)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.close() }()
	if _, err := p.writer.ExecContext(t.Context(), string(statements)); err != nil {
		t.Fatal(err)
	}
}

func mustEngine(t *testing.T, url string) Engine {
	t.Helper()
	engine, err := EngineOf(url)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

func checkFixture(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	at := func(text string) time.Time {
		t.Helper()
		parsed, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	january, february := at("2026-01-02T03:04:05Z"), at("2026-02-02T03:04:05Z")

	account, err := s.FindAccountByUsername(ctx, "ada@harbour.example")
	equal(t, err, account, idp.Account{
		User: idp.User{
			ID: "usr_ada", PracticeID: "prc_harbour", Username: "ada@harbour.example", Name: "Ada Łovelace", State: idp.UserActive,
			Roles: []idp.Role{idp.RoleSystemAdministrator}, PasswordHash: idp.NewSecret("$argon2id$ada"), PasswordChangedAt: january,
			CreatedAt: january, UpdatedAt: january, LastSigninAt: february, Version: 7,
		},
		Practice: idp.Practice{
			ID: "prc_harbour", Kind: idp.PracticeCustomer, State: idp.PracticeActive,
			MFA: idp.MFAActive, Apps: []idp.ClientID{"contacts", "timesheets"},
			CreatedAt: january.Add(678901 * time.Microsecond), UpdatedAt: january.Add(678901 * time.Microsecond), Version: 3,
			PracticeDetails: idp.PracticeDetails{Name: "Harbour & Finch Accounting", Region: idp.RegionAU, TimeZone: "Australia/Sydney"},
		},
		Authenticators: []idp.Authenticator{
			{
				ID: "aut_sms", PracticeID: "prc_harbour", UserID: "usr_ada", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570156"),
				CreatedAt: at("2026-01-03T03:04:05Z"),
			},
			{
				ID: "aut_totp", PracticeID: "prc_harbour", UserID: "usr_ada", Kind: idp.KindTOTP, Label: "Phone",
				TOTPKey: idp.NewSecret("JBSWY3DPEHPK3PXP"), LastStep: 59000000, CreatedAt: january, LastUsedAt: february,
			},
		},
		PIN: &idp.RecoveryPIN{PracticeID: "prc_harbour", UserID: "usr_ada", Hash: idp.NewSecret("$argon2id$pin"), CreatedAt: january},
	})
	client, err := s.FindClient(ctx, "timesheets")
	equal(t, err, client, idp.Client{
		Registration: idp.Registration{
			ID: "timesheets", Name: "Cloud Timesheets", Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic,
			RedirectURIs: []string{"https://timesheets.example/cb"}, PostLogoutRedirectURIs: []string{"https://timesheets.example/"},
			InitiateLoginURI: "https://timesheets.example/start", Scopes: []string{"offline_access", "openid"}, RefreshTokens: true,
			PKCERequired: true, IDTokenAlg: "ES256", Profile: idp.ProfileDefault, SessionLifetime: 24 * time.Hour,
		},
		Secrets:   []idp.ClientSecret{{Hash: "aa"}, {Hash: "bb", ExpiresAt: at("2026-05-01T00:00:00Z")}},
		CreatedAt: january, UpdatedAt: january, Version: 1,
	})
	machine, err := s.FindClient(ctx, "fusesign")
	equal(t, err, machine, idp.Client{
		Registration: idp.Registration{
			ID: "fusesign", Name: "FuseSign", Kind: idp.ClientMachine, AuthMethod: idp.AuthPost,
			Scopes: []string{"documents"}, IDTokenAlg: "RS256", ReferenceTokens: true, PracticeID: "prc_harbour",
			Profile: idp.ProfileGovernmentConnected, SessionIdleTimeout: 15 * time.Minute, MFARequiredFrom: at("2026-06-30T14:00:00Z"),
		},
		Secrets:  []idp.ClientSecret{{Hash: "cc"}},
		Disabled: true, CreatedAt: january, UpdatedAt: january, Version: 2,
	})
	sessions, _, err := s.ListSessions(ctx, "prc_harbour", "usr_ada", Page{})
	equal(t, err, sessions, []idp.Session{
		{
			ID: "ses_live", PracticeID: "prc_harbour", UserID: "usr_ada", ClientID: "timesheets", BrowserHash: "b1", ACR: idp.ACRMFA,
			AMR: []idp.AMR{idp.AMRPassword, idp.AMROTP, idp.AMRMFA}, AuthTime: february, CreatedAt: february, ExpiresAt: february.Add(24 * time.Hour),
			LastActivity: february, SignOn: "ses_live",
		},
		{
			ID: "ses_over", PracticeID: "prc_harbour", UserID: "usr_ada", ClientID: "timesheets", BrowserHash: "b2", ACR: idp.ACRPassword,
			AMR: []idp.AMR{idp.AMRPassword}, AuthTime: february.Add(-24 * time.Hour), CreatedAt: february.Add(-24 * time.Hour),
			ExpiresAt: february, LastActivity: february.Add(-24 * time.Hour), SignOn: "ses_over",
			EndedAt: february.Add(-23 * time.Hour), EndReason: idp.EndRevoked,
		},
	})
	token, _, err := s.FindRefreshTokenHolder(ctx, "r1")
	equal(t, err, token, idp.RefreshToken{
		Hash: "r1", SID: "ses_live", ClientID: "timesheets", UserID: "usr_ada", Scopes: []string{"offline_access", "openid"},
		AuthTime: february, CreatedAt: february, ExpiresAt: february.Add(24 * time.Hour), UsedAt: february.Add(time.Hour),
	})
	keys, err := s.ListKeys(ctx)
	january1 := at("2026-01-01T00:00:00Z")
	equal(t, err, keys, []keyring.Key{{
		ID: "key_one", Alg: "ES256", Private: idp.NewSecret("MIGHAgEA"), CreatedAt: january1, SignFrom: january1,
		SignUntil: at("2026-04-01T00:00:00Z"), VerifyUntil: at("2026-04-02T00:00:00Z"),
	}})
	events, _, err := s.SearchEvents(ctx, "prc_harbour", directory.EventQuery{}, Page{})
	equal(t, err, events, []idp.AuditEvent{{
		ID: "evt_1", At: february, Type: "signin.succeeded", Actor: idp.Actor{Kind: idp.ActorUser, ID: "usr_ada"},
		PracticeID: "prc_harbour", UserID: "usr_ada", ClientID: "timesheets", SID: "ses_live", Result: idp.ResultSuccess,
		Reason: "practice_activated", Address: "203.0.113.7", UserAgent: "Mozilla/5.0", Details: map[string]string{"method": "totp"},
	}})
	var guard idp.Guard
	err = s.InTx(ctx, func(tx *Tx) error {
		return tx.UpdateGuard(ctx, "ada@harbour.example", idp.ProofPassword, func(g idp.Guard) idp.Guard {
			guard = g
			return g
		})
	})
	equal(t, err, guard, idp.Guard{
		Subject: "ada@harbour.example", Proof: idp.ProofPassword, Failures: 2, Locks: 1, Locked: true,
		LockedUntil: february.Add(time.Hour), UpdatedAt: february,
	})
	_, err = s.RotateRefreshToken(ctx, "r2", idp.RefreshToken{Hash: "r3", SID: "ses_live", ClientID: "timesheets", UserID: "usr_ada",
		AuthTime: february, CreatedAt: february, ExpiresAt: february}, 0, february)
	equal(t, err, 0, 0)
}

// checkFixture2 looks at what version 2 added: apps that are told, and sessions that rest on another's sign-in.
func checkFixture2(t *testing.T, s *Store) {
	t.Helper()
	january, february := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC)
	app, err := s.FindClient(t.Context(), "lodgements")
	equal(t, err, app, idp.Client{
		Registration: idp.Registration{
			ID: "lodgements", Name: "Lodgements", Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic,
			RedirectURIs: []string{"https://lodgements.example/cb"}, BackchannelLogoutURI: "https://lodgements.example/out",
			Scopes: []string{"openid"}, PKCERequired: true, IDTokenAlg: "ES256", Profile: idp.ProfileGovernmentConnected, SignOnGroup: "desk",
		},
		Secrets:   []idp.ClientSecret{{Hash: "dd"}},
		CreatedAt: january, UpdatedAt: january, Version: 1,
	})
	first := idp.Session{
		ID: "ses_first", PracticeID: "prc_aps", UserID: "usr_bob", ClientID: "timesheets", BrowserHash: "b3", ACR: idp.ACRPassword,
		AMR: []idp.AMR{idp.AMRPassword}, AuthTime: february, CreatedAt: february, ExpiresAt: february.Add(24 * time.Hour),
		LastActivity: february.Add(2 * time.Hour), SignOn: "ses_first",
	}
	second := first
	second.ID, second.ClientID, second.BrowserHash = "ses_second", "lodgements", "b4"
	second.CreatedAt, second.ExpiresAt = february.Add(time.Hour), february.Add(24*time.Hour-time.Minute)
	family, err := s.ListSignOn(t.Context(), "ses_first")
	equal(t, err, family, []idp.Session{first, second})
}

func equal[T any](t *testing.T, err error, got, want T) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b idp.Secret) bool { return a.Equal(b.Reveal()) })); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
}
