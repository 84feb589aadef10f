package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func testPractice(t *testing.T, w *world) {
	got, err := w.FindPractice(t.Context(), w.mine.ID)
	must(t, err)
	same(t, got, w.mine)
	_, err = w.FindPractice(t.Context(), "prc_none")
	wants(t, err, idp.ErrNotFound)

	changed := w.mine
	changed.Name, changed.State, changed.Region, changed.MFA = "New name", idp.PracticeSuspended, idp.RegionNZ, idp.MFAOff
	changed.TimeZone, changed.Apps, changed.UpdatedAt = "Pacific/Auckland", nil, w.now.Add(time.Hour)
	changed.Phone, changed.MFARequiredFrom = "", time.Time{}
	changed.PhishingResistanceFrom, changed.PhishingResistanceAdministratorsFrom, changed.PasskeyModels = time.Time{}, time.Time{}, nil
	update := func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdatePractice(ctx, changed) }
	w.do(t, update)
	wants(t, w.try(t, update), idp.ErrConflict) // the version has moved on
	got, err = w.FindPractice(t.Context(), w.mine.ID)
	must(t, err)
	changed.Version = 2
	same(t, got, changed)

	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdatePractice(ctx, w.practice("none")) })
	wants(t, err, idp.ErrNotFound)
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreatePractice(ctx, w.mine) })
	wants(t, err, idp.ErrConflict)
}

func testUser(t *testing.T, w *world) {
	got, err := w.FindUser(t.Context(), w.mine.ID, w.ada.ID)
	must(t, err)
	same(t, got, w.ada)

	stranger := w.user(w.practice("not stored"), "carol@nowhere.example")
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateUser(ctx, stranger) })
	wants(t, err, idp.ErrNotFound)
	broken := w.user(w.mine, "dora@harbour.example")
	broken.State = "retired"
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateUser(ctx, broken) })
	wants(t, err, idp.ErrInvalid)
}

// A user name is unique across practices: two people can never answer to one.
func testUsername(t *testing.T, w *world) {
	twin := w.user(w.other, w.ada.Username)
	err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateUser(ctx, twin) })
	wants(t, err, idp.ErrConflict)

	renamed := w.bob
	renamed.Username = w.ada.Username
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, renamed) })
	wants(t, err, idp.ErrConflict)
}

func testUserCompareAndSwap(t *testing.T, w *world) {
	changed := w.ada
	changed.Name, changed.State, changed.Roles = "Ada King", idp.UserDisabled, nil
	changed.PasswordHash, changed.PasswordResetAt = idp.NewSecret("$argon2id$v=19$two"), w.now.Add(time.Hour)
	changed.BlockedApps, changed.EmailVerifiedAt = []idp.ClientID{"contacts", "timesheets"}, w.now.Add(2*time.Hour)
	changed.LastSigninAt = w.now.Add(time.Hour) // not an edit's to change
	oneWon(t, race(func(int) error {
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateUser(t.Context(), changed) })
	}), idp.ErrConflict)

	got, err := w.FindUser(t.Context(), w.mine.ID, w.ada.ID)
	must(t, err)
	changed.Version, changed.LastSigninAt = 2, time.Time{}
	same(t, got, changed)

	moved := changed
	moved.PracticeID = w.other.ID // ABUSE 34: no person moves to another practice
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, moved) })
	wants(t, err, idp.ErrNotFound)
}

func testPasswordHash(t *testing.T, w *world) {
	upgrade := func(from, to string) {
		t.Helper()
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.UpdatePasswordHash(ctx, w.ada.ID, idp.NewSecret(from), idp.NewSecret(to))
		})
	}
	upgrade("$argon2id$v=19$one", "$argon2id$v=19$two")
	upgrade("$argon2id$v=19$one", "$argon2id$v=19$late") // another upgrade was faster
	got, err := w.FindUser(t.Context(), w.mine.ID, w.ada.ID)
	must(t, err)
	want := w.ada
	want.PasswordHash, want.Version = idp.NewSecret("$argon2id$v=19$two"), 2
	same(t, got, want)

	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, w.ada) })
	wants(t, err, idp.ErrConflict) // an edit begun before the upgrade does not bring the old hash back
}

