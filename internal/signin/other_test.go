package signin_test

import (
	"context"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const secondKey = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"

// bind gives usr_app one more authenticator.
func (h *house) bind(a idp.Authenticator) {
	h.t.Helper()
	a.PracticeID, a.UserID, a.CreatedAt, a.LastUsedAt = "prc_mfa", "usr_app", h.now, h.now
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateAuthenticator(ctx, a) })
}

func TestTheOnlyWayIsTheOnlyOneOffered(t *testing.T) {
	h := newHouse(t)
	tab := h.open("timesheets").post(login("app"), signin.StateTOTP)
	if tab.view().Other {
		t.Error("another way is offered to whoever has one authenticator")
	}
	tab.post(signin.Form{Action: signin.ActionOther}, signin.StateTOTP)
	h.bind(idp.Authenticator{ID: "aut_second", Kind: idp.KindTOTP, TOTPKey: idp.NewSecret(secondKey)})
	if h.open("timesheets").post(login("app"), signin.StateTOTP).view().Other {
		t.Error("two apps are one way: either code will do")
	}
}

// The default comes first, wherever a sign-in asks for a code; the others stay within reach, and once it is gone the best of them leads.
func TestTheDefaultIsAskedForFirst(t *testing.T) {
	h := newHouse(t)
	h.bind(idp.Authenticator{ID: "aut_number", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570110")})
	h.bind(idp.Authenticator{ID: "aut_third", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570313")})
	h.open("timesheets").post(login("app"), signin.StateTOTP)
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.MakeDefault(ctx, "prc_mfa", "usr_app", "aut_number", h.now)
	})
	other := signin.Form{Action: signin.ActionOther}
	tab := h.open("timesheets").post(login("app"), signin.StateSMS)
	if view := tab.view(); view.Phone != "••• ••• 110" || view.SentAt.IsZero() || !view.Other {
		t.Errorf("view %+v", view)
	}
	tab.post(code(h.phone.code(t)), signin.StateDone)
	h.now = h.now.Add(2 * time.Minute)
	if tab := h.open("timesheets").post(login("app"), signin.StateSMS).post(other, signin.StateTOTP).post(other, signin.StateSMS); tab.view().Phone != "••• ••• 313" {
		t.Errorf("the third way is out of reach: %+v", tab.view())
	}
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.RemoveAuthenticator(ctx, "prc_mfa", "usr_app", "aut_number")
	})
	h.open("timesheets").post(login("app"), signin.StateTOTP)
}

func TestUseAnotherWay(t *testing.T) {
	h := newHouse(t)
	h.bind(idp.Authenticator{ID: "aut_number", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570110")})
	other := signin.Form{Action: signin.ActionOther}
	tab := h.open("timesheets").post(login("app"), signin.StateTOTP)
	if !tab.view().Other {
		t.Fatal("no other way is offered")
	}
	tab.post(other, signin.StateSMS)
	if view := tab.view(); view.Phone != "••• ••• 110" || view.SentAt.IsZero() || !view.Other {
		t.Errorf("view %+v", view)
	}
	texted := h.phone.code(t)
	tab.post(other, signin.StateTOTP).post(other, signin.StateSMS)
	if len(h.phone.texts) != 1 { // ABUSE 27
		t.Errorf("going back and forth sent %d messages", len(h.phone.texts))
	}
	if proved := tab.post(code(texted), signin.StateDone).finish(); len(proved.Session.AMR) < 2 || proved.Session.AMR[1] != idp.AMRSMS {
		t.Errorf("methods %v", proved.Session.AMR)
	}
}

// ABUSE 16, 22: a code that was texted to one number proves nothing of another, nor does it stand for the app's.
func TestACodeIsGoodForItsOwnWayOnly(t *testing.T) {
	h := newHouse(t)
	h.bind(idp.Authenticator{ID: "aut_number", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570110")})
	h.bind(idp.Authenticator{ID: "aut_third", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570313")})
	other := signin.Form{Action: signin.ActionOther}
	tab := h.open("timesheets").post(login("app"), signin.StateTOTP).post(other, signin.StateSMS)
	first := h.phone.code(t)
	tab.post(other, signin.StateSMS) // the next number: too soon for a message, so there is no code
	tab.refuse(code(first), signin.ProblemCodeNone)
	tab.post(other, signin.StateTOTP).refuse(code(first), signin.ProblemCodeWrong)
}

func TestACodeOfAnyAppWillDoAndIsUsedUp(t *testing.T) { // ABUSE 16
	h := newHouse(t)
	h.bind(idp.Authenticator{ID: "aut_second", Kind: idp.KindTOTP, TOTPKey: idp.NewSecret(secondKey)})
	for _, key := range []string{totpKey, secondKey} {
		right := totpAt(t, key, h.now)
		h.open("timesheets").post(login("app"), signin.StateTOTP).post(code(right), signin.StateDone)
		h.open("contacts").post(login("app"), signin.StateTOTP).refuse(code(right), signin.ProblemCodeUsed)
	}
	account, err := h.sql.FindAccount(t.Context(), "usr_app")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range account.Authenticators {
		if a.LastStep != h.now.Unix()/30 {
			t.Errorf("%s: last step %d", a.ID, a.LastStep)
		}
	}
}

// ABUSE 17: several authenticators do not mean several counters.
func TestGuessesAtAllWaysCountTogether(t *testing.T) {
	h := newHouse(t)
	h.bind(idp.Authenticator{ID: "aut_number", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570110")})
	tab := h.open("timesheets").post(login("app"), signin.StateTOTP)
	bad := wrongFor(totpAt(t, totpKey, h.now))
	tab.refuse(code(bad), signin.ProblemCodeWrong).refuse(code(bad), signin.ProblemCodeWrong)
	tab.post(signin.Form{Action: signin.ActionOther}, signin.StateSMS)
	wrong := wrongFor(h.phone.code(t))
	tab.refuse(code(wrong), signin.ProblemCodeWrong).refuse(code(wrong), signin.ProblemCodeWrong)
	tab.post(code(wrong), signin.StateEnded)
	h.now = h.now.Add(time.Second)
	h.open("contacts").post(login("app"), signin.StateEnded)
}
