package signin_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// needPasskeys lets a practice need passkeys from this moment on.
func (h *house) needPasskeys(id idp.PracticeID, from time.Time) {
	h.t.Helper()
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		p, err := tx.FindPractice(ctx, id)
		if err != nil {
			return err
		}
		p.PhishingResistanceFrom = from
		return tx.UpdatePractice(ctx, p)
	})
}

// enrolmentCode is one that an administrator makes for the person.
func (h *house) enrolmentCode(user idp.UserID) signin.Form {
	h.t.Helper()
	service, err := directory.New(directory.Config{Passkeys: true}, directory.Ports{Ledger: ownLedger{h.sql}, Records: h.sql, Hasher: h.passwords, Sealer: h.sealer})
	if err != nil {
		h.t.Fatal(err)
	}
	made, err := service.People.CreateEnrolmentCode(context.Background(), directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "shell"}}, user, h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	return code(made.Code)
}

func (b *tab) withCode(want signin.State) *tab {
	b.t.Helper()
	b.now = b.now.Add(time.Minute) // a code of the app that was not used
	return b.post(login("app"), signin.StateTOTP).post(code(totpAt(b.t, totpKey, b.now)), want)
}

// ISM-2011: from the day on a password and a code open nothing, and add no passkey either. An administrator's code does, once, for ten
// minutes, for its person alone; before the day nothing changes.
func TestWhereAPasskeyIsNeededACodeAddsNone(t *testing.T) {
	h := newHouse(t)
	tomorrow := h.now.Add(24 * time.Hour)
	h.needPasskeys("prc_mfa", tomorrow)
	h.now = tomorrow.Add(-2 * time.Minute)
	h.open("timesheets").withCode(signin.StateDone)
	h.now = tomorrow
	tab := h.open("timesheets").withCode(signin.StateEnrolmentCode)

	if view := tab.view(); view.Helper != signin.HelperAdministrator || view.Passkey != "" {
		t.Errorf("the page shows %+v", view)
	}
	tab.refuse(signin.Form{}, signin.ProblemMissing)
	tab.refuse(code(totpAt(t, totpKey, tab.now)), signin.ProblemEnrolmentFormat) // no guess
	tab.refuse(code(authenticator.NewEnrolmentCode()), signin.ProblemEnrolmentWrong)
	tab.refuse(h.enrolmentCode("usr_sms"), signin.ProblemEnrolmentWrong) // a colleague's
	h.needPasskeys("prc_free", tomorrow)
	tab.refuse(h.enrolmentCode("usr_free"), signin.ProblemEnrolmentWrong) // another practice's
	late := h.enrolmentCode("usr_app")
	tab.now = tab.now.Add(policy.EnrolmentLife)
	tab.refuse(late, signin.ProblemEnrolmentWrong)
	h.now = tab.now
	replaced, good := h.enrolmentCode("usr_app"), h.enrolmentCode("usr_app")
	h.clear("usr_app")
	tab.refuse(replaced, signin.ProblemEnrolmentWrong)
	tab.post(good, signin.StatePasskeySetup)
	h.clear("usr_app")

	again := h.open("timesheets")
	again.now = h.now.Add(2 * time.Minute)
	again.withCode(signin.StateEnrolmentCode).refuse(good, signin.ProblemEnrolmentWrong)
	h.clear("usr_app")

	rejected, accepted := 0, 0
	for _, e := range h.events("prc_mfa") {
		switch e.Type {
		case idp.EventEnrolmentRejected:
			rejected++
		case idp.EventEnrolmentAccepted:
			accepted++
		}
	}
	if rejected != 6 || accepted != 1 {
		t.Errorf("%d rejected and %d accepted on record", rejected, accepted)
	}
	if told := h.notices.of(idp.NoticeEnrolmentCode); len(told) == 0 || slices.ContainsFunc(told, func(n idp.Notice) bool { return !n.Code.IsZero() }) {
		t.Errorf("the person is told %+v", told)
	}
}

// Five wrong ones lock, and a lock looks at none: a right one is not used up.
func TestEnrolmentCodesCantBeGuessed(t *testing.T) { // ABUSE 17
	h := newHouse(t)
	h.needPasskeys("prc_mfa", h.now)
	tab := h.open("timesheets").post(login("never"), signin.StateEnrolmentCode)
	other := h.open("contacts").post(login("never"), signin.StateEnrolmentCode)
	for range policy.MaxFailures - 1 {
		tab.refuse(code(authenticator.NewEnrolmentCode()), signin.ProblemEnrolmentWrong)
	}
	good := h.enrolmentCode("usr_never")
	tab.post(code(authenticator.NewEnrolmentCode()), signin.StateEnded)
	other.post(good, signin.StateEnded)
	h.clear("usr_never")
	h.open("timesheets").post(login("never"), signin.StateEnrolmentCode).post(good, signin.StatePasskeySetup)
}

// A recovery PIN leads to the same place: with the password it is no more than a code is.
func TestARecoveryPINAddsNoPasskeyWhereOneIsNeeded(t *testing.T) {
	h := newHouse(t)
	h.needPasskeys("prc_mfa", h.now)
	tab := h.open("timesheets").post(login("app"), signin.StateTOTP).post(signin.Form{Action: signin.ActionLostDevice}, signin.StateRecover)
	tab.post(signin.Form{PIN: idp.NewSecret("739418")}, signin.StateRevoke).post(signin.Form{}, signin.StateEnrolmentCode)
	if _, err := tab.try(signin.Form{Kind: idp.KindTOTP}); err != nil || tab.state != signin.StateEnrolmentCode {
		t.Errorf("an app: %v, at %q", err, tab.state)
	}
	tab.post(h.enrolmentCode("usr_app"), signin.StatePasskeySetup)
}

// clear ends what failures led to.
func (h *house) clear(user idp.UserID) {
	h.t.Helper()
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.UpdateGuard(ctx, string(user), idp.ProofCode, func(g idp.Guard) idp.Guard { return policy.Unlock(g, h.now) })
	})
}
