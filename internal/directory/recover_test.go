package directory_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// operator is a person who works on the server itself.
var operator = directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "shell:mia"}}

func TestRecoverLetsTheLastAdministratorInAgain(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		user := w.account(riley).User
		for _, guarded := range []idp.Guard{
			{Subject: policy.PasswordGuard(user.Username), Proof: idp.ProofPassword},
			{Subject: string(user.ID), Proof: idp.ProofCode}, {Subject: string(user.ID), Proof: idp.ProofPIN},
		} {
			w.lock(guarded)
		}
		_, err := w.BindAuthenticator(t.Context(), shell, directory.NewAuthenticator{
			PracticeID: "prc_aps", UserID: user.ID, Kind: idp.KindSMS, Country: "AU", Phone: phone,
		}, w.now)
		w.must(err)
		w.fresh()
		w.notices = nil
		given, err := w.RecoverUser(t.Context(), operator, directory.Recovery{Username: " Riley@Example.com "}, w.now)
		w.must(err)
		after := w.account(riley)
		if len(after.Authenticators) != 0 || after.PIN != nil || w.guard(string(user.ID), idp.ProofCode).Locked ||
			w.guard(policy.PasswordGuard(user.Username), idp.ProofPassword).Locked || w.guard(string(user.ID), idp.ProofPIN).Locked {
			t.Errorf("after: %+v", after)
		}
		if over := w.ended(); len(over) != 2 {
			t.Errorf("sessions that ended: %v", over)
		}
		var recovered []idp.AuditEvent
		for _, e := range w.fresh() {
			if e.Type == idp.EventUserRecovered {
				recovered = append(recovered, e)
			}
			if strings.Contains(e.Details["removed"], given.Link.Reveal()) {
				t.Error("the link is in the trail")
			}
		}
		if len(recovered) != 1 || recovered[0].Details["operator"] != "shell:mia" || recovered[0].Details["removed"] != "sms" || recovered[0].UserID != user.ID {
			t.Errorf("events %+v", recovered)
		}
		if len(w.notices) != 2 || w.notices[0].Kind != idp.NoticeMFAReset || !w.notices[0].Link.IsZero() {
			t.Errorf("told: %+v", w.notices)
		}
		chosen := idp.NewSecret("saddle-copper-orchard-77")
		w.must(w.ResetByLink(t.Context(), directory.Origin{}, given.Link, chosen, w.now))
		if err := w.ResetByLink(t.Context(), directory.Origin{}, given.Link, chosen, w.now); !errors.Is(err, idp.ErrUsed) {
			t.Errorf("the link a second time: %v", err)
		}
	})
}

func TestRecoverReachesOnlyWhoItIsToldTo(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.update(riley, func(u *idp.User) { u.State = idp.UserDisabled })
		for _, c := range []struct {
			name     string
			recovery directory.Recovery
			want     idp.Code
		}{
			{"not staff", directory.Recovery{Username: "tom@example.com"}, idp.CodeForbidden},
			{"disabled", directory.Recovery{Username: "riley@example.com", Anybody: true}, idp.CodeForbidden},
			{"nobody", directory.Recovery{Username: "nobody@example.com", Anybody: true}, idp.CodeNotFound},
			{"no name", directory.Recovery{Anybody: true}, idp.CodeNotFound},
			{"anybody", directory.Recovery{Username: "tom@example.com", Anybody: true}, ""},
			{"disabled, enable", directory.Recovery{Username: "riley@example.com", Enable: true}, ""},
		} {
			given, err := w.RecoverUser(t.Context(), operator, c.recovery, w.now)
			if idp.CodeOf(err) != c.want || given.Link.IsZero() != (c.want != "") {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		failures := 0
		for _, e := range w.fresh() {
			if e.Type == idp.EventUserRecovered && e.Result == idp.ResultFailure {
				failures++
			}
		}
		if failures != 4 || w.account(riley).User.State != idp.UserActive {
			t.Errorf("%d failures on record, %s", failures, w.account(riley).User.State)
		}
	})
}

// Where passkeys are needed, a recovery alone would leave the last administrator before a page that nobody has the code for.
func TestTheShellGivesTheCodeThatNobodyElseCan(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		last := directory.Recovery{Username: "riley@example.com"}
		if made, err := w.RecoverEnrolment(t.Context(), operator, last, w.now); idp.CodeOf(err) != idp.CodeForbidden || !made.Code.IsZero() {
			t.Errorf("where nothing needs a passkey: %v", err)
		}
		w.setPractice("prc_aps", func(p *idp.Practice) { p.PhishingResistanceFrom = w.now })
		w.withPasskey(riley)
		if made, err := w.RecoverEnrolment(t.Context(), operator, last, w.now); idp.CodeOf(err) != idp.CodeForbidden || !made.Code.IsZero() {
			t.Errorf("beside a passkey: %v", err)
		}
		given, err := w.RecoverUser(t.Context(), operator, last, w.now)
		w.must(err)
		if !given.Enrols {
			t.Error("the operator is not told that a code is needed")
		}
		w.fresh()
		w.notices = nil
		made, err := w.RecoverEnrolment(t.Context(), operator, last, w.now)
		w.must(err)
		event := w.wantEvent(idp.EventEnrolmentCode, idp.ResultSuccess, "")
		if event.UserID != "usr_"+riley || event.Details["operator"] != "shell:mia" || !made.Until.Equal(w.now.Add(policy.EnrolmentLife)) {
			t.Errorf("made until %s, on record: %+v", made.Until, event)
		}
		if len(w.notices) == 0 || w.notices[0].Kind != idp.NoticeEnrolmentCode {
			t.Errorf("told: %+v", w.notices)
		}
		w.must(w.spends(riley, made.Code, w.now))
		w.needsPasskeys("timesheets")
		if made, err := w.RecoverEnrolment(t.Context(), operator, directory.Recovery{Username: "tom@example.com"}, w.now); idp.CodeOf(err) != idp.CodeForbidden || !made.Code.IsZero() {
			t.Errorf("for who has somebody to ask: %v", err)
		}
	})
}

// lock makes a proof useless.
func (w *town) lock(g idp.Guard) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.UpdateGuard(ctx, g.Subject, g.Proof, func(found idp.Guard) idp.Guard {
			found.Locked, found.Failures, found.Locks, found.UpdatedAt = true, 5, 1, w.now
			return found
		})
	})
}
