package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// world is a store with two practices, a user in each, and two apps.
type world struct {
	*sqlstore.Store
	told  *told
	now   time.Time
	mine  idp.Practice
	other idp.Practice
	ada   idp.User // of mine
	bob   idp.User // of other
	app   idp.Client
	app2  idp.Client
}

// tables are all that hold something, those that refer to others first, but for the audit trail: see forget.
func tables() []string {
	return []string{
		"refresh_tokens", "sessions", "authenticators", "removed_authenticators", "recovery_pins", "links", "support_cases", "activations",
		"user_words", "user_handles", "users", "clients", "practices", "reminders", "spent", "copies", "installation", "guards", "signing_keys", "log_leaves", "log_checkpoints", "log_archives", "log_keys", "river_job",
	}
}

func newWorld(t testing.TB, s *sqlstore.Store, told *told) *world {
	t.Helper()
	owner := storetest.Owner(t, s)
	for _, table := range tables() {
		_, err := owner.ExecContext(t.Context(), "DELETE FROM "+table)
		must(t, err)
	}
	forget(t, s.Engine(), owner)
	told.take(t)
	w := &world{Store: s, told: told, now: time.Date(2026, 3, 1, 23, 59, 59, 123456000, time.UTC)}
	w.mine, w.other = w.practice("Harbour & Finch Accounting"), w.practice("Māui Ledgers")
	w.ada, w.bob = w.user(w.mine, "ada@harbour.example"), w.user(w.other, "bob@maui.example")
	w.app, w.app2 = w.client("timesheets"), w.client("contacts")
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, create := range []error{
			tx.CreatePractice(ctx, w.mine), tx.CreatePractice(ctx, w.other),
			tx.CreateUser(ctx, w.ada), tx.CreateUser(ctx, w.bob),
			tx.CreateClient(ctx, w.app), tx.CreateClient(ctx, w.app2),
		} {
			if create != nil {
				return create
			}
		}
		return nil
	})
	return w
}

// forget empties the audit trail, which guards itself against that: it takes its triggers off and puts them back.
func forget(t testing.TB, engine sqlstore.Engine, owner *sql.DB) {
	t.Helper()
	before := []string{"ALTER TABLE events DISABLE TRIGGER USER", "ALTER TABLE unsealed_events DISABLE TRIGGER USER"}
	after := []string{"ALTER TABLE events ENABLE TRIGGER USER", "ALTER TABLE unsealed_events ENABLE TRIGGER USER"}
	if engine == sqlstore.SQLite {
		before, after = nil, nil
		rows, err := owner.QueryContext(t.Context(), "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('events', 'unsealed_events')")
		must(t, err)
		for rows.Next() {
			var name, create string
			must(t, rows.Scan(&name, &create))
			before, after = append(before, "DROP TRIGGER "+name), append(after, create)
		}
		must(t, errors.Join(rows.Err(), rows.Close()))
	}
	for _, statement := range slices.Concat(before, []string{"DELETE FROM events", "DELETE FROM unsealed_events"}, after) {
		_, err := owner.ExecContext(t.Context(), statement)
		must(t, err)
	}
}

// do commits fn and fails the test if that fails.
func (w *world) do(t testing.TB, fn func(context.Context, *sqlstore.Tx) error) {
	t.Helper()
	must(t, w.try(t, fn))
}

// try commits fn.
func (w *world) try(t testing.TB, fn func(context.Context, *sqlstore.Tx) error) error {
	t.Helper()
	return w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return fn(t.Context(), tx) })
}

// updateGuard is UpdateGuard in a transaction of its own.
func (w *world) updateGuard(t testing.TB, subject string, proof idp.Proof, change func(idp.Guard) idp.Guard) error {
	t.Helper()
	return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateGuard(ctx, subject, proof, change) })
}

