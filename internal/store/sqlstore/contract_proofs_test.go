package sqlstore_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// bind stores authenticators.
func (w *world) bind(t testing.TB, list ...idp.Authenticator) {
	t.Helper()
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, a := range list {
			if err := tx.CreateAuthenticator(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) bound(t testing.TB, u idp.User) []idp.Authenticator {
	t.Helper()
	list, err := w.ListAuthenticators(t.Context(), u.PracticeID, u.ID)
	must(t, err)
	return list
}

func testAuthenticator(t *testing.T, w *world) {
	a := w.totp(w.ada)
	w.bind(t, a)
	again := a
	again.TOTPKey, again.Label = idp.NewSecret("OTHEROTHEROTHEROTHEROTHEROTHER22"), "Other"
	w.bind(t, again) // a step that is repeated changes nothing
	same(t, w.bound(t, w.ada), []idp.Authenticator{a})

	used := w.now.Add(time.Hour)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.TouchAuthenticator(ctx, a.ID, used) })
	a.LastUsedAt = used
	same(t, w.bound(t, w.ada), []idp.Authenticator{a})
	err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.TouchAuthenticator(ctx, "aut_none", used) })
	wants(t, err, idp.ErrNotFound)

	foreign := w.totp(w.ada)
	foreign.PracticeID = w.other.ID
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateAuthenticator(ctx, foreign) })
	wants(t, err, idp.ErrNotFound)
	keyless := w.totp(w.ada) // ABUSE 25: nothing half-made counts
	keyless.TOTPKey = idp.Secret{}
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateAuthenticator(ctx, keyless) })
	wants(t, err, idp.ErrInvalid)
}

// What was removed stays removed, even if the step of the sign-in that bound it is repeated afterwards.
func testAuthenticatorRemoved(t *testing.T, w *world) {
	gone, kept, bobs := w.totp(w.ada), w.sms(w.ada), w.totp(w.bob)
	w.bind(t, gone, kept, bobs)
	remove := func(practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID) error {
		return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.RemoveAuthenticator(ctx, practice, user, id)
		})
	}
	wants(t, remove(w.mine.ID, w.ada.ID, bobs.ID), idp.ErrNotFound) // ABUSE 32
	wants(t, remove(w.mine.ID, w.bob.ID, bobs.ID), idp.ErrNotFound)
	wants(t, remove(w.other.ID, w.bob.ID, "aut_none"), idp.ErrNotFound)
	s := w.started(t, w.ada, w.app)
	must(t, remove(w.mine.ID, w.ada.ID, gone.ID))
	wants(t, remove(w.mine.ID, w.ada.ID, gone.ID), idp.ErrNotFound)
	w.bind(t, gone) // repeated
	for _, late := range []func(context.Context, *sqlstore.Tx) error{
		func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.AcceptStep(ctx, gone.ID, 60_000_000, w.now)
		},
		func(ctx context.Context, tx *sqlstore.Tx) error { return tx.TouchAuthenticator(ctx, gone.ID, w.now) },
	} {
		wants(t, w.try(t, late), idp.ErrNotFound)
	}
	same(t, w.bound(t, w.ada), []idp.Authenticator{kept})
	same(t, w.bound(t, w.bob), []idp.Authenticator{bobs})
	got, err := w.FindSession(t.Context(), s.ID)
	must(t, err)
	same(t, got, s) // sessions stay

	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		_, err := tx.RevokeMFA(ctx, w.mine.ID, w.ada.ID)
		return err
	})
	w.bind(t, gone, kept)
	same(t, w.bound(t, w.ada), nil)
}

func testAuthenticatorRenamed(t *testing.T, w *world) {
	a, bobs := w.totp(w.ada), w.totp(w.bob)
	w.bind(t, a, bobs)
	rename := func(practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID, label string) error {
		return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.RenameAuthenticator(ctx, practice, user, id, label)
		})
	}
	must(t, rename(w.mine.ID, w.ada.ID, a.ID, "Ada’s <b>phone</b>"))
	wants(t, rename(w.mine.ID, w.ada.ID, bobs.ID, "x"), idp.ErrNotFound) // ABUSE 32
	wants(t, rename(w.mine.ID, w.bob.ID, bobs.ID, "x"), idp.ErrNotFound)
	wants(t, rename(w.mine.ID, w.ada.ID, a.ID, "\x00"), idp.ErrInvalid)
	a.Label = "Ada’s <b>phone</b>"
	same(t, w.bound(t, w.ada), []idp.Authenticator{a})
	same(t, w.bound(t, w.bob), []idp.Authenticator{bobs})
}

