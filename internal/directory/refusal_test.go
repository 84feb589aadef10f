package directory_test

import (
	"context"
	"strings"
	"testing"
	"unicode"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// ABUSE 32: an administrator of one practice names a person, a session, the practice and an app of another. The answer is that
// of a name that stands for nothing, and the attempt is on record in the administrator's own practice.
func TestNobodyReachesIntoAnotherPractice(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for name, c := range map[string]struct {
			real, made func(context.Context) error
			event      idp.EventType
			named      string
		}{
			"disable": {
				func(ctx context.Context) error { return w.DisableUser(ctx, by(bob), "usr_"+tom, w.now) },
				func(ctx context.Context) error { return w.DisableUser(ctx, by(bob), "usr_none", w.now) },
				"user.disabled", "named_user",
			},
			"enable": {
				func(ctx context.Context) error { return w.EnableUser(ctx, by(bob), "usr_"+tom, w.now) },
				func(ctx context.Context) error { return w.EnableUser(ctx, by(bob), "usr_none", w.now) },
				"user.enabled", "named_user",
			},
			"reset": {
				func(ctx context.Context) error { return w.ResetMFA(ctx, by(bob), "usr_"+tom, "lost the phone", w.now) },
				func(ctx context.Context) error { return w.ResetMFA(ctx, by(bob), "usr_none", "lost the phone", w.now) },
				"mfa.reset", "named_user",
			},
			"reset of staff": {
				func(ctx context.Context) error {
					return w.ResetMFA(ctx, by(bob), "usr_"+riley, "lost the phone", w.now)
				},
				func(ctx context.Context) error { return w.ResetMFA(ctx, by(bob), "usr_none", "lost the phone", w.now) },
				"mfa.reset", "named_user",
			},
			"session": {
				func(ctx context.Context) error {
					return w.EndSession(ctx, by(bob), sessionOf(tom, "contacts"), w.now)
				},
				func(ctx context.Context) error { return w.EndSession(ctx, by(bob), "ses_none", w.now) },
				"session.ended", "named_session",
			},
			"suspend": {
				func(ctx context.Context) error { return w.SuspendPractice(ctx, by(bob), practiceX, w.now) },
				func(ctx context.Context) error { return w.SuspendPractice(ctx, by(bob), "prc_none", w.now) },
				"practice.suspended", "named_practice",
			},
			"remove an app": {
				func(ctx context.Context) error { return w.RemoveApp(ctx, by(bob), practiceX, "contacts", w.now) },
				func(ctx context.Context) error { return w.RemoveApp(ctx, by(bob), "prc_none", "contacts", w.now) },
				"practice.app_removed", "named_practice",
			},
		} {
			for _, try := range []func(context.Context) error{c.real, c.made} {
				err := try(t.Context())
				if err == nil || err.Error() != idp.ErrNotFound.Error() {
					t.Errorf("%s: %v", name, err)
				}
				left := w.fresh()
				if len(left) != 1 {
					t.Fatalf("%s: events %+v", name, left)
				}
				if e := left[0]; e.PracticeID != practiceY || e.Type != c.event || e.Result != idp.ResultFailure ||
					e.Actor.ID != "usr_"+bob || e.UserID != "" || e.Details[c.named] == "" {
					t.Errorf("%s: event %+v", name, e)
				}
			}
		}
		w.untouched()
	})
}

// ABUSE 38: whatever is typed as a person's identifier names no one, and its event is one that a page can show.
func TestNamesThatAreNoneLeaveHarmlessEvents(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, name := range []string{"", "usr_\x00", "usr_\xff", "usr_\r\n\x1b[31m\u202e\u2028", strings.Repeat("ü", 1<<19)} {
			err := w.DisableUser(t.Context(), by(uma), idp.UserID(name), w.now)
			wantCode(t, "disable", err, idp.CodeNotFound)
			_, err = w.FindUser(t.Context(), by(uma), idp.UserID(name), w.now)
			wantCode(t, "find", err, idp.CodeNotFound)
			left := w.fresh()
			if len(left) != 2 {
				t.Fatalf("%.20q: events %+v", name, left)
			}
			for _, e := range left {
				named := e.Details["named_user"]
				if len(named) > 310 || strings.ContainsFunc(named, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Errorf("%.20q: named as %q", name, named)
				}
			}
		}
	})
}