func testAccount(t *testing.T, w *world) {
	got, err := w.FindAccountByUsername(t.Context(), w.ada.Username)
	must(t, err)
	same(t, got, idp.Account{User: w.ada, Practice: w.mine})

	older, newer, pin := w.totp(w.ada), w.sms(w.ada), w.pin(w.ada, "$argon2id$pin")
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, err := range []error{
			tx.CreateAuthenticator(ctx, older), tx.CreateAuthenticator(ctx, newer), tx.CreateAuthenticator(ctx, w.totp(w.bob)),
			tx.SavePIN(ctx, pin), tx.SavePIN(ctx, w.pin(w.bob, "$argon2id$bob")),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	want := idp.Account{User: w.ada, Practice: w.mine, Authenticators: []idp.Authenticator{newer, older}, PIN: &pin}
	got, err = w.FindAccountByUsername(t.Context(), w.ada.Username)
	must(t, err)
	same(t, got, want)
	got, err = w.FindAccount(t.Context(), w.ada.ID)
	must(t, err)
	same(t, got, want)
	_, err = w.FindAccountByUsername(t.Context(), "nobody@harbour.example")
	wants(t, err, idp.ErrNotFound)
	_, err = w.FindAccount(t.Context(), "usr_none")
	wants(t, err, idp.ErrNotFound)
}

func testClient(t *testing.T, w *world) {
	got, err := w.FindClient(t.Context(), w.app.ID)
	must(t, err)
	same(t, got, w.app)
	_, err = w.FindClient(t.Context(), "none")
	wants(t, err, idp.ErrNotFound)

	machine := idp.Client{
		Registration: idp.Registration{
			ID: "fusesign", Name: "FuseSign", Kind: idp.ClientMachine, AuthMethod: idp.AuthKey, PracticeID: w.mine.ID,
			IDTokenAlg: "ES256", Profile: idp.ProfileDefault,
		},
		Disabled: true, CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
	}
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, machine) })
	got, err = w.FindClient(t.Context(), machine.ID)
	must(t, err)
	same(t, got, machine)

	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, machine) })
	wants(t, err, idp.ErrConflict)
	person := w.client("usr_timesheets") // RFC 9700, section 4.15: never to be taken for a subject
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, person) })
	wants(t, err, idp.ErrInvalid)
	homeless := w.client("homeless")
	homeless.PracticeID = "prc_none"
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, homeless) })
	wants(t, err, idp.ErrNotFound)
}

func testClientCompareAndSwap(t *testing.T, w *world) {
	changed := idp.Client{
		Registration: idp.Registration{
			ID: w.app.ID, Name: "Timesheets", Kind: w.app.Kind, AuthMethod: idp.AuthPost, IDTokenAlg: "ES256",
			Profile: idp.ProfileDefault,
		},
		Disabled: true, CreatedAt: w.now, UpdatedAt: w.now.Add(time.Hour), Version: 1,
	}
	oneWon(t, race(func(int) error {
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateClient(t.Context(), changed) })
	}), idp.ErrConflict)
	got, err := w.FindClient(t.Context(), w.app.ID)
	must(t, err)
	changed.Version = 2
	same(t, got, changed)
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateClient(ctx, w.client("none")) })
	wants(t, err, idp.ErrNotFound)
}

func testClientUse(t *testing.T, w *world) {
	type touch func(context.Context, idp.ClientID, time.Time) error
	hour := w.now.Truncate(time.Hour)
	for name, c := range map[string]struct {
		touch touch
		read  func(idp.Client) time.Time
		other func(idp.Client) time.Time
	}{
		"a token":      {w.TouchClient, func(c idp.Client) time.Time { return c.LastUsedAt }, func(c idp.Client) time.Time { return c.NoPKCEAt }},
		"without-pkce": {w.TouchClientNoPKCE, func(c idp.Client) time.Time { return c.NoPKCEAt }, func(c idp.Client) time.Time { return c.LastUsedAt }},
	} {
		app := w.client(idp.ClientID("used-" + name))
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, app) })
		find := func() idp.Client {
			t.Helper()
			found, err := w.FindClient(t.Context(), app.ID)
			must(t, err)
			return found
		}
		same(t, c.read(find()), time.Time{})
		for _, step := range []struct{ at, want time.Time }{
			{w.now, hour}, {w.now, hour}, {hour.Add(59 * time.Minute), hour}, {w.now.Add(-24 * time.Hour), hour}, {w.now.Add(time.Hour), hour.Add(time.Hour)},
		} {
			must(t, c.touch(t.Context(), app.ID, step.at))
			same(t, c.read(find()), step.want)
		}
		touched := find()
		same(t, touched.Version, 1)
		same(t, touched.UpdatedAt, find().CreatedAt)
		same(t, c.other(touched), time.Time{})
		must(t, c.touch(t.Context(), "none", w.now))
		edited := app
		edited.LastUsedAt, edited.NoPKCEAt = w.now.Add(90*time.Hour), w.now.Add(90*time.Hour) // not an edit's to change
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateClient(ctx, edited) })
		same(t, c.read(find()), hour.Add(time.Hour))
		same(t, c.other(find()), time.Time{})
	}
}