func (w *world) practice(name string) idp.Practice {
	return idp.Practice{
		ID: idp.NewPracticeID(), Kind: idp.PracticeCustomer, State: idp.PracticeActive,
		MFA: idp.MFAActive, MFARequiredFrom: w.now.Add(time.Hour),
		Apps:      []idp.ClientID{"contacts", "timesheets"},
		CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
		PracticeDetails: idp.PracticeDetails{Name: name, Region: idp.RegionAU, TimeZone: "Australia/Sydney", Phone: "+61 2 5550 0100",
			PhishingResistanceFrom: w.now.Add(2 * time.Hour), PhishingResistanceAdministratorsFrom: w.now.Add(time.Hour),
			PasskeyModels: []string{"08987058-cadc-4b81-b6e1-30de50dcbe96"}},
	}
}

func (w *world) user(p idp.Practice, username string) idp.User {
	return idp.User{
		ID: idp.NewUserID(), PracticeID: p.ID, Username: username, Name: "Ada Łovelace", State: idp.UserActive,
		Roles: []idp.Role{idp.RoleSystemAdministrator, idp.RoleUserManagement}, BlockedApps: []idp.ClientID{"contacts"},
		PasswordHash: idp.NewSecret("$argon2id$v=19$one"), EmailVerifiedAt: w.now.Add(-time.Hour),
		UsernameChangedAt: w.now.Add(-2 * time.Hour), UsernameChangedBy: []idp.Actor{{Kind: idp.ActorClient, ID: "sync"}, {Kind: idp.ActorUser, ID: "usr_uma"}},
		PasswordChangedAt: w.now, CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
	}
}

func (w *world) client(id idp.ClientID) idp.Client {
	return idp.Client{
		Registration: idp.Registration{
			ID: id, Name: "Cloud Timesheets", Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic,
			RedirectURIs: []string{"https://timesheets.example/cb?a=%2F&b=\"<é>"}, PostLogoutRedirectURIs: []string{"https://timesheets.example/"},
			BackchannelLogoutURI: "https://timesheets.example/out", SignOnGroup: "desk", InitiateLoginURI: "https://timesheets.example/start", Scopes: []string{"offline_access", "openid"},
			RefreshTokens: true, PKCERequired: true, PKCEOptional: true, IDTokenAlg: "RS256", ReferenceTokens: true,
			UserinfoOnly: true, TokenEndpointAudience: true, PushRequired: true, SecurityProfile: idp.SecurityFAPI2, FAPI2From: w.now.Add(2 * time.Hour), JWKSURI: "https://timesheets.example/keys?a=%2F", CertificateSubject: "dn:CN=a\\,b", CertificateBound: true, AllowedOrigins: []string{"https://timesheets.example"},
			Identifier: "https://" + string(id) + ".example/v1?a=%2F", RefreshGrace: 9*time.Second + time.Microsecond,
			Profile: idp.ProfileGovernmentConnected, SessionLifetime: 9 * time.Hour, SessionIdleTimeout: 15*time.Minute + time.Microsecond,
			Accent: "#0b5761", Logo: []byte("\x89PNG\r\n\x00"), Access: idp.AccessManagers, Brings: []idp.ClientID{"user-management"}, Owner: "Ada", Purpose: "Files the returns",
			ReviewAt: w.now.Add(24 * time.Hour), PublicKeys: `{"keys":[]}`,
			MFARequiredFrom: w.now, PhishingResistanceFrom: w.now.Add(time.Hour),
		},
		Secrets: []idp.ClientSecret{
			{Hash: idp.HashToken("one")}, {ID: "sec_two", Hash: idp.HashToken("two"), CreatedAt: w.now.Add(-time.Hour), ExpiresAt: w.now},
		},
		CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
	}
}

func (w *world) totp(u idp.User) idp.Authenticator {
	return idp.Authenticator{
		ID: idp.NewAuthenticatorID(), PracticeID: u.PracticeID, UserID: u.ID, Kind: idp.KindTOTP, Label: "Phone",
		TOTPKey: idp.NewSecret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), CreatedAt: w.now,
	}
}