// ABUSE 33: a caller resets their own account, or a person with more rights, or any person without the right to.
func TestRightsOneDoesNotHave(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for name, c := range map[string]struct {
			try    func(context.Context) error
			reason idp.Reason
		}{
			"oneself": {func(ctx context.Context) error {
				return w.ResetMFA(ctx, by(olivia), "usr_"+olivia, "lost the phone", w.now)
			}, "self"},
			"oneself, as staff": {func(ctx context.Context) error {
				return w.ResetMFA(ctx, by(riley), "usr_"+riley, "lost the phone", w.now)
			}, "self"},
			"disable oneself": {func(ctx context.Context) error { return w.DisableUser(ctx, by(uma), "usr_"+uma, w.now) }, "self"},
			"somebody with more rights": {func(ctx context.Context) error {
				return w.ResetMFA(ctx, by(uma), "usr_"+olivia, "lost the phone", w.now)
			}, "more_rights"},
			"without access":         {func(ctx context.Context) error { return w.ResetMFA(ctx, by(tom), "usr_"+uma, "lost the phone", w.now) }, "no_access"},
			"a colleague's session":  {func(ctx context.Context) error { return w.EndSession(ctx, by(tom), sessionOf(uma, "contacts"), w.now) }, "no_access"},
			"the own practice":       {func(ctx context.Context) error { return w.SuspendPractice(ctx, by(olivia), practiceX, w.now) }, "no_access"},
			"the own practice's app": {func(ctx context.Context) error { return w.RemoveApp(ctx, by(olivia), practiceX, "contacts", w.now) }, "no_access"},
			"APS itself":             {func(ctx context.Context) error { return w.SuspendPractice(ctx, by(riley), "prc_aps", w.now) }, "self"},
			"nobody known": {func(ctx context.Context) error {
				return w.ResetMFA(ctx, by("nobody"), "usr_"+tom, "lost the phone", w.now)
			}, "inactive"},
			"a customer who says staff": {func(ctx context.Context) error {
				return w.ResetMFA(ctx, claim(idp.ActorStaff, tom), "usr_"+uma, "lost the phone", w.now)
			}, "no_access"},
			"staff without a case": {func(ctx context.Context) error { // ABUSE 39
				return w.ResetMFA(ctx, by(riley), "usr_"+tom, "lost the phone", w.now)
			}, "needs_case"},
			"staff and a session": {func(ctx context.Context) error {
				return w.EndSession(ctx, by(riley), sessionOf(tom, "contacts"), w.now)
			}, "needs_case"},
			"somebody else's password": {func(ctx context.Context) error {
				_, err := w.CreateUser(ctx, by(olivia), directory.NewUser{
					PracticeID: practiceX, Username: "eve@example.com", Name: "Eve", Password: idp.NewSecret(newPassword),
				}, w.now)
				return err
			}, "others_password"},
			"a right one lacks, to somebody new": {func(ctx context.Context) error {
				_, err := w.InviteUser(ctx, by(uma), directory.Invitation{
					PracticeID: practiceX, Username: "eve@example.com", Name: "Eve", Roles: []idp.Role{idp.RoleSystemAdministrator},
				}, w.now)
				return err
			}, "more_rights"},
			"a right one lacks": {func(ctx context.Context) error {
				return w.edit(by(uma), tom, directory.UserEdit{Roles: &[]idp.Role{idp.RoleSystemAdministrator}})
			}, "more_rights"},
			"a right of APS": {func(ctx context.Context) error {
				return w.edit(by(olivia), tom, directory.UserEdit{Roles: &[]idp.Role{idp.RoleAPSStaff}})
			}, "more_rights"},
			"the own roles": {func(ctx context.Context) error {
				return w.edit(by(uma), uma, directory.UserEdit{Roles: &[]idp.Role{idp.RoleSystemAdministrator, idp.RoleUserManagement}})
			}, "self"},
			"an authenticator for somebody else": {func(ctx context.Context) error {
				_, err := w.BindAuthenticator(ctx, by(olivia), directory.NewAuthenticator{
					PracticeID: practiceX, UserID: "usr_" + uma, Kind: idp.KindSMS, Country: "AU", Phone: phone,
				}, w.now)
				return err
			}, "no_access"},
			"a PIN for somebody else": {func(ctx context.Context) error {
				return w.SetPIN(ctx, by(olivia), directory.NewPIN{PracticeID: practiceX, UserID: "usr_" + uma, PIN: idp.NewSecret("580341")}, w.now)
			}, "no_access"},
			"an app that says client": {func(ctx context.Context) error {
				return w.ResetMFA(ctx, directory.Caller{Actor: idp.Actor{Kind: idp.ActorClient, ID: "timesheets"}}, "usr_"+tom, "lost the phone", w.now)
			}, "inactive"},
			"the system signs out itself": {func(ctx context.Context) error { return w.SignOutEverywhere(ctx, shell, w.now) }, "no_access"},
		} {
			if err := c.try(t.Context()); idp.CodeOf(err) != idp.CodeForbidden {
				t.Errorf("%s: %v", name, err)
			}
			w.wantRefusal(name, c.reason)
		}
		w.untouched()
	})
}

