package sqlstore_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// use lets an answer count, in a transaction of its own.
func (w *world) use(t testing.TB, use idp.PasskeyUse, now time.Time) (moved bool, err error) {
	t.Helper()
	err = w.InTx(t.Context(), func(tx *sqlstore.Tx) (err error) {
		moved, err = tx.UsePasskey(t.Context(), use, now)
		return err
	})
	return moved, err
}

// answer is a use of the passkey, with a challenge that was never answered.
func (w *world) answer(a idp.Authenticator, count uint32) idp.PasskeyUse {
	return idp.PasskeyUse{ID: a.ID, SignCount: count, Challenge: idp.RandomSecret(32).Reveal(), Until: w.now.Add(time.Hour)}
}

// A passkey is found by its credential, whoever asks, and by its person.
func testPasskey(t *testing.T, w *world) {
	mine, second, bobs := w.passkey(w.ada), w.passkey(w.ada), w.passkey(w.bob)
	second.CreatedAt = mine.CreatedAt.Add(time.Hour)
	w.bind(t, mine, second, bobs, w.totp(w.bob))
	for _, a := range []idp.Authenticator{mine, bobs} {
		found, err := w.FindPasskey(t.Context(), a.Passkey.Credential)
		must(t, err)
		same(t, found, a)
	}
	for _, none := range []idp.CredentialID{"none", "", mine.Passkey.Credential + "A", mine.Passkey.Credential[1:]} {
		_, err := w.FindPasskey(t.Context(), none)
		wants(t, err, idp.ErrNotFound)
	}
	same(t, w.bound(t, w.ada), []idp.Authenticator{second, mine})

	rename := func(practice idp.PracticeID, user idp.UserID) error {
		return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.RenameAuthenticator(ctx, practice, user, mine.ID, "Key on the ring")
		})
	}
	wants(t, rename(w.other.ID, w.bob.ID), idp.ErrNotFound) // ABUSE 32
	must(t, rename(w.mine.ID, w.ada.ID))
	mine.Label = "Key on the ring"
	same(t, w.bound(t, w.ada), []idp.Authenticator{second, mine})
}

// One passkey is never that of two people, nor twice that of one. Binding it again, as a step that is repeated does, changes nothing.
func testPasskeyTaken(t *testing.T, w *world) {
	a := w.passkey(w.ada)
	w.bind(t, a)
	create := func(a idp.Authenticator) error {
		return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateAuthenticator(ctx, a) })
	}
	must(t, create(a))
	for _, user := range []idp.User{w.ada, w.bob} {
		again := w.passkey(user)
		again.Passkey.Credential = a.Passkey.Credential
		wants(t, create(again), idp.ErrConflict)
	}
	same(t, w.bound(t, w.ada), []idp.Authenticator{a})
	same(t, w.bound(t, w.bob), nil)

	twin := w.passkey(w.ada)
	oneWon(t, race(func(n int) error {
		one := twin
		one.ID = idp.NewAuthenticatorID()
		if n%2 == 0 {
			one.UserID, one.PracticeID = w.bob.ID, w.other.ID
		}
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.CreateAuthenticator(t.Context(), one) })
	}), idp.ErrConflict)

	for name, broken := range map[string]func(*idp.Authenticator){
		"no credential": func(a *idp.Authenticator) { a.Passkey.Credential = "" },
		"no key":        func(a *idp.Authenticator) { a.Passkey.PublicKey = idp.Secret{} },
		"another kind":  func(a *idp.Authenticator) { a.Kind = idp.KindTOTP },
		"two kinds":     func(a *idp.Authenticator) { a.TOTPKey = idp.NewSecret("JBSWY3DPEHPK3PXP") },
		"long":          func(a *idp.Authenticator) { a.Passkey.Credential = idp.CredentialID(slices.Repeat([]byte{'a'}, 1365)) },
	} {
		odd := w.passkey(w.ada)
		broken(&odd)
		if err := create(odd); idp.CodeOf(err) != idp.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A passkey that was removed is no one's: by its person, or with everything else by a reset. A step that is repeated does not bring it
// back; its device can be registered anew.
func testPasskeyRemoved(t *testing.T, w *world) {
	removals := map[string]func(context.Context, *sqlstore.Tx, idp.Authenticator) error{
		"removed": func(ctx context.Context, tx *sqlstore.Tx, a idp.Authenticator) error {
			return tx.RemoveAuthenticator(ctx, w.mine.ID, w.ada.ID, a.ID)
		},
		"reset": func(ctx context.Context, tx *sqlstore.Tx, a idp.Authenticator) error {
			removed, err := tx.RevokeMFA(ctx, w.mine.ID, w.ada.ID)
			same(t, removed, []idp.Authenticator{a})
			return err
		},
	}
	for name, remove := range removals {
		a, bobs := w.passkey(w.ada), w.passkey(w.bob)
		w.bind(t, a, bobs)
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return remove(ctx, tx, a) })
		_, err := w.FindPasskey(t.Context(), a.Passkey.Credential)
		wants(t, err, idp.ErrNotFound)
		_, err = w.use(t, w.answer(a, 8), w.now)
		wants(t, err, idp.ErrNotFound)
		w.bind(t, a)
		if bound := w.bound(t, w.ada); len(bound) != 0 {
			t.Errorf("%s: %v is back", name, bound)
		}
		anew := a
		anew.ID = idp.NewAuthenticatorID()
		w.bind(t, anew)
		same(t, w.bound(t, w.ada), []idp.Authenticator{anew})
		_, err = w.FindPasskey(t.Context(), bobs.Passkey.Credential)
		must(t, err)
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.RemoveAuthenticator(ctx, w.mine.ID, w.ada.ID, anew.ID)
		})
	}
}

