package directory_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// permitted lists the commands of a menu that the caller may give, sorted.
func permitted(menu map[policy.Command]string) (commands []policy.Command) {
	for command, whyNot := range menu {
		if whyNot == "" {
			commands = append(commands, command)
		}
	}
	slices.Sort(commands)
	return commands
}

func TestPersonIsShownWithoutSecrets(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.UpdateGuard(ctx, policy.PasswordGuard("tom@example.com"), idp.ProofPassword, func(g idp.Guard) idp.Guard {
				return policy.LockUntil(g, w.now.Add(time.Hour), w.now)
			})
		})
		for _, name := range []string{olivia, tom, riley} { // an administrator, the person, APS staff
			d, err := w.FindUser(t.Context(), by(name), "usr_"+tom, w.now)
			w.must(err)
			if !d.Account.User.PasswordHash.IsZero() || d.Account.User.Invited() || len(d.Account.Authenticators) != 2 || d.Account.PIN == nil || !d.Account.PIN.Hash.IsZero() {
				t.Errorf("%s sees %+v", name, d.Account)
			}
			for _, a := range d.Account.Authenticators {
				if !a.TOTPKey.IsZero() || !a.Phone.IsZero() {
					t.Errorf("%s sees the secret of %s", name, a.Kind)
				}
				if shown := d.Phones[a.ID]; a.Kind == idp.KindSMS && (!strings.HasSuffix(shown, "156") || strings.Contains(shown, "49157")) {
					t.Errorf("%s sees the number as %q", name, shown)
				}
			}
			if len(d.Locks) != 1 || d.Locks[0].Proof != idp.ProofPassword || d.Invite != nil {
				t.Errorf("%s sees locks %+v, invitation %+v", name, d.Locks, d.Invite)
			}
		}
		d, err := w.FindUser(t.Context(), by(olivia), "usr_"+tom, w.now.Add(2*time.Hour))
		w.must(err)
		if len(d.Locks) != 0 || d.May[policy.CommandUnlockUser] == "" {
			t.Errorf("a lock that is over: %+v %v", d.Locks, d.May)
		}
		if len(w.fresh()) != 0 {
			t.Error("looking left an event")
		}
	})
}

func TestMenuOffersWhatTheCallerMayDo(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		nell, _ := w.invited("nell@example.com")
		active := []policy.Command{policy.CommandResetMFA, policy.CommandSendPasswordReset, policy.CommandEndSession, policy.CommandDisableUser, policy.CommandEditUser}
		invited := []policy.Command{policy.CommandResendInvite, policy.CommandRevokeInvite, policy.CommandResetMFA, policy.CommandEndSession, policy.CommandDisableUser, policy.CommandEditUser}
		slices.Sort(active)
		slices.Sort(invited)
		both := []idp.Role{idp.RoleUserManagement, idp.RoleSystemAdministrator}
		for what, c := range map[string]struct {
			by     string
			id     idp.UserID
			may    []policy.Command
			grants []idp.Role
			why    string
		}{
			"a manager and a colleague":            {uma, "usr_" + tom, active, []idp.Role{idp.RoleUserManagement}, ""},
			"an administrator and a colleague":     {olivia, "usr_" + tom, active, both, ""},
			"a manager and somebody invited":       {uma, nell.ID, invited, []idp.Role{idp.RoleUserManagement}, ""},
			"a manager and an administrator":       {uma, "usr_" + olivia, nil, nil, "rights that you don’t have"},
			"oneself":                              {uma, "usr_" + uma, nil, nil, "your own account"},
			"APS staff and somebody of a practice": {riley, "usr_" + tom, nil, nil, "support case"}, // ABUSE 39
		} {
			d, err := w.FindUser(t.Context(), by(c.by), c.id, w.now)
			w.must(err)
			if diff := cmp.Diff(c.may, permitted(d.May)); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
			if diff := cmp.Diff(c.grants, d.Grants); diff != "" {
				t.Errorf("%s grants: %s", what, diff)
			}
			if c.why != "" && !strings.Contains(d.May[policy.CommandResetMFA], c.why) {
				t.Errorf("%s: %q", what, d.May[policy.CommandResetMFA])
			}
			if invited := d.Invite != nil; invited != (c.id == nell.ID) || invited && (d.Invite.Hash != "" || !d.Invite.IsOpen(w.now)) {
				t.Errorf("%s: invitation %+v", what, d.Invite)
			}
		}
	})
}