func testDefaultAuthenticator(t *testing.T, w *world) {
	a, second, bobs := w.totp(w.ada), w.totp(w.ada), w.totp(w.bob)
	second.CreatedAt = a.CreatedAt.Add(-time.Hour)
	w.bind(t, a, second, bobs)
	prefer := func(practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID, now time.Time) error {
		return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.MakeDefault(ctx, practice, user, id, now) })
	}
	must(t, prefer(w.mine.ID, w.ada.ID, a.ID, w.now))
	must(t, prefer(w.mine.ID, w.ada.ID, second.ID, w.now.Add(time.Hour)))
	wants(t, prefer(w.mine.ID, w.ada.ID, bobs.ID, w.now), idp.ErrNotFound) // ABUSE 32
	wants(t, prefer(w.mine.ID, w.bob.ID, bobs.ID, w.now), idp.ErrNotFound)
	wants(t, prefer(w.mine.ID, w.ada.ID, "aut_none", w.now), idp.ErrNotFound)
	a.DefaultAt, second.DefaultAt = w.now, w.now.Add(time.Hour)
	same(t, w.bound(t, w.ada), []idp.Authenticator{a, second})
	same(t, w.bound(t, w.bob), []idp.Authenticator{bobs})
}

// ABUSE 16: a code accepted once is never accepted again, nor an older one.
func testAcceptStep(t *testing.T, w *world) {
	a := w.totp(w.ada)
	w.bind(t, a)
	accept := func(id idp.AuthenticatorID, step int64) error {
		return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.AcceptStep(ctx, id, step, w.now) })
	}
	must(t, accept(a.ID, 59_000_000))
	wants(t, accept(a.ID, 59_000_000), idp.ErrUsed)
	wants(t, accept(a.ID, 58_999_999), idp.ErrUsed)
	must(t, accept(a.ID, 59_000_001))
	wants(t, accept("aut_none", 1), idp.ErrNotFound)
	a.LastStep, a.LastUsedAt = 59_000_001, w.now
	same(t, w.bound(t, w.ada), []idp.Authenticator{a})
}

// ABUSE 16, all at once.
func testAcceptStepRace(t *testing.T, w *world) {
	a := w.totp(w.ada)
	w.bind(t, a)
	oneWon(t, race(func(int) error {
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.AcceptStep(t.Context(), a.ID, 7, w.now) })
	}), idp.ErrUsed)
}

func testPIN(t *testing.T, w *world) {
	save := func(pin idp.RecoveryPIN) error {
		return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.SavePIN(ctx, pin) })
	}
	must(t, save(w.pin(w.ada, "one")))
	second := w.pin(w.ada, "two")
	second.CreatedAt = w.now.Add(time.Hour)
	must(t, save(second))
	account, err := w.FindAccount(t.Context(), w.ada.ID)
	must(t, err)
	same(t, account.PIN, &second)

	foreign := w.pin(w.ada, "three")
	foreign.PracticeID = w.other.ID
	wants(t, save(foreign), idp.ErrNotFound)
	wants(t, save(w.pin(w.ada, "")), idp.ErrInvalid)
}