// The counter moves forward, or the answer does not count, and that is recorded (WebAuthn level 3, section 6.1.1).
func testUsePasskey(t *testing.T, w *world) {
	a, never, app := w.passkey(w.ada), w.passkey(w.ada), w.totp(w.ada)
	never.Passkey.SignCount, never.CreatedAt = 0, a.CreatedAt.Add(time.Hour)
	w.bind(t, a, never, app)
	at := w.now
	step := func(of *idp.Authenticator, count uint32, backedUp, want bool) {
		t.Helper()
		at = at.Add(time.Minute)
		use := w.answer(*of, count)
		use.BackedUp = backedUp
		moved, err := w.use(t, use, at)
		must(t, err)
		same(t, moved, want)
		if want {
			of.Passkey.SignCount, of.Passkey.BackedUp, of.LastUsedAt = count, backedUp, at
		} else {
			of.Passkey.RegressedAt = at
		}
		same(t, w.bound(t, w.ada), []idp.Authenticator{never, a, app})
	}
	step(&a, 8, false, true)
	step(&a, 8, true, false) // the same once more
	step(&a, 7, false, false)
	step(&a, 0, false, false) // a copy that does not count
	step(&a, 4_294_967_295, true, true)
	step(&a, 1, false, false) // it does not begin anew either: a counter that is full takes no more answers
	step(&never, 0, true, true)
	step(&never, 0, false, true)
	step(&never, 3, false, true)
	step(&never, 0, false, false)

	_, err := w.use(t, w.answer(app, 9), at) // its identifier is that of no passkey
	wants(t, err, idp.ErrNotFound)
	_, err = w.use(t, w.answer(idp.Authenticator{ID: "aut_none"}, 9), at)
	wants(t, err, idp.ErrNotFound)
}

// Of answers to many challenges with one count, one counts.
func testUsePasskeyRace(t *testing.T, w *world) {
	a := w.passkey(w.ada)
	w.bind(t, a)
	oneWon(t, race(func(int) error {
		moved, err := w.use(t, w.answer(a, 8), w.now)
		if err == nil && !moved {
			return idp.ErrUsed
		}
		return err
	}), idp.ErrUsed)
}

