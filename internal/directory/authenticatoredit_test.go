package directory_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 31: the last one stays where any app asks for MFA, and of two that go at once, one stays.
func TestTheLastOneStaysWhereMFAIsRequired(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		bound := w.account(tom).Authenticators
		answers := make([]error, len(bound))
		var both sync.WaitGroup
		for i, a := range bound {
			both.Go(func() { answers[i] = w.RemoveAuthenticator(t.Context(), by(tom), a.ID, w.now) })
		}
		both.Wait()
		refused := 0
		for _, err := range answers {
			if idp.CodeOf(err) == idp.CodeForbidden {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if left := len(w.account(tom).Authenticators); refused != 1 || left != 1 {
			t.Errorf("%d refused, %d left", refused, left)
		}
		told := 0
		for _, n := range w.notices { // ABUSE 30
			if n.Kind == idp.NoticeAuthenticator && n.Text == "removed" {
				told++
			}
		}
		if told != 2 {
			t.Errorf("%d notices, want one by mail and one to the number that was bound", told)
		}
	})
}

// ABUSE 31: one app that makes MFA mandatory is enough.
func TestTheLastOneMayGoWhereNothingAsksForIt(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		a := w.onlyOne(practiceY, bob)
		w.mandatory("contacts", w.now)
		if err := w.RemoveAuthenticator(t.Context(), by(bob), a.ID, w.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Fatalf("removed although an app asks for it: %v", err)
		}
		w.mandatory("contacts", w.now.Add(time.Hour))
		w.must(w.RemoveAuthenticator(t.Context(), by(bob), a.ID, w.now))
		if len(w.account(bob).Authenticators) != 0 {
			t.Error("it is still there")
		}
	})
}

// onlyOne gives a person an app in a practice that does not ask for MFA.
func (w *town) onlyOne(practice idp.PracticeID, name string) idp.Authenticator {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		p, err := tx.FindPractice(ctx, practice)
		if err != nil {
			return err
		}
		p.MFA = idp.MFAOff
		return tx.UpdatePractice(ctx, p)
	})
	a, err := w.BindAuthenticator(w.t.Context(), shell, directory.NewAuthenticator{
		PracticeID: practice, UserID: idp.UserID("usr_" + name), Kind: idp.KindTOTP, TOTPKey: authenticator.NewTOTPKey(),
	}, w.now)
	w.must(err)
	return a
}

func (w *town) mandatory(app idp.ClientID, from time.Time) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		c, err := tx.FindClient(ctx, app)
		if err != nil {
			return err
		}
		c.MFARequiredFrom = from
		return tx.UpdateClient(ctx, c)
	})
}

func TestNamesOfAuthenticators(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		a := w.account(tom).Authenticators[0]
		for _, bad := range []string{"", " ", "x\r\nBcc: y", strings.Repeat("n", 101), "a\u2028b"} { // ABUSE 38
			wantField(t, w.RenameAuthenticator(t.Context(), by(tom), a.ID, bad, w.now), "label")
		}
		w.must(w.RenameAuthenticator(t.Context(), by(tom), a.ID, "Büro-Handy", w.now))
		left := w.fresh()
		if len(left) != 1 || left[0].Type != idp.EventAuthenticatorRenamed || !strings.HasSuffix(left[0].Details["label"], "→ Büro-Handy") {
			t.Errorf("events %+v", left)
		}
		if found, err := w.FindAuthenticator(t.Context(), by(tom), a.ID, w.now); err != nil || found.Label != "Büro-Handy" || !found.TOTPKey.IsZero() {
			t.Errorf("found %+v, %v", found, err)
		}
	})
}

// ABUSE 32: another person's authenticator, a colleague's too, is answered like one that does not exist.
func TestNobodyNamesSomebodyElsesAuthenticator(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		toms := w.account(tom).Authenticators[0].ID
		for _, who := range []string{uma, bob, riley} {
			for name, try := range map[string]func(idp.AuthenticatorID) error{
				"find": func(id idp.AuthenticatorID) error {
					_, err := w.FindAuthenticator(t.Context(), by(who), id, w.now)
					return err
				},
				"rename": func(id idp.AuthenticatorID) error {
					return w.RenameAuthenticator(t.Context(), by(who), id, "Mine", w.now)
				},
				"default": func(id idp.AuthenticatorID) error { return w.MakeDefault(t.Context(), by(who), id, w.now) },
				"remove":  func(id idp.AuthenticatorID) error { return w.RemoveAuthenticator(t.Context(), by(who), id, w.now) },
			} {
				for _, id := range []idp.AuthenticatorID{toms, "aut_none"} {
					if err := try(id); err == nil || err.Error() != idp.ErrNotFound.Error() {
						t.Errorf("%s by %s: %v", name, who, err)
					}
					left := w.fresh()
					if len(left) != 1 || left[0].Result != idp.ResultFailure || left[0].Actor.ID != "usr_"+who || left[0].Details["named_authenticator"] != string(id) {
						t.Errorf("%s by %s: events %+v", name, who, left)
					}
				}
			}
		}
		if a := w.account(tom).Authenticators[0]; a.Label != "" {
			t.Errorf("renamed to %q", a.Label)
		}
	})
}

func TestChangingThePIN(t *testing.T) { // ABUSE 19, 30
	inTown(t, func(t *testing.T, w *town) {
		change := func(who, pin, again string) error {
			return w.ChangePIN(t.Context(), by(who), idp.NewSecret(pin), idp.NewSecret(again), w.now)
		}
		for _, weak := range []string{"", "111111", "123456", "491570156", "19852010", "12345", "abcdef"} {
			wantField(t, change(tom, weak, weak), "pin")
		}
		wantField(t, change(tom, "730152", "730153"), "pin_confirm")
		if err := change(uma, "730152", "730152"); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("a PIN that stands in for nothing: %v", err)
		}
		before := w.account(tom).PIN.Hash
		w.now = w.now.Add(time.Hour)
		w.must(change(tom, "73 01 52", "730152"))
		after := w.account(tom).PIN
		passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{Memory: testenv.HashMemory})
		w.must(err)
		right, err := passwords.VerifyPIN(t.Context(), authenticator.Claim{}, after.Hash, idp.NewSecret("730152"))
		if err != nil || !right || after.Hash == before || !after.CreatedAt.Equal(w.now) {
			t.Errorf("PIN of %s, right %v, %v", after.CreatedAt, right, err)
		}
		if len(w.notices) != 2 || w.notices[0].Kind != idp.NoticePINChanged || w.notices[1].Phone.Reveal() != phone {
			t.Errorf("notices %+v", w.notices)
		}
	})
}

// ABUSE 19: a PIN that was guessed until it locked stays locked, even for a caller who has the account's session.
func TestANewPINDoesNotEndItsLock(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.UpdateGuard(ctx, "usr_"+tom, idp.ProofPIN, func(g idp.Guard) idp.Guard {
				for range policy.MaxFailures {
					g, _ = policy.Try(g, false, w.now)
				}
				return g
			})
		})
		w.must(w.ChangePIN(t.Context(), by(tom), idp.NewSecret("730152"), idp.NewSecret("730152"), w.now))
		if g := w.guard("usr_"+tom, idp.ProofPIN); !policy.IsLocked(g, w.now) {
			t.Error("the lock is gone")
		}
	})
}