// ABUSE 35: after MFA is revoked and the sessions are ended, as every use case does, nothing that it protected goes on.
func testRevokeMFA(t *testing.T, w *world) {
	totp, sms, bobs := w.totp(w.ada), w.sms(w.ada), w.totp(w.bob)
	w.bind(t, totp, sms, bobs)
	first, second, bobSession := w.started(t, w.ada, w.app), w.started(t, w.ada, w.app2), w.started(t, w.bob, w.app)
	token, bobToken := w.refresh(first), w.refresh(bobSession)
	must(t, w.CreateRefreshToken(t.Context(), token))
	must(t, w.CreateRefreshToken(t.Context(), bobToken))
	var removed []idp.Authenticator
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) (err error) {
		if err := tx.SavePIN(ctx, w.pin(w.ada, "pin")); err != nil {
			return err
		}
		if _, err := tx.EndUserSessions(ctx, w.mine.ID, w.ada.ID, idp.EndRevoked, w.ending(), w.now); err != nil {
			return err
		}
		removed, err = tx.RevokeMFA(ctx, w.mine.ID, w.ada.ID)
		return err
	})
	same(t, removed, []idp.Authenticator{sms, totp})

	account, err := w.FindAccount(t.Context(), w.ada.ID)
	must(t, err)
	if len(account.Authenticators) != 0 || account.PIN != nil {
		t.Errorf("still there: %d authenticators, PIN %v", len(account.Authenticators), account.PIN)
	}
	for _, s := range []idp.Session{first, second} {
		got, err := w.FindSession(t.Context(), s.ID)
		must(t, err)
		s.EndedAt, s.EndReason = w.now, idp.EndRevoked
		same(t, got, s)
	}
	_, err = w.FindRefreshToken(t.Context(), token.Hash)
	wants(t, err, idp.ErrNotFound)

	same(t, w.bound(t, w.bob), []idp.Authenticator{bobs})
	got, err := w.FindSession(t.Context(), bobSession.ID)
	must(t, err)
	same(t, got, bobSession)
	_, err = w.FindRefreshToken(t.Context(), bobToken.Hash)
	must(t, err)

	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) (err error) {
		removed, err = tx.RevokeMFA(ctx, w.mine.ID, w.ada.ID) // repeated
		return err
	})
	if len(removed) != 0 {
		t.Errorf("removed %d the second time", len(removed))
	}
}

// An attacker who reads the tables learns no key, no number and no private key, and no user name that does not exist.
func testSealed(t *testing.T, w *world) {
	totp, sms, passkey := w.totp(w.ada), w.sms(w.ada), w.passkey(w.ada)
	w.bind(t, totp, sms, passkey)
	key := w.key("ES256", w.now)
	must(t, w.CreateKey(t.Context(), key, idp.AuditEvent{}))
	must(t, w.updateGuard(t, "typed@nowhere.example", idp.ProofPassword, func(g idp.Guard) idp.Guard { return g }))
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.EnqueueNotice(ctx, idp.Notice{Kind: idp.NoticeMFARevoked, UserID: w.ada.ID, Email: "private@harbour.example", Phone: sms.Phone, At: w.now})
	})
	clear := []string{totp.TOTPKey.Reveal(), passkey.Passkey.PublicKey.Reveal(), sms.Phone.Reveal(), key.Private.Reveal(), "typed@nowhere", "private@harbour"}
	for _, table := range []string{"authenticators", "signing_keys", "guards", "events", "river_job"} {
		cells := w.cells(t, table)
		if len(cells) == 0 && table != "events" {
			t.Errorf("%s is empty", table)
		}
		for _, cell := range cells {
			for _, text := range clear {
				if bytes.Contains(cell, []byte(text)) {
					t.Errorf("%s shows %q", table, text)
				}
			}
		}
	}
	same(t, w.bound(t, w.ada), []idp.Authenticator{passkey, sms, totp})
}

// cells returns every value of a table as bytes.
func (w *world) cells(t testing.TB, table string) [][]byte {
	t.Helper()
	rows, err := w.DB().QueryContext(t.Context(), "SELECT * FROM "+table)
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	columns, err := rows.Columns()
	must(t, err)
	var cells [][]byte
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		must(t, rows.Scan(values...))
		for _, v := range values {
			if raw, ok := (*v.(*any)).([]byte); ok {
				cells = append(cells, raw)
				continue
			}
			cells = append(cells, fmt.Append(nil, *v.(*any)))
		}
	}
	must(t, rows.Err())
	return cells
}

// An attacker who may write the tables cannot give another user's authenticator a key that is known to them.
func testSealedValueMoved(t *testing.T, w *world) {
	for column, make := range map[string]func(idp.User) idp.Authenticator{"totp_key": w.totp, "phone": w.sms, "public_key": w.passkey} {
		known, victim := make(w.bob), make(w.ada)
		w.bind(t, known, victim)
		_, err := w.DB().ExecContext(t.Context(), "UPDATE authenticators SET "+column+" = (SELECT "+column+" FROM authenticators WHERE id = '"+
			string(known.ID)+"') WHERE id = '"+string(victim.ID)+"'")
		must(t, err)
		_, err = w.ListAuthenticators(t.Context(), w.mine.ID, w.ada.ID)
		if idp.CodeOf(err) != idp.CodeInternal {
			t.Errorf("a moved %s gives %v", column, err)
		}
		must(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.RemoveAuthenticator(ctx, w.mine.ID, w.ada.ID, victim.ID)
		}))
	}
}
