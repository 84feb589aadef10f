package directory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func TestEditSaysWhatChangedAndTellsWhomItConcerns(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.update(tom, func(u *idp.User) { u.EmailVerifiedAt = w.now })
		reset := w.mailed(tom, idp.LinkPasswordReset)
		saved, err := w.UpdateUser(t.Context(), by(olivia), "usr_"+tom, directory.UserEdit{
			Version: 2, Username: ptr(" Tom.New@example.com"), Name: ptr("Tom Ō"), Roles: &[]idp.Role{idp.RoleUserManagement},
			BlockedApps: &[]idp.ClientID{"contacts", "contacts"},
		}, w.now)
		w.must(err)
		stored := w.account(tom).User
		stored.PasswordHash = idp.Secret{}
		if diff := cmp.Diff(stored, saved, cmp.AllowUnexported(idp.Secret{})); diff != "" {
			t.Errorf("stored and returned differ: %s", diff)
		}
		if saved.Username != "tom.new@example.com" || saved.Version != 3 || !saved.EmailVerifiedAt.IsZero() || len(saved.BlockedApps) != 1 {
			t.Errorf("saved %+v", saved)
		}
		var details map[string]string
		for _, e := range w.fresh() {
			if e.Type == idp.EventUserUpdated {
				details = e.Details
			}
		}
		want := map[string]string{
			"username": "tom@example.com → tom.new@example.com", "name": "tom → Tom Ō", "roles": "none → user_management",
			"blocked_apps": "none → contacts",
		}
		if diff := cmp.Diff(want, details); diff != "" {
			t.Error(diff)
		}
		sent := w.mail() // ABUSE 30
		if len(sent) != 3 || sent[0].Kind != idp.NoticeUsername || sent[0].Email != "tom@example.com" || sent[0].Text != "tom.new@example.com" ||
			sent[1].Kind != idp.NoticeConfirm || sent[1].Email != "tom.new@example.com" || sent[1].By != olivia || sent[1].Link.IsZero() ||
			sent[2].Kind != idp.NoticeRoles || sent[2].Email != "tom.new@example.com" || sent[2].By != olivia || sent[2].Text != "access to User Management+" {
			t.Errorf("sent %+v", sent)
		}
		err = w.ResetByLink(t.Context(), origin(), reset, idp.NewSecret(newPassword), w.now)
		wantCode(t, "a link in the old mailbox", err, idp.CodeUsed)
	})
}

func TestEditOfAnOldCopyIsRefused(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		stale := directory.UserEdit{Version: 1, Roles: &[]idp.Role{idp.RoleUserManagement}}
		w.must(w.edit(by(uma), tom, directory.UserEdit{Name: ptr("Thomas")}))
		w.wantEvent(idp.EventUserUpdated, idp.ResultSuccess, "")
		_, err := w.UpdateUser(t.Context(), by(uma), "usr_"+tom, stale, w.now)
		var coded *idp.Error
		if !errors.As(err, &coded) || coded.Code != idp.CodeConflict || coded.Field != "" || coded.Public == "" {
			t.Errorf("an old copy: %v", err)
		}
		err = w.edit(by(uma), tom, directory.UserEdit{Username: ptr("bob@example.com")})
		wantField(t, err, "username") // ABUSE 26: not that it is taken, which is for those alone who may see the person
		if strings.Contains(err.Error(), "practice") || strings.Contains(err.Error(), "belongs") {
			t.Errorf("a user name of another practice: %v", err)
		}
		if e := w.wantEvent(idp.EventUserUpdated, idp.ResultFailure, idp.ReasonUsernameRefused); e.PracticeID != practiceX || e.UserID != "" {
			t.Errorf("event %+v", e)
		}
		err = w.edit(by(uma), tom, directory.UserEdit{Username: ptr("olivia@example.com")})
		if !errors.As(err, &coded) || coded.Code != idp.CodeConflict || coded.Field != "username" {
			t.Errorf("a user name of the same practice: %v", err)
		}
		w.wantEvent(idp.EventUserUpdated, idp.ResultFailure, idp.ReasonUsernameTaken)
		w.must(w.edit(by(uma), tom, directory.UserEdit{Name: ptr("Thomas"), Username: ptr("tom@example.com")})) // as it is
		if user := w.account(tom).User; user.Version != 2 || len(user.Roles) != 0 {
			t.Errorf("changed: %+v", user)
		}
		if left := w.fresh(); len(left) != 0 {
			t.Errorf("events %+v", left)
		}
		if over := w.ended(); len(over) != 0 || len(w.notices) != 0 {
			t.Errorf("ended %v, told %v", over, w.notices)
		}
	})
}

func TestEditsThatAreRefused(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for field, edit := range map[string]directory.UserEdit{
			"username":     {Username: ptr("tom")},
			"name":         {Name: ptr("Tom\x1b[31m")},
			"roles":        {Roles: &[]idp.Role{idp.RoleAPSStaff}},
			"blocked_apps": {BlockedApps: &[]idp.ClientID{"payroll"}},
		} {
			wantField(t, w.edit(shell, tom, edit), field)
		}
		wantField(t, w.edit(shell, tom, directory.UserEdit{BlockedApps: &[]idp.ClientID{idp.AppAccount}}), "blocked_apps")
		w.untouched()
	})
}

func TestCorrectedAddressGetsTheInvitation(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		nell, wrong := w.invited("nel@example.com")
		_, err := w.UpdateUser(t.Context(), by(uma), nell.ID, directory.UserEdit{Version: 1, Username: ptr("nell@example.com")}, w.now)
		w.must(err)
		sent := w.letter(idp.NoticeInvite)
		if sent.Email != "nell@example.com" {
			t.Errorf("sent to %s", sent.Email)
		}
		wantCode(t, "the wrong address", w.AcceptInvite(t.Context(), origin(), wrong, idp.NewSecret(newPassword), w.now), idp.CodeUsed)
		w.must(w.AcceptInvite(t.Context(), origin(), sent.Link, idp.NewSecret(newPassword), w.now))
	})
}

func TestResetMFAStatesItsReason(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, bad := range []string{"", " \n ", "lost\x1b[31m", "lost\u202e", "a\u2028b", strings.Repeat("ё", 1001)} { // ABUSE 38
			wantField(t, w.ResetMFA(t.Context(), by(olivia), "usr_"+tom, bad, w.now), "reason")
		}
		w.untouched()
		const why = "Телефон потерян.\nجديد غدا 新しい電話"
		w.must(w.ResetMFA(t.Context(), by(olivia), "usr_"+tom, why, w.now))
		for _, e := range w.fresh() {
			if e.Type == idp.EventMFAReset && e.Details["reason_given"] != why {
				t.Errorf("event %+v", e)
			}
		}
		if w.notices[0].By != olivia {
			t.Errorf("notice %+v", w.notices[0])
		}
	})
}
