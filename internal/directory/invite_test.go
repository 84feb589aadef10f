package directory_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func TestInvitationIsAcceptedOnce(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		user, token := w.invited("Nell@Example.com ", idp.RoleUserManagement)
		if e := w.wantEvent(idp.EventUserInvited, idp.ResultSuccess, ""); e.UserID != user.ID || e.PracticeID != practiceX ||
			e.Details["username"] != "nell@example.com" || e.Details["roles"] != "user_management" {
			t.Errorf("event %+v", e)
		}
		shown, err := w.ViewLink(ctx, token, w.now)
		w.must(err)
		if shown.Purpose != idp.LinkInvite || shown.Username != "nell@example.com" || !shown.ExpiresAt.Equal(w.now.Add(7*24*time.Hour)) {
			t.Errorf("shown %+v", shown)
		}
		wantField(t, w.AcceptInvite(ctx, origin(), token, idp.NewSecret("short"), w.now), "new_password") // leaves the link open

		const posts = 8 // each hashes; the links of TestOfManyPostsOneCounts do not
		w.atOnce(posts, func() error { return w.AcceptInvite(ctx, origin(), token, idp.NewSecret(newPassword), w.now) })
		account, err := w.store.FindAccount(ctx, user.ID)
		w.must(err)
		if account.User.Invited() || !account.User.EmailVerifiedAt.Equal(w.now) || !account.User.PasswordChangedAt.Equal(w.now) {
			t.Errorf("joined as %+v", account.User)
		}
		kinds := map[string]int{}
		for _, e := range w.fresh() {
			kinds[string(e.Type)+" "+string(e.Result)]++
			if e.UserID != user.ID || e.PracticeID != practiceX || e.Type == idp.EventInviteAccepted && e.Actor.ID != string(user.ID) {
				t.Errorf("event %+v", e)
			}
		}
		if kinds["user.invite_accepted success"] != 1 || kinds["link.refused failure"] != posts-1 || len(kinds) != 2 {
			t.Errorf("events %v", kinds)
		}
		if _, err := w.ViewLink(ctx, token, w.now); !errors.Is(err, idp.ErrUsed) {
			t.Errorf("viewed again: %v", err)
		}
	})
}

func TestInvitationsThatDoNothing(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		accept := func(token idp.Secret) error {
			_, viewed := w.ViewLink(ctx, token, w.now)
			err := w.AcceptInvite(ctx, origin(), token, idp.NewSecret(newPassword), w.now)
			if idp.CodeOf(viewed) != idp.CodeOf(err) {
				t.Errorf("viewed: %v, posted: %v", viewed, err)
			}
			return err
		}
		nell, first := w.invited("nell@example.com")
		w.must(w.ResendInvite(ctx, by(uma), nell.ID, w.now))
		second := w.letter(idp.NoticeInvite).Link
		wantCode(t, "one that was sent again", accept(first), idp.CodeUsed)

		w.must(w.RevokeInvite(ctx, by(uma), nell.ID, w.now))
		wantCode(t, "one that was revoked", accept(second), idp.CodeUsed)
		if got, err := w.store.FindAccount(ctx, nell.ID); err != nil || got.User.State != idp.UserDisabled {
			t.Errorf("revoked: %+v %v", got.User, err)
		}
		w.must(w.EnableUser(ctx, by(uma), nell.ID, w.now)) // ABUSE 46
		wantCode(t, "one of somebody who was enabled again", accept(second), idp.CodeUsed)

		_, late := w.invited("noel@example.com")
		w.now = w.now.Add(directory.InviteLife)
		wantCode(t, "one that is over", accept(late), idp.CodeUsed)
		wantCode(t, "one that never was", accept(idp.RandomSecret(32)), idp.CodeNotFound)
		wantCode(t, "1 MB", accept(idp.NewSecret(strings.Repeat("a", 1<<20))), idp.CodeNotFound)

		reset := w.mailed(tom, idp.LinkPasswordReset)
		w.fresh()
		err := w.AcceptInvite(ctx, origin(), reset, idp.NewSecret(newPassword), w.now)
		wantCode(t, "a link for something else", err, idp.CodeNotFound)
		w.wantEvent(idp.EventLinkRefused, idp.ResultFailure, "not_found")
		if _, err := w.ViewLink(ctx, reset, w.now); err != nil {
			t.Errorf("the other link: %v", err)
		}
	})
}

func TestWhoCannotBeInvited(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		good := directory.Invitation{PracticeID: practiceX, Username: "nell@example.com", Name: "Nell"}
		for field, change := range map[string]func(*directory.Invitation){
			"username":     func(n *directory.Invitation) { n.Username = "nell@example.com\r\nBcc: all@example.com" },
			"name":         func(n *directory.Invitation) { n.Name = "Nell\u2028" },
			"roles":        func(n *directory.Invitation) { n.Roles = []idp.Role{"god"} },
			"blocked_apps": func(n *directory.Invitation) { n.BlockedApps = []idp.ClientID{"payroll"} },
		} {
			n := good
			change(&n)
			_, err := w.InviteUser(t.Context(), shell, n, w.now)
			wantField(t, err, field)
		}
		staffer := good
		staffer.Roles = []idp.Role{idp.RoleAPSStaff} // not even by the shell: they work at APS or they don't
		_, err := w.InviteUser(t.Context(), shell, staffer, w.now)
		wantField(t, err, "roles")
		w.untouched()

		taken := good
		taken.Username = "tom@example.com" // a colleague, whom the caller sees anyway
		_, err = w.InviteUser(t.Context(), by(olivia), taken, w.now)
		var coded *idp.Error
		if !errors.As(err, &coded) || coded.Code != idp.CodeConflict || coded.Field != "username" {
			t.Errorf("a name of the same practice: %v", err)
		}
		taken.Username = "bob@example.com" // ABUSE 26: that a person of another practice has it must not be told
		_, err = w.InviteUser(t.Context(), by(olivia), taken, w.now)
		wantField(t, err, "username")
		if strings.Contains(err.Error(), "practice") || strings.Contains(err.Error(), "belongs") {
			t.Errorf("a name of another practice: %v", err)
		}
		w.untouched()
	})
}

func TestSomebodyInvitedCannotSignInNorReset(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		nell, _ := w.invited("nell@example.com")
		wantCode(t, "a reset by an administrator", w.SendPasswordReset(t.Context(), by(olivia), nell.ID, w.now), idp.CodeForbidden)
		wantCode(t, "an invitation to somebody who has joined", w.ResendInvite(t.Context(), by(olivia), "usr_"+tom, w.now), idp.CodeForbidden)
		wantCode(t, "taking it back", w.RevokeInvite(t.Context(), by(olivia), "usr_"+tom, w.now), idp.CodeForbidden)
		account, err := w.store.FindAccount(t.Context(), nell.ID)
		w.must(err)
		if !account.User.Invited() {
			t.Errorf("%+v", account.User)
		}
		if sent := w.mail(); len(sent) != 0 {
			t.Errorf("sent %+v", sent)
		}
	})
}
