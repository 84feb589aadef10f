package directory_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// wantFull checks that a command was refused because the limit is full: in words with a clock time, with the time to wait, with an
// event that names the limit, and with nothing sent. It returns how long the caller has to wait.
func (w *town) wantFull(err error, kind idp.EventType, limit idp.LimitName) time.Duration {
	w.t.Helper()
	var e *idp.Error
	if !errors.As(err, &e) || e.Code != idp.CodeBusy || e.RetryAfter <= 0 || !strings.Contains(e.Public, " at ") || strings.HasPrefix(e.Public, " ") {
		w.t.Fatalf("%s is not full: %v", limit, err)
	}
	if event := w.wantEvent(kind, idp.ResultFailure, idp.ReasonTooMany); event.Details["limit"] != string(limit) {
		w.t.Errorf("event %+v", event)
	}
	if sent := w.mail(); len(sent) != 0 {
		w.t.Errorf("sent %+v", sent)
	}
	return e.RetryAfter
}

func (w *town) invite(caller directory.Caller, username string) error {
	_, err := w.InviteUser(w.t.Context(), caller, directory.Invitation{PracticeID: practiceX, Username: username, Name: "Nell Rota"}, w.now)
	return err
}

// ABUSE 57: an administrator, or who has taken their session, invites 120 people within seconds. What was sent stays, nothing of the
// rest is stored, a colleague is not kept from inviting, and the time that the answer names is right.
func TestInvitationsByOnePersonAreBounded(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		most := policy.DefaultLimits()[idp.LimitInvitationsByActor].Most
		for i := range most {
			w.must(w.invite(by(olivia), fmt.Sprintf("nell%d@example.com", i)))
		}
		if sent := w.mail(); len(sent) != most {
			t.Errorf("%d were invited", len(sent))
		}
		w.fresh()
		var wait time.Duration
		for range 120 - most {
			wait = w.wantFull(w.invite(by(olivia), "late@example.com"), idp.EventUserInvited, idp.LimitInvitationsByActor)
		}
		if _, err := w.store.FindAccountByUsername(t.Context(), "late@example.com"); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("a person who was refused is there: %v", err)
		}
		w.must(w.invite(by(uma), "other@example.com"))
		w.now = w.now.Add(wait)
		w.must(w.invite(by(olivia), "late@example.com"))
	})
}

// ABUSE 57: several administrators of one practice, and one of APS's own programs, can't send more for the practice together.
func TestInvitationsForOnePracticeAreBounded(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.must(w.invite(by(olivia), "one@example.com"))
		w.must(w.invite(by(uma), "two@example.com"))
		w.mail()
		w.fresh()
		w.wantFull(w.invite(by(olivia), "three@example.com"), idp.EventUserInvited, idp.LimitInvitationsByPractice)
		w.wantFull(w.invite(by(uma), "three@example.com"), idp.EventUserInvited, idp.LimitInvitationsByPractice)
		for i := range 10 { // the server's own command line, as apply does
			w.must(w.invite(shell, strconv.Itoa(i)+"@example.com"))
		}
	}, idp.Limits{idp.LimitInvitationsByPractice: {Most: 2, Window: 24 * time.Hour}})
}

// ABUSE 57: an attacker fills one mailbox: with invitations that are sent again, under addresses that lead to it, and by a person who
// has not joined and whose address is changed to it and away from it.
func TestInvitationsToOneMailboxAreBounded(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		other, _ := w.invited("other@example.com")
		nell, _ := w.invited("victim@example.com")
		w.must(w.ResendInvite(ctx, by(olivia), nell.ID, w.now))
		w.must(w.invite(by(olivia), "victim+1@example.com"))
		w.mail()
		w.fresh()
		w.wantFull(w.ResendInvite(ctx, by(uma), nell.ID, w.now), idp.EventInviteResent, idp.LimitInvitationsToMailbox)
		w.wantFull(w.invite(by(olivia), "victim+2@example.com"), idp.EventUserInvited, idp.LimitInvitationsToMailbox)
		away := "Victim+3@example.com"
		_, err := w.UpdateUser(ctx, by(olivia), other.ID, directory.UserEdit{Version: other.Version, Username: &away}, w.now)
		w.wantFull(err, idp.EventUserUpdated, idp.LimitInvitationsToMailbox)
	}, idp.Limits{idp.LimitInvitationsToMailbox: {Most: 3, Window: 24 * time.Hour}})
}

