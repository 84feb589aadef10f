package directory_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func (w *town) practiceNow(id idp.PracticeID) idp.Practice {
	w.t.Helper()
	p, err := w.store.FindPractice(w.t.Context(), id)
	w.must(err)
	return p
}

// spends uses the code up as a sign-in of the person does, at this time.
func (w *town) spends(name string, code idp.Secret, at time.Time) error {
	w.t.Helper()
	hash, ok := authenticator.EnrolmentHash(idp.UserID("usr_"+name), code)
	if !ok {
		w.t.Fatalf("%s is no code", code.Reveal())
	}
	return w.store.InTx(w.t.Context(), func(tx *sqlstore.Tx) error {
		_, err := tx.ConsumeLink(w.t.Context(), hash, idp.LinkEnrolment, at)
		return err
	})
}

// needsPasskeys lets an app need passkeys of everybody, by now.
func (w *town) needsPasskeys(id idp.ClientID) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		app, err := tx.FindClient(ctx, id)
		if err != nil {
			return err
		}
		app.PhishingResistanceFrom = w.now
		return tx.UpdateClient(ctx, app)
	})
}

// A code is its person's, once, for ten minutes, and only the last one; nothing that is kept or sent holds it.
func TestAnEnrolmentCodeIsGoodOnce(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		if err := only(w.CreateEnrolmentCode(t.Context(), by(olivia), "usr_"+tom, w.now)); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("where nothing needs a passkey: %v", err)
		}
		w.needsPasskeys("timesheets")
		first, err := w.CreateEnrolmentCode(t.Context(), by(olivia), "usr_"+tom, w.now)
		w.must(err)
		w.fresh()
		made, err := w.CreateEnrolmentCode(t.Context(), by(olivia), "usr_"+tom, w.now)
		w.must(err)
		if !made.Until.Equal(w.now.Add(10*time.Minute)) || !regexp.MustCompile(`^([0-9A-Z]{4}-){2}[0-9A-Z]{4}$`).MatchString(made.Code.Reveal()) {
			t.Errorf("made %s until %s", made.Code.Reveal(), made.Until)
		}
		for _, n := range w.mail() {
			if n.Kind != idp.NoticeEnrolmentCode || n.UserID != "usr_"+tom || n.By != olivia || !n.Code.IsZero() || !n.Link.IsZero() {
				t.Errorf("told: %+v", n)
			}
		}
		event := w.wantEvent(idp.EventEnrolmentCode, idp.ResultSuccess, "")
		if event.UserID != "usr_"+tom || event.Actor.ID != "usr_"+olivia || len(event.Details) > 0 {
			t.Errorf("on record: %+v", event)
		}
		for what, err := range map[string]error{
			"of another person": w.spends(uma, made.Code, w.now), "that was replaced": w.spends(tom, first.Code, w.now),
			"after ten minutes": w.spends(tom, made.Code, made.Until),
		} {
			if err == nil {
				t.Errorf("a code %s counts", what)
			}
		}
		w.must(w.spends(tom, made.Code, made.Until.Add(-time.Second)))
		if w.spends(tom, made.Code, w.now) == nil {
			t.Error("a code counts twice")
		}
	})
}

// What ends the links in a person's mailbox ends the code.
func TestAnEnrolmentCodeEndsWithTheAccount(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.needsPasskeys("timesheets")
		made, err := w.CreateEnrolmentCode(t.Context(), by(olivia), "usr_"+tom, w.now)
		w.must(err)
		w.must(w.DisableUser(t.Context(), by(olivia), "usr_"+tom, w.now))
		w.must(w.EnableUser(t.Context(), by(olivia), "usr_"+tom, w.now))
		if w.spends(tom, made.Code, w.now) == nil {
			t.Error("a code outlives that its person was disabled")
		}
	})
}