// A challenge is answered once, whatever the counter says, by one passkey or by several.
func testPasskeyReplay(t *testing.T, w *world) {
	a, other := w.passkey(w.ada), w.passkey(w.bob)
	a.Passkey.SignCount = 0
	w.bind(t, a, other)
	use := w.answer(a, 0)
	moved, err := w.use(t, use, w.now)
	must(t, err)
	same(t, moved, true)
	_, err = w.use(t, use, w.now.Add(time.Minute))
	wants(t, err, idp.ErrUsed)
	replayed := w.answer(other, 99)
	replayed.Challenge = use.Challenge
	_, err = w.use(t, replayed, w.now)
	wants(t, err, idp.ErrUsed)
	same(t, w.bound(t, w.bob), []idp.Authenticator{other})

	refused := w.answer(other, 1) // backwards: it does not count, and its challenge is answered all the same
	moved, err = w.use(t, refused, w.now)
	must(t, err)
	same(t, moved, false)
	refused.SignCount = 100
	_, err = w.use(t, refused, w.now)
	wants(t, err, idp.ErrUsed)

	_, err = w.Clean(t.Context(), use.Until) // nor is it forgotten before its end
	must(t, err)
	_, err = w.use(t, use, w.now)
	wants(t, err, idp.ErrUsed)
}

// An answer that arrives many times at once counts once: that of a passkey that does not count too.
func testPasskeyReplayRace(t *testing.T, w *world) {
	a := w.passkey(w.ada)
	a.Passkey.SignCount = 0
	w.bind(t, a)
	use := w.answer(a, 0)
	oneWon(t, race(func(int) error {
		_, err := w.use(t, use, w.now)
		return err
	}), idp.ErrUsed)
}

func (w *world) handle(t testing.TB, practice idp.PracticeID, user idp.UserID, fresh idp.UserHandle) (kept idp.UserHandle, err error) {
	t.Helper()
	err = w.InTx(t.Context(), func(tx *sqlstore.Tx) (err error) {
		kept, err = tx.KeepUserHandle(t.Context(), practice, user, fresh, w.now)
		return err
	})
	return kept, err
}

// A person has one handle, for good: it outlives their passkeys.
func testUserHandle(t *testing.T, w *world) {
	_, err := w.FindUserHandle(t.Context(), w.mine.ID, w.ada.ID)
	wants(t, err, idp.ErrNotFound)
	first := idp.NewUserHandle()
	kept, err := w.handle(t, w.mine.ID, w.ada.ID, first)
	must(t, err)
	same(t, kept, first)
	kept, err = w.handle(t, w.mine.ID, w.ada.ID, idp.NewUserHandle())
	must(t, err)
	same(t, kept, first)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		_, err := tx.RevokeMFA(ctx, w.mine.ID, w.ada.ID)
		return err
	})
	kept, err = w.FindUserHandle(t.Context(), w.mine.ID, w.ada.ID)
	must(t, err)
	same(t, kept, first)

	_, err = w.FindUserHandle(t.Context(), w.other.ID, w.ada.ID) // ABUSE 32
	wants(t, err, idp.ErrNotFound)
	_, err = w.handle(t, w.other.ID, w.ada.ID, idp.NewUserHandle())
	wants(t, err, idp.ErrNotFound)
	_, err = w.handle(t, w.other.ID, w.bob.ID, first) // two people never have the same
	wants(t, err, idp.ErrConflict)
	_, err = w.handle(t, w.other.ID, w.bob.ID, "c2hvcnQ")
	wants(t, err, idp.ErrInvalid)
}

// Two tabs that add the first passkey of a person at once give it one handle.
func testUserHandleRace(t *testing.T, w *world) {
	kept := make([]idp.UserHandle, racers)
	for _, err := range race(func(n int) (err error) {
		kept[n], err = w.handle(t, w.mine.ID, w.ada.ID, idp.NewUserHandle())
		return err
	}) {
		must(t, err)
	}
	if one := slices.Compact(kept); len(one) != 1 || one[0] == "" {
		t.Errorf("%d handles", len(one))
	}
}