// ABUSE 57: an administrator sends 60 resets to one mailbox. The person's own request still leads to a mail (ABUSE 18), and requests
// of visitors do not use up what an administrator may send.
func TestPasswordResetsAreBounded(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx, limits := t.Context(), policy.DefaultLimits()
		for range limits[idp.LimitRequestedMailsToMailbox].Most + 2 {
			w.must(w.RequestPasswordReset(ctx, origin(), "tom@example.com", w.now))
		}
		w.mail()
		most := limits[idp.LimitResetsToMailbox].Most
		for range most {
			w.must(w.SendPasswordReset(ctx, by(olivia), "usr_"+tom, w.now))
		}
		if sent := w.mail(); len(sent) != most {
			t.Errorf("%d were sent", len(sent))
		}
		w.fresh()
		for range 60 - most {
			w.wantFull(w.SendPasswordReset(ctx, by(uma), "usr_"+tom, w.now), idp.EventPasswordResetSent, idp.LimitResetsToMailbox)
		}
		w.now = w.now.Add(40 * time.Minute)
		w.must(w.RequestPasswordReset(ctx, origin(), "tom@example.com", w.now))
		w.letter(idp.NoticePasswordReset)
	})
}

// ABUSE 57: an administrator changes a person's rights, user name and MFA to and fro, because the person is told each time. The change
// waits; none is made without its message.
func TestChangesThatArePostedAreBounded(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx, rights := t.Context(), [][]idp.Role{{idp.RoleUserManagement}, {}}
		for i := range 3 {
			w.must(w.edit(by(olivia), tom, directory.UserEdit{Roles: &rights[i%2]}))
		}
		w.must(w.ResetMFA(ctx, by(olivia), "usr_"+tom, "lost the phone", w.now))
		w.mail()
		w.fresh()
		before, renamed, name := w.account(tom).User, "tom+2@example.com", "Tom Finch"
		w.wantFull(w.edit(by(olivia), tom, directory.UserEdit{Roles: &rights[1]}), idp.EventUserUpdated, idp.LimitChangesByActor)
		w.wantFull(w.edit(by(olivia), tom, directory.UserEdit{Username: &renamed}), idp.EventUserUpdated, idp.LimitChangesByActor)
		w.wantFull(w.ResetMFA(ctx, by(olivia), "usr_"+tom, "lost the phone", w.now), idp.EventMFAReset, idp.LimitChangesByActor)
		if after := w.account(tom).User; after.Version != before.Version {
			t.Errorf("changed: %+v", after)
		}
		w.must(w.edit(by(olivia), tom, directory.UserEdit{Name: &name})) // of which no one is told
		w.must(w.DisableUser(ctx, by(olivia), "usr_"+tom, w.now))        // what stops an attacker has no limit
	}, idp.Limits{idp.LimitChangesByActor: {Most: 4, Window: time.Hour}})
}

// ABUSE 18, 57: an attacker at an open page sends the owner text messages, one for each new PIN. The limit is of that sign-in: it keeps
// the owner, who has another, from nothing; and a new password is never kept back.
func TestChangesOfTheOwnAccountAreBounded(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx, here, elsewhere := t.Context(), by(tom), by(tom)
		here.SID, elsewhere.SID = sessionOf(tom, "timesheets"), sessionOf(tom, "contacts")
		pin := func(caller directory.Caller) error {
			return w.ChangePIN(ctx, caller, idp.NewSecret("804713"), idp.NewSecret("804713"), w.now)
		}
		w.must(pin(here))
		w.must(pin(here))
		w.mail()
		w.fresh()
		w.wantFull(pin(here), idp.EventPINChanged, idp.LimitOwnChanges)
		w.must(pin(elsewhere))
		w.must(w.ChangePassword(ctx, here, directory.NewPassword{Current: idp.NewSecret(password), New: idp.NewSecret(newPassword)}, w.now))
	}, idp.Limits{idp.LimitOwnChanges: {Most: 2, Window: time.Hour}})
}
