package signin_test

import (
	"context"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// onTheStep puts the clock at the beginning of a time step of authenticator apps.
func (h *house) onTheStep() { h.now = h.now.Truncate(30 * time.Second).Add(time.Minute) }

// A second app within the half minute: the code that is showing was used already. It is refused, said to be so, and is no guess.
func TestTheCodeThatWasUsedIsNoGuess(t *testing.T) { // ABUSE 16, 60
	h := newHouse(t)
	h.onTheStep()
	showing := code(totpAt(t, totpKey, h.now))
	h.open("timesheets").post(login("app"), signin.StateTOTP).post(showing, signin.StateDone)
	h.now = h.now.Add(12 * time.Second)
	b := h.open("contacts").post(login("app"), signin.StateTOTP)
	for range 3 * policy.MaxFailures {
		out, err := b.try(showing)
		if err != nil {
			t.Fatal(err)
		}
		if out.Problem == nil || out.Problem.Code != signin.ProblemCodeUsed || out.State != signin.StateTOTP {
			t.Fatalf("at %q, problem %+v", out.State, out.Problem)
		}
		if left := out.View.NextCode.Sub(h.now); left != 18*time.Second {
			t.Fatalf("the next code is there in %s", left)
		}
	}
	wrong := code(wrongFor(showing.Code))
	for range policy.MaxFailures - 1 {
		b.refuse(wrong, signin.ProblemCodeWrong).refuse(showing, signin.ProblemCodeUsed) // it neither counts nor takes back what counts
	}
	b.post(wrong, signin.StateEnded) // ABUSE 17
	used, wrongs := 0, 0
	for _, e := range h.events("prc_mfa") {
		if e.Type == idp.EventCodeRejected && e.Reason == idp.ReasonCodeUsed {
			used++
		}
		if e.Type == idp.EventCodeRejected && e.Reason == idp.ReasonWrongCode {
			wrongs++
		}
	}
	if used != 4*policy.MaxFailures-1 || wrongs != policy.MaxFailures {
		t.Errorf("the trail has %d used codes and %d wrong ones", used, wrongs)
	}
}

func TestTheNextCodeIsTakenAfterAUsedOne(t *testing.T) {
	h := newHouse(t)
	h.onTheStep()
	showing := code(totpAt(t, totpKey, h.now))
	h.open("timesheets").post(login("app"), signin.StateTOTP).post(showing, signin.StateDone)
	b := h.open("contacts").post(login("app"), signin.StateTOTP).refuse(showing, signin.ProblemCodeUsed)
	h.now = h.now.Add(30 * time.Second)
	b.refuse(showing, signin.ProblemCodeUsed).post(code(totpAt(t, totpKey, h.now)), signin.StateDone)
}

// Under a lock nothing tells a used code from a wrong one; and a code that was not the last one accepted counts like any other.
func TestAUsedCodeTellsNothingMore(t *testing.T) { // ABUSE 16, 17
	h := newHouse(t)
	h.onTheStep()
	showing, before := code(totpAt(t, totpKey, h.now)), code(totpAt(t, totpKey, h.now.Add(-30*time.Second)))
	h.open("timesheets").post(login("app"), signin.StateTOTP).post(showing, signin.StateDone)
	b := h.open("contacts").post(login("app"), signin.StateTOTP)
	for range policy.MaxFailures - 1 {
		b.refuse(before, signin.ProblemCodeWrong)
	}
	waiting := h.open("contacts").post(login("app"), signin.StateTOTP)
	b.post(before, signin.StateEnded)
	waiting.post(showing, signin.StateEnded)
}

// A person with two apps may type the code of either: the one that was used is known as such, and the other still counts.
func TestAUsedCodeOfOneOfTwoApps(t *testing.T) {
	h := newHouse(t)
	h.onTheStep()
	const secondKey = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.CreateAuthenticator(ctx, idp.Authenticator{
			ID: "aut_two", PracticeID: "prc_mfa", UserID: "usr_app", Kind: idp.KindTOTP, TOTPKey: idp.NewSecret(secondKey), CreatedAt: h.now.Add(time.Second), LastUsedAt: h.now,
		})
	})
	first := code(totpAt(t, totpKey, h.now))
	h.open("timesheets").post(login("app"), signin.StateTOTP).post(first, signin.StateDone)
	b := h.open("contacts").post(login("app"), signin.StateTOTP).refuse(first, signin.ProblemCodeUsed)
	b.post(code(totpAt(t, secondKey, h.now)), signin.StateDone)
}

// A code of somebody else's app is a wrong code, however often it was used.
func TestACodeUsedByAnotherPersonIsAGuess(t *testing.T) { // ABUSE 22
	h := newHouse(t)
	h.onTheStep()
	const otherKey = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.CreateAuthenticator(ctx, idp.Authenticator{
			ID: "aut_other", PracticeID: "prc_mfa", UserID: "usr_never", Kind: idp.KindTOTP, TOTPKey: idp.NewSecret(otherKey), CreatedAt: h.now, LastUsedAt: h.now,
		})
	})
	theirs := code(totpAt(t, otherKey, h.now))
	h.open("timesheets").post(login("never"), signin.StateTOTP).post(theirs, signin.StateRecoveryPIN)
	h.open("timesheets").post(login("app"), signin.StateTOTP).refuse(theirs, signin.ProblemCodeWrong)
}