// claim is a caller who says to be of another kind than they are.
func claim(kind idp.ActorKind, name string) directory.Caller {
	c := by(name)
	c.Kind = kind
	return c
}

// Rights count as they are at the moment of the command, not as they were when the page was opened.
func TestRightsThatWereTakenAway(t *testing.T) { // ABUSE 35
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.update(uma, func(u *idp.User) { u.Roles = nil })
		if err := w.ResetMFA(ctx, by(uma), "usr_"+tom, "lost the phone", w.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("without the role: %v", err)
		}
		w.update(olivia, func(u *idp.User) { u.State = idp.UserDisabled })
		if err := w.ResetMFA(ctx, by(olivia), "usr_"+tom, "lost the phone", w.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("disabled: %v", err)
		}
		if err := w.SignOutEverywhere(ctx, by(olivia), w.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("disabled, for oneself: %v", err)
		}
		w.must(w.SuspendPractice(ctx, by(riley), practiceY, w.now))
		if err := w.ResetMFA(ctx, by(bob), "usr_"+bob, "lost the phone", w.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("of a suspended practice: %v", err)
		}
		if len(w.account(tom).Authenticators) != 2 {
			t.Error("tom was reset")
		}
	})
}

// untouched checks that no person was signed out, told, or changed.
func (w *town) untouched() {
	w.t.Helper()
	if over := w.ended(); len(over) != 0 {
		w.t.Errorf("ended %v", over)
	}
	if len(w.logouts) != 0 || len(w.notices) != 0 {
		w.t.Errorf("queued %+v %+v", w.logouts, w.notices)
	}
	for name := range people() {
		account := w.account(name)
		if account.User.Version != 1 || account.Practice.Version != 1 {
			w.t.Errorf("%s changed: %+v", name, account)
		}
	}
	if account := w.account(tom); len(account.Authenticators) != 2 || account.PIN == nil {
		w.t.Errorf("tom's MFA changed: %+v", account)
	}
}

// wantRefusal checks that nothing happened since but one refusal.
func (w *town) wantRefusal(what string, reason idp.Reason) {
	w.t.Helper()
	left := w.fresh()
	if len(left) != 1 || left[0].Result != idp.ResultFailure || left[0].Reason != reason {
		w.t.Errorf("%s: events %+v, want a refusal: %s", what, left, reason)
	}
}