// ABUSE 32, 33, 49: who makes no code, and for whom.
func TestWhoMakesNoEnrolmentCode(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		stale := by(olivia)
		stale.Proved.At = w.now.Add(-policy.Freshness)
		w.withPasskey(uma)
		for what, try := range map[string]struct {
			caller directory.Caller
			user   string
		}{
			"another practice": {by(bob), tom}, "a person without rights": {by(tom), uma}, "for themselves": {by(olivia), olivia},
			"APS without a case": {by(riley), tom}, "a program": {w.apsProgram(), tom}, "with old proofs": {stale, tom}, "for one who has a passkey": {by(olivia), uma},
		} {
			made, err := w.CreateEnrolmentCode(t.Context(), try.caller, idp.UserID("usr_"+try.user), w.now)
			if err == nil || !made.Code.IsZero() {
				t.Errorf("%s: %v", what, err)
			}
		}
		w.now = w.now.Add(24 * time.Hour)
		w.must(w.edit(by(uma), tom, directory.UserEdit{Username: ptr(takenAddress)}))
		if _, err := w.CreateEnrolmentCode(t.Context(), by(uma), "usr_"+tom, w.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("the hand that changed the address: %v", err)
		}
	})
}

// A date that would keep its own giver out at once is refused: they could hand out codes to nobody.
func TestAnAdministratorKeepsTheirOwnDoor(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, edit := range []directory.PracticeEdit{{PhishingResistanceFrom: to(w.now)}, {PhishingResistanceAdministratorsFrom: to(w.now.Add(-day))}} {
			edit.Version = w.practiceNow(practiceX).Version
			_, err := w.UpdatePractice(t.Context(), by(olivia), practiceX, edit, w.now)
			if idp.CodeOf(err) != idp.CodeInvalid || !strings.Contains(err.Error(), "add a passkey") {
				t.Errorf("without a passkey: %v", err)
			}
			_, err = w.UpdatePractice(t.Context(), by(riley), practiceX, edit, w.now)
			w.must(err) // APS
			w.setPractice(practiceX, func(p *idp.Practice) {
				p.PhishingResistanceFrom, p.PhishingResistanceAdministratorsFrom = time.Time{}, time.Time{}
			})
		}
		w.withPasskey(olivia)
		_, err := w.UpdatePractice(t.Context(), by(olivia), practiceX, directory.PracticeEdit{Version: w.practiceNow(practiceX).Version, PhishingResistanceFrom: to(w.now)}, w.now)
		w.must(err)
	})
}

// Nothing may need passkeys where no one can use them.
func TestNoDateWhereNobodyCanUsePasskeys(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		poor := w.loopback() // its directory.Config says nothing of passkeys
		_, err := poor.UpdatePractice(t.Context(), shell, practiceX, directory.PracticeEdit{Version: w.practiceNow(practiceX).Version, PhishingResistanceFrom: to(w.now)}, w.now)
		wantField(t, err, "phishing_resistance_from")
		client, err := w.store.FindClient(t.Context(), "timesheets")
		w.must(err)
		_, err = poor.EditClient(t.Context(), shell, client.ID, directory.ClientEdit{Version: client.Version, PhishingResistanceFrom: to(w.now)}, w.now)
		wantField(t, err, "phishing_resistance_from")
	})
}

// A case of support makes a code, once, with the checks and the second person of every case.
func TestSupportMakesAnEnrolmentCodeByACase(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := context.WithoutCancel(t.Context())
		d.needsPasskeys("timesheets")
		id := d.submitted(idp.CaseEnrolmentCode, tom)
		d.must(d.DecideCase(ctx, staffer(noor), id, true, "Called back.", d.now))
		made, err := d.PerformCase(ctx, staffer(riley), id, d.now)
		d.must(err)
		if made.Code.IsZero() || d.spends(tom, made.Code, d.now) != nil {
			t.Errorf("the case makes %+v", made)
		}
		if again, err := d.PerformCase(ctx, staffer(riley), id, d.now); idp.CodeOf(err) != idp.CodeConflict || !again.Code.IsZero() {
			t.Errorf("again: %v", err)
		}
	})
}