func TestPracticeSeesItsOwnPeopleAndEvents(t *testing.T) { // ABUSE 32
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		people, next, err := w.ListUsers(ctx, by(uma), practiceX, directory.UserQuery{}, page(), w.now)
		w.must(err)
		var names []string
		for _, p := range people {
			names = append(names, p.User.Name)
			if p.User.PracticeID != practiceX || !p.User.PasswordHash.IsZero() || p.User.Invited() {
				t.Errorf("listed %+v", p.User)
			}
		}
		if diff := cmp.Diff([]string{olivia, tom, uma}, names); diff != "" || next != "" {
			t.Errorf("%s, next %q", diff, next)
		}
		w.must(w.ResetMFA(ctx, by(olivia), "usr_"+tom, "lost the phone", w.now))
		mine := directory.EventQuery{UserID: "usr_" + tom}
		own, _, err := w.ListEvents(ctx, by(tom), practiceX, mine, page(), w.now)
		w.must(err)
		if len(own) == 0 {
			t.Error("tom does not see his own")
		}
		for _, e := range own {
			if e.UserID != "usr_"+tom {
				t.Errorf("tom sees %+v", e)
			}
		}
		w.fresh()
		for what, try := range map[string]func() error{
			"a colleague's events": func() error {
				return only2(w.ListEvents(ctx, by(tom), practiceX, directory.EventQuery{UserID: "usr_" + uma}, page(), w.now))
			},
			"the whole practice's": func() error {
				return only2(w.ListEvents(ctx, by(tom), practiceX, directory.EventQuery{}, page(), w.now))
			},
			"what belongs to no practice": func() error { return only2(w.ListEvents(ctx, by(tom), "", mine, page(), w.now)) },
		} {
			wantCode(t, what, try(), idp.CodeForbidden)
			w.wantAttempt(what, tom, practiceX)
		}
		_, _, err = w.ListEvents(ctx, by(riley), "", directory.EventQuery{}, page(), w.now)
		w.must(err)
		w.update(tom, func(u *idp.User) { u.State = idp.UserDisabled })
		_, _, err = w.ListEvents(ctx, by(tom), practiceX, mine, page(), w.now)
		wantCode(t, "one's own, disabled", err, idp.CodeForbidden)
	})
}

func TestIntegrationReadsItsOwnPracticeAndChangesNothing(t *testing.T) { // ABUSE 32, 36
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.furnish()
		client := directory.Caller{Actor: idp.Actor{Kind: idp.ActorClient, ID: string(integrationX)}, Address: "203.0.113.9"}
		_, _, err := w.ListUsers(ctx, client, practiceX, directory.UserQuery{}, page(), w.now)
		w.must(err)
		_, err = w.FindUser(ctx, client, "usr_"+tom, w.now)
		w.must(err)
		wantCode(t, "a reset", w.ResetMFA(ctx, client, "usr_"+tom, "lost the phone", w.now), idp.CodeForbidden)
		_, err = w.FindUser(ctx, client, "usr_"+bob, w.now)
		wantCode(t, "somebody of another practice", err, idp.CodeNotFound)
		_, _, err = w.ListEvents(ctx, client, practiceY, directory.EventQuery{}, page(), w.now)
		wantCode(t, "another practice's events", err, idp.CodeNotFound)
	})
}

func TestLiveSessionsAreListed(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.must(w.EndSession(ctx, by(tom), sessionOf(tom, "contacts"), w.now))
		for _, name := range []string{tom, uma, riley} {
			live, err := w.ListUserSessions(ctx, by(name), "usr_"+tom, w.now)
			w.must(err)
			if len(live) != 1 || live[0].ID != sessionOf(tom, "timesheets") || live[0].BrowserHash != "" {
				t.Errorf("%s sees %+v", name, live)
			}
		}
		live, err := w.ListUserSessions(ctx, by(tom), "usr_"+tom, w.now.Add(25*time.Hour))
		w.must(err)
		if len(live) != 0 {
			t.Errorf("alive after their lifetime: %+v", live)
		}
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error { // behind many that have ended
			for i := range 450 {
				sid := idp.SID(fmt.Sprintf("ses_later-%d", i))
				at := w.now.Add(time.Duration(i+1) * time.Second)
				if err := tx.StartSession(ctx, idp.Session{
					ID: sid, PracticeID: practiceX, UserID: "usr_" + tom, ClientID: "contacts", BrowserHash: idp.HashToken(string(sid)),
					ACR: idp.ACRPassword, AMR: []idp.AMR{idp.AMRPassword}, AuthTime: at, CreatedAt: at, ExpiresAt: at.Add(time.Minute),
					LastActivity: at, SignOn: sid,
				}); err != nil {
					return err
				}
			}
			return nil
		})
		live, err = w.ListUserSessions(ctx, by(tom), "usr_"+tom, w.now.Add(time.Hour))
		w.must(err)
		if len(live) != 1 || live[0].ID != sessionOf(tom, "timesheets") {
			t.Errorf("%d are alive", len(live))
		}
	})
}
