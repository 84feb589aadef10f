package directory_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// setPractice changes a stored practice behind the commands' back.
func (w *town) setPractice(id idp.PracticeID, change func(*idp.Practice)) {
	w.t.Helper()
	practice, err := w.store.FindPractice(w.t.Context(), id)
	w.must(err)
	change(&practice)
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdatePractice(ctx, practice) })
}

// withoutMFA is practice x before it asked: with User Management+, and MFA off.
func (w *town) withoutMFA() {
	w.t.Helper()
	w.setPractice(practiceX, func(p *idp.Practice) {
		p.MFA, p.Apps = idp.MFAOff, []idp.ClientID{"contacts", "timesheets", idp.AppUserManagement}
	})
}

func (w *town) mfa(id idp.PracticeID) idp.MFAState {
	w.t.Helper()
	practice, err := w.store.FindPractice(w.t.Context(), id)
	w.must(err)
	return practice.MFA
}

// left takes the one event that was left, and checks its kind and its reason ("" for success).
func (w *town) left(name string, kind idp.EventType, reason idp.Reason) idp.AuditEvent {
	w.t.Helper()
	left := w.fresh()
	if len(left) != 1 {
		w.t.Fatalf("%s: events %+v", name, left)
	}
	want := idp.ResultSuccess
	if reason != "" {
		want = idp.ResultFailure
	}
	if e := left[0]; e.Type != kind || e.Reason != reason || e.Result != want {
		w.t.Errorf("%s: event %+v", name, e)
	}
	return left[0]
}

func (w *town) refusedWith(name string, err error, code idp.Code, words string) {
	w.t.Helper()
	var told *idp.Error
	if !errors.As(err, &told) || told.Code != code || !strings.Contains(told.Public, words) {
		w.t.Errorf("%s: %v", name, err)
	}
}

func TestPracticeAsksAndAPSActivates(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.withoutMFA()
		asked, err := w.RequestActivation(ctx, by(uma), practiceX, "  We’re ready.\r\nAll 12 of us. ", w.now)
		w.must(err)
		if w.mfa(practiceX) != idp.MFARequested || asked.Note != "We’re ready.\nAll 12 of us." {
			t.Errorf("asked: %s, note %q", w.mfa(practiceX), asked.Note)
		}
		w.left("request", idp.EventMFARequested, "")

		_, err = w.RequestActivation(ctx, by(olivia), practiceX, "", w.now)
		w.refusedWith("twice", err, idp.CodeConflict, "already")

		later := w.now.Add(time.Hour)
		w.must(w.AnswerActivation(ctx, by(riley), asked.ID, true, "Welcome.", later))
		e := w.left("activate", idp.EventMFAActivated, "")
		if e.PracticeID != practiceX || e.Details["activation"] != string(asked.ID) || w.mfa(practiceX) != idp.MFAActive {
			t.Errorf("activated: %s, event %+v", w.mfa(practiceX), e)
		}
		notice := w.notices[len(w.notices)-1]
		if notice.Kind != idp.NoticeActivation || notice.UserID != "usr_"+uma || notice.Days != 1 || notice.Text != "Welcome." || notice.By != riley {
			t.Errorf("told %+v", notice)
		}
		detail, err := w.FindPractice(ctx, by(olivia), practiceX, later)
		w.must(err)
		if a := detail.Activation; a == nil || a.State != idp.ActivationActivated || a.AnsweredBy != by(riley).Actor || !a.AnsweredAt.Equal(later) {
			t.Errorf("answered %+v", a)
		}
		if account := w.account(tom); !policy.RequireMFA(account.User, account.Practice, idp.Client{}, "", later).MFA() {
			t.Error("the next sign-in doesn't ask for MFA")
		}
		w.refusedWith("answered twice", w.AnswerActivation(ctx, by(riley), asked.ID, false, "No.", later), idp.CodeConflict, "already")
		_, err = w.RequestActivation(ctx, by(olivia), practiceX, "", later)
		w.refusedWith("active", err, idp.CodeConflict, "active")
	})
}

func TestDeclinedAndWithdrawnRequestsAreOver(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.withoutMFA()
		first, err := w.RequestActivation(ctx, by(uma), practiceX, "", w.now)
		w.must(err)
		w.fresh()
		w.refusedWith("without an answer", w.AnswerActivation(ctx, by(riley), first.ID, false, " ", w.now), idp.CodeInvalid, "Say what")
		w.must(w.AnswerActivation(ctx, by(riley), first.ID, false, "Give Tom access first.", w.now))
		w.left("decline", idp.EventMFADeclined, "")
		if notice := w.notices[len(w.notices)-1]; w.mfa(practiceX) != idp.MFAOff || notice.Days != 0 || notice.Text != "Give Tom access first." {
			t.Errorf("declined: %s, told %+v", w.mfa(practiceX), notice)
		}
		second, err := w.RequestActivation(ctx, by(uma), practiceX, "", w.now.Add(time.Minute))
		w.must(err)
		w.fresh()
		w.must(w.WithdrawActivation(ctx, by(olivia), practiceX, w.now.Add(time.Hour)))
		w.left("withdraw", idp.EventMFAWithdrawn, "")
		if w.mfa(practiceX) != idp.MFAOff {
			t.Errorf("withdrawn: %s", w.mfa(practiceX))
		}
		w.refusedWith("withdrawn twice", w.WithdrawActivation(ctx, by(olivia), practiceX, w.now), idp.CodeConflict, "no open request")
		w.refusedWith("activated afterwards", w.AnswerActivation(ctx, by(riley), second.ID, true, "", w.now), idp.CodeConflict, "withdrawn")
		open, _, err := w.ListActivations(ctx, by(riley), idp.ActivationOpen, directoryPage(), w.now)
		w.must(err)
		if len(open) != 0 || w.mfa(practiceX) != idp.MFAOff {
			t.Errorf("open %+v, %s", open, w.mfa(practiceX))
		}
	})
}

