package sqlstore_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// bench runs fn on both engines over a store with one account.
func bench(b *testing.B, fn func(b *testing.B, store *sqlstore.Store, user idp.User, app idp.Client)) {
	b.Helper()
	for engine, address := range map[string]func() string{
		"sqlite":   func() string { return sqliteURL(b) },
		"postgres": func() string { return testenv.Postgres(b) },
	} {
		b.Run(engine, func(b *testing.B) {
			store := open(b, address())
			user, app := account(b, store)
			b.ReportAllocs()
			fn(b, store, user, app)
		})
	}
}

func account(b testing.TB, store *sqlstore.Store) (idp.User, idp.Client) {
	b.Helper()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	practice := idp.Practice{
		ID: idp.NewPracticeID(), Kind: idp.PracticeCustomer, State: idp.PracticeActive, MFA: idp.MFAActive, CreatedAt: now, UpdatedAt: now,
		PracticeDetails: idp.PracticeDetails{Name: "Harbour & Finch", Region: idp.RegionAU, TimeZone: "Australia/Sydney"},
	}
	user := idp.User{
		ID: idp.NewUserID(), PracticeID: practice.ID, Username: "ada@harbour.example", Name: "Ada", State: idp.UserActive,
		CreatedAt: now, UpdatedAt: now,
	}
	app := idp.Client{
		Registration: idp.Registration{
			ID: "timesheets", Name: "Cloud Timesheets", Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic, Profile: idp.ProfileDefault,
			BackchannelLogoutURI: "https://timesheets.example/logout",
		},
		CreatedAt: now, UpdatedAt: now,
	}
	phone := idp.Authenticator{
		ID: idp.NewAuthenticatorID(), PracticeID: practice.ID, UserID: user.ID, Kind: idp.KindTOTP,
		TOTPKey: idp.NewSecret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), CreatedAt: now,
	}
	err := store.InTx(b.Context(), func(tx *sqlstore.Tx) error {
		for _, create := range []func() error{
			func() error { return tx.CreatePractice(b.Context(), practice) },
			func() error { return tx.CreateUser(b.Context(), user) },
			func() error { return tx.CreateClient(b.Context(), app) },
			func() error { return tx.CreateAuthenticator(b.Context(), phone) },
		} {
			if err := create(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return user, app
}

func newSession(user idp.User, app idp.Client) idp.Session {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return idp.Session{
		ID: idp.NewSID(), PracticeID: user.PracticeID, UserID: user.ID, ClientID: app.ID, BrowserHash: idp.HashToken(idp.NewID("")),
		ACR: idp.ACRMFA, AMR: []idp.AMR{idp.AMRPassword, idp.AMROTP, idp.AMRMFA}, AuthTime: now, CreatedAt: now, ExpiresAt: now,
	}
}

func BenchmarkFindAccountByUsername(b *testing.B) {
	bench(b, func(b *testing.B, store *sqlstore.Store, user idp.User, _ idp.Client) {
		for b.Loop() {
			if _, err := store.FindAccountByUsername(b.Context(), user.Username); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkStartSession(b *testing.B) {
	bench(b, func(b *testing.B, store *sqlstore.Store, user idp.User, app idp.Client) {
		for b.Loop() {
			err := store.InTx(b.Context(), func(tx *sqlstore.Tx) error {
				return tx.StartSession(b.Context(), newSession(user, app))
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkRotateRefreshToken(b *testing.B) {
	bench(b, func(b *testing.B, store *sqlstore.Store, user idp.User, app idp.Client) {
		s := newSession(user, app)
		token := idp.RefreshToken{
			Hash: idp.HashToken("0"), SID: s.ID, ClientID: app.ID, UserID: user.ID, Scopes: []string{"openid"},
			AuthTime: s.AuthTime, CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt,
		}
		err := store.InTx(b.Context(), func(tx *sqlstore.Tx) error {
			if err := tx.StartSession(b.Context(), s); err != nil {
				return err
			}
			return tx.CreateRefreshToken(b.Context(), token)
		})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			old := token.Hash
			token.Hash = idp.HashToken(old)
			if _, err := store.RotateRefreshToken(b.Context(), old, token, time.Second, s.AuthTime); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRotateRefreshTokenAgain is a second tab's refresh: a sibling of the same token, in a session with as many as it keeps.
func BenchmarkRotateRefreshTokenAgain(b *testing.B) {
	bench(b, func(b *testing.B, store *sqlstore.Store, user idp.User, app idp.Client) {
		s := newSession(user, app)
		token := idp.RefreshToken{
			Hash: idp.HashToken("0"), SID: s.ID, ClientID: app.ID, UserID: user.ID, Scopes: []string{"openid"},
			AuthTime: s.AuthTime, CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt,
		}
		first := token.Hash
		err := store.InTx(b.Context(), func(tx *sqlstore.Tx) error {
			if err := tx.StartSession(b.Context(), s); err != nil {
				return err
			}
			return tx.CreateRefreshToken(b.Context(), token)
		})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			token.Hash, token.CreatedAt = idp.HashToken(token.Hash), token.CreatedAt.Add(time.Minute) // so that none is of a burst
			if _, err := store.RotateRefreshToken(b.Context(), first, token, time.Second, s.AuthTime); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A sweep asks this every few seconds on every node, mostly to find nothing: what it costs must not grow with the sessions.
func BenchmarkListLapsed(b *testing.B) {
	bench(b, func(b *testing.B, store *sqlstore.Store, user idp.User, app idp.Client) {
		const many, batch = 100_000, 10_000
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		stamp := map[sqlstore.Engine]string{
			sqlstore.Postgres: "timestamptz '2026-03-01T00:00:00Z' - n * interval '1 second'",
			sqlstore.SQLite:   "strftime('%Y-%m-%dT%H:%M:%f000Z', '2026-03-01 00:00:00', '-' || n || ' seconds')",
		}[store.Engine()]
		// Half of them are open, and none of those is over yet.
		for first := 1; first < many; first += batch {
			_, err := store.DB().ExecContext(b.Context(), `WITH RECURSIVE s (n) AS (SELECT CAST($1 AS integer) UNION ALL SELECT n + 1 FROM s WHERE n + 1 < $2)
				INSERT INTO sessions (id, practice_id, user_id, client_id, browser_hash, acr, amr, auth_time, created_at, expires_at, ended_at, end_reason)
				SELECT 'ses_' || n, $3, $4, $5, 'b' || n, '', '[]', `+stamp+`, `+stamp+`, `+stamp+`,
					CASE WHEN n % 2 = 0 THEN `+stamp+` END, CASE WHEN n % 2 = 0 THEN 'logout' ELSE '' END FROM s`,
				first, first+batch, string(user.PracticeID), string(user.ID), string(app.ID))
			if err != nil {
				b.Fatal(err)
			}
		}
		before := map[idp.ClientID]time.Time{app.ID: now.Add(-48 * time.Hour)}
		for b.Loop() {
			list, err := store.ListLapsed(b.Context(), now.Add(-48*time.Hour), before, before, 200)
			if err != nil || len(list) != 0 {
				b.Fatal(len(list), err)
			}
		}
	})
}

// BenchmarkEndPracticeSessions is what suspending a large practice on a Monday morning does, in one transaction.
func BenchmarkEndPracticeSessions(b *testing.B) {
	const sessions = 2824
	bench(b, func(b *testing.B, store *sqlstore.Store, user idp.User, app idp.Client) {
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for b.Loop() {
			b.StopTimer()
			startMany(b, store, user, app, sessions)
			b.StartTimer()
			event := idp.AuditEvent{At: now, Type: idp.EventSessionEnded, Actor: idp.Actor{Kind: idp.ActorSystem}, Result: idp.ResultSuccess}
			ended, err := store.EndPracticeSessions(b.Context(), user.PracticeID, "", idp.EndRevoked, event, now)
			if err != nil || len(ended) != sessions {
				b.Fatalf("%d ended, %v", len(ended), err)
			}
		}
	})
}

func startMany(t testing.TB, store *sqlstore.Store, user idp.User, app idp.Client, n int) {
	t.Helper()
	const each = 10 // a transaction must be over within seconds
	for begun := 0; begun < n; begun += each {
		err := store.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			for range min(each, n-begun) {
				if err := tx.StartSession(t.Context(), newSession(user, app)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
