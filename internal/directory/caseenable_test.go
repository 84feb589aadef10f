package directory_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// ABUSE 18, 39: Olivia froze her own account, and no one in the practice may open it again: Uma has fewer rights. An attacker who
// knew the password may still know it, so a link to choose another one goes to the mailbox at once.
func TestCaseLetsBackInWhomNobodyElseCould(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		later := d.town.mailed(olivia, idp.LinkNotMe) // another warning in the same mailbox
		d.must(d.FreezeByLink(ctx, origin(), d.town.mailed(olivia, idp.LinkNotMe), d.now))
		id := d.submitted(idp.CaseEnableUser, olivia)
		d.must(d.DecideCase(ctx, staffer(noor), id, true, "Olivia answered at the number on file.", d.now))
		if state := d.account(olivia).User.State; state != idp.UserDisabled {
			t.Fatalf("olivia is %s before it was carried out", state)
		}
		before := d.account(olivia)
		d.fresh()
		d.notices = nil
		d.must(only(d.PerformCase(ctx, staffer(riley), id, d.now)))
		event := d.one(idp.EventCaseDone, idp.ResultSuccess, "")
		if event.UserID != "usr_"+olivia || event.Details["action"] != "enable_user" || event.Details["sent"] != "password_reset" {
			t.Errorf("on record: %+v", event)
		}
		after := d.account(olivia)
		if after.User.State != idp.UserActive || len(after.User.Roles) != len(before.User.Roles) || len(after.Authenticators) != len(before.Authenticators) {
			t.Errorf("olivia came back as %+v", after)
		}
		letters := d.notices
		if got := readers(d.mailed(idp.NoticeCaseDone)); got != "olivia uma" {
			t.Errorf("told: %s", got)
		}
		d.notices = letters
		sent := d.mailed(idp.NoticePasswordReset)
		if readers(sent) != olivia || !sent[0].Until.Equal(d.now.Add(directory.ResetLife)) {
			t.Fatalf("links: %+v", sent)
		}
		d.must(d.ResetByLink(ctx, origin(), sent[0].Link, idp.NewSecret("a password of after the case"), d.now))
		wantCode(t, "a warning from before", d.FreezeByLink(ctx, origin(), later, d.now), idp.CodeUsed)
		wantCode(t, "again", only(d.PerformCase(ctx, staffer(riley), id, d.now)), idp.CodeConflict)
	})
}

// A practice of one: the person's own mailbox may confirm, though the account is shut.
func TestCaseSendsItsCodeToWhomItEnables(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		d.update(olivia, func(u *idp.User) { u.State = idp.UserDisabled })
		id := d.open(idp.CaseEnableUser, olivia).ID
		d.must(d.check(id, idp.CheckCallBack, idp.CheckPassed))
		d.notices = nil
		d.must(d.SendCaseCode(ctx, staffer(riley), id, "usr_"+olivia, d.now))
		code := d.mailed(idp.NoticeCaseCode)[0].Code
		d.must(d.RecordCheck(ctx, staffer(riley), id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: code}, d.now))
		d.must(d.SubmitCase(ctx, staffer(riley), id, d.now))
		d.update(uma, func(u *idp.User) { u.State = idp.UserDisabled })
		other := d.open(idp.CaseEnableUser, uma).ID
		wantCode(t, "to an administrator who is shut out", d.SendCaseCode(ctx, staffer(riley), other, "usr_"+olivia, d.now), idp.CodeInvalid)
	})
}

// A person who never chose a password has none that an attacker could know, and no mailbox that was ever proved.
func TestCaseLetsBackInWhoNeverJoined(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		for _, name := range []string{olivia, uma, tom} {
			d.update(name, func(u *idp.User) { u.State = idp.UserDisabled })
		}
		d.update(tom, func(u *idp.User) { u.PasswordHash, u.PasswordChangedAt = idp.Secret{}, time.Time{} })
		id := d.submitted(idp.CaseEnableUser, tom)
		open := d.open(idp.CaseEnableUser, tom).ID
		wantCode(t, "a code to a mailbox that nobody has used", d.SendCaseCode(t.Context(), staffer(riley), open, "usr_"+tom, d.now), idp.CodeInvalid)
		d.must(d.DecideCase(t.Context(), staffer(noor), id, true, "", d.now))
		d.fresh()
		d.notices = nil
		d.must(only(d.PerformCase(t.Context(), staffer(riley), id, d.now)))
		if event := d.one(idp.EventCaseDone, idp.ResultSuccess, ""); event.Details["sent"] != "" {
			t.Errorf("on record: %v", event.Details)
		}
		if sent := d.mailed(idp.NoticePasswordReset); len(sent) != 0 {
			t.Errorf("links: %+v", sent)
		}
		if !d.account(tom).User.Invited() {
			t.Error("tom can't join")
		}
	})
}

func TestCaseLetsNobodyBackInWhomTheirOwnPeopleCould(t *testing.T) { // ABUSE 39
	atDesk(t, func(t *testing.T, d *desk) {
		ask := func(name string) error {
			_, err := d.OpenCase(t.Context(), staffer(riley), directory.NewCase{
				PracticeID: practiceX, UserID: idp.UserID("usr_" + name), Action: idp.CaseEnableUser, Reason: "They rang.",
			}, d.now)
			return err
		}
		wantCode(t, "somebody who is not disabled", ask(tom), idp.CodeForbidden)
		d.one(idp.EventCaseOpened, idp.ResultFailure, "user_active")
		d.update(tom, func(u *idp.User) { u.State = idp.UserDisabled })
		wantCode(t, "while Olivia and Uma are there", ask(tom), idp.CodeForbidden)
		d.one(idp.EventCaseOpened, idp.ResultFailure, "has_manager")

		for _, name := range []string{olivia, uma} {
			d.update(name, func(u *idp.User) { u.State = idp.UserDisabled })
		}
		id := d.submitted(idp.CaseEnableUser, tom)
		d.must(d.DecideCase(t.Context(), staffer(noor), id, true, "", d.now))
		d.update(uma, func(u *idp.User) { u.State = idp.UserActive }) // came back between the approval and the action
		d.fresh()
		wantCode(t, "when Uma is back", only(d.PerformCase(t.Context(), staffer(riley), id, d.now)), idp.CodeForbidden)
		d.one(idp.EventCaseDone, idp.ResultFailure, "has_manager")
		if state := d.account(tom).User.State; state != idp.UserDisabled {
			t.Errorf("tom is %s", state)
		}
	})
}