// Each prerequisite that can stand in the way does, and the answer says how to fix it.
func TestActivationNeedsItsPrerequisites(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.withoutMFA()
		asked, err := w.RequestActivation(ctx, by(uma), practiceX, "", w.now)
		w.must(err)
		w.setPractice(practiceX, func(p *idp.Practice) { p.Apps = []idp.ClientID{"contacts"} })
		for _, name := range []string{uma, olivia} { // invited, and never came
			w.update(name, func(u *idp.User) { u.PasswordHash = idp.Secret{} })
		}
		w.fresh()
		err = w.AnswerActivation(ctx, by(riley), asked.ID, true, "", w.now)
		w.refusedWith("nothing is ready", err, idp.CodeForbidden, "enable Contacts+")
		w.refusedWith("nothing is ready", err, idp.CodeForbidden, "choose a password")
		e := w.left("nothing is ready", idp.EventMFAActivated, "prerequisites")
		if e.Details["missing"] != "contacts managers" || w.mfa(practiceX) != idp.MFARequested {
			t.Errorf("event %+v, %s", e, w.mfa(practiceX))
		}
		report, err := w.CheckPrerequisites(ctx, by(riley), practiceX, w.now)
		w.must(err)
		if report.Ready() || len(report.Missing()) != 2 {
			t.Errorf("report %+v", report)
		}
	})
}

func TestPrerequisitesAreReadLive(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.withoutMFA()
		w.update(tom, func(u *idp.User) { u.Username = "info@example.com" })
		w.must(w.store.AppendEvent(t.Context(), idp.AuditEvent{
			ID: idp.NewEventID(w.now), At: w.now, Type: idp.EventSigninSucceeded, Actor: by(tom).Actor, PracticeID: practiceX,
			UserID: "usr_" + tom, ClientID: "timesheets", Result: idp.ResultSuccess, UserAgent: "python-requests/2.32",
		}))
		report, err := w.CheckPrerequisites(t.Context(), by(uma), practiceX, w.now.Add(time.Hour))
		w.must(err)
		got := map[string]policy.PrerequisiteState{}
		for _, line := range report.Lines {
			got[line.Name] = line.State
		}
		want := map[string]policy.PrerequisiteState{
			policy.PrerequisiteContacts: policy.PrerequisiteMet, policy.PrerequisiteManagers: policy.PrerequisiteMet,
			policy.PrerequisiteMailboxes: policy.PrerequisiteWarning, policy.PrerequisiteIntegrations: policy.PrerequisiteWarning,
		}
		for name, state := range want {
			if got[name] != state {
				t.Errorf("%s: %s, want %s", name, got[name], state)
			}
		}
		report, err = w.CheckPrerequisites(t.Context(), by(uma), practiceX, w.now.Add(100*24*time.Hour))
		w.must(err)
		if line := report.Lines[len(report.Lines)-1]; line.State != policy.PrerequisiteMet {
			t.Errorf("a program of a hundred days ago: %+v", line)
		}
	})
}

// Two administrators ask at the same moment: one request is open.
func TestOneRequestIsOpen(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.withoutMFA()
		var all sync.WaitGroup
		var made atomic.Int64
		for i := range 10 {
			all.Go(func() {
				_, err := w.RequestActivation(t.Context(), by([]string{uma, olivia}[i%2]), practiceX, "", w.now)
				switch idp.CodeOf(err) {
				case "":
					made.Add(1)
				case idp.CodeConflict, idp.CodeUnavailable:
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if made.Load() != 1 {
			t.Errorf("%d requests", made.Load())
		}
	})
}

func TestMandatoryIsSetAndTakenBack(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.withoutMFA()
		from := w.now.Add(30 * 24 * time.Hour)
		w.must(w.SetMandatory(ctx, by(riley), practiceX, from, w.now))
		if e := w.left("set", idp.EventPracticeMandatory, ""); e.Details["mfa_required_from"] != "none → 2026-03-31T09:00:00Z" {
			t.Errorf("details %v", e.Details)
		}
		w.must(w.SetMandatory(ctx, by(riley), practiceX, from, w.now))
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("no change left %+v", left)
		}
		detail, err := w.FindPractice(ctx, by(uma), practiceX, w.now)
		w.must(err)
		if len(detail.Mandatory) != 1 || detail.Mandatory[0].App != "" || !detail.Mandatory[0].From.Equal(from) {
			t.Errorf("mandates %+v", detail.Mandatory)
		}
		w.must(w.SetMandatory(ctx, by(riley), practiceX, time.Time{}, w.now))
		if e := w.left("take back", idp.EventPracticeMandatory, ""); e.Details["mfa_required_from"] != "2026-03-31T09:00:00Z → none" {
			t.Errorf("details %v", e.Details)
		}
	})
}