func (w *world) sms(u idp.User) idp.Authenticator {
	return idp.Authenticator{
		ID: idp.NewAuthenticatorID(), PracticeID: u.PracticeID, UserID: u.ID, Kind: idp.KindSMS,
		Phone: idp.NewSecret("+61491570156"), CreatedAt: w.now.Add(time.Minute),
	}
}

func (w *world) passkey(u idp.User) idp.Authenticator {
	return idp.Authenticator{
		ID: idp.NewAuthenticatorID(), PracticeID: u.PracticeID, UserID: u.ID, Kind: idp.KindPasskey, Label: "Laptop", CreatedAt: w.now.Add(2 * time.Minute),
		Passkey: idp.Passkey{
			Credential: idp.CredentialID(idp.RandomSecret(32).Reveal()), PublicKey: idp.NewSecret("\xa5\x01\x02\x03\x26 public\x00"), SignCount: 7,
			BackupEligible: true, Model: "08987058-cadc-4b81-b6e1-30de50dcbe96", Transports: []string{"internal", "hybrid"},
		},
	}
}

func (w *world) pin(u idp.User, hash string) idp.RecoveryPIN {
	return idp.RecoveryPIN{PracticeID: u.PracticeID, UserID: u.ID, Hash: idp.NewSecret(hash), CreatedAt: w.now}
}

func (w *world) session(u idp.User, c idp.Client) idp.Session {
	id := idp.NewSID()
	return idp.Session{
		ID: id, SignOn: id, PracticeID: u.PracticeID, UserID: u.ID, ClientID: c.ID, BrowserHash: idp.RandomSecret(32).Hash(),
		ACR: idp.ACRMFA, AMR: []idp.AMR{idp.AMRPassword, idp.AMROTP, idp.AMRMFA}, AuthTime: w.now, CreatedAt: w.now,
		ExpiresAt: w.now.Add(24 * time.Hour), LastActivity: w.now,
	}
}

func (w *world) started(t testing.TB, u idp.User, c idp.Client) idp.Session {
	t.Helper()
	s := w.session(u, c)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.StartSession(ctx, s) })
	return s
}

// CreateRefreshToken is that of a transaction, in one of its own.
func (w *world) CreateRefreshToken(ctx context.Context, t idp.RefreshToken) error {
	return w.InTx(ctx, func(tx *sqlstore.Tx) error { return tx.CreateRefreshToken(ctx, t) })
}

// FindRefreshToken finds the token alone.
func (w *world) FindRefreshToken(ctx context.Context, hash string) (idp.RefreshToken, error) {
	token, _, err := w.FindRefreshTokenHolder(ctx, hash)
	return token, err
}

func (w *world) refresh(s idp.Session) idp.RefreshToken {
	return idp.RefreshToken{
		Hash: idp.RandomSecret(32).Hash(), SID: s.ID, ClientID: s.ClientID, UserID: s.UserID,
		Scopes: []string{"offline_access", "openid"}, AuthTime: w.now, CreatedAt: w.now, ExpiresAt: s.ExpiresAt,
	}
}

func (w *world) event(p idp.PracticeID, at time.Time, kind idp.EventType) idp.AuditEvent {
	return idp.AuditEvent{
		ID: idp.NewEventID(at), At: at, Type: kind, Actor: idp.Actor{Kind: idp.ActorUser, ID: "usr_x"}, PracticeID: p,
		UserID: w.ada.ID, ClientID: w.app.ID, SID: "ses_x", Result: idp.ResultSuccess, Reason: "practice_activated",
		Address: "2001:db8::1", UserAgent: "Mozilla/5.0 (X11)", Details: map[string]string{"method": "totp"},
	}
}

// count returns the number of rows of a table; the names come from the tests themselves.
func (w *world) count(t testing.TB, table string) int {
	t.Helper()
	var n int
	must(t, w.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

// oneWon fails the test unless exactly one of errs is nil and all the others are want.
func oneWon(t testing.TB, errs []error, want error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wants(t, err, want)
	}
	if won != 1 {
		t.Errorf("%d of %d won, want 1", won, len(errs))
	}
}
