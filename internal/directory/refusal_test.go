package directory_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// ABUSE 32: an administrator of one practice names a person, a session, the practice and an app of another. The answer is that
// of a name that stands for nothing, and the attempt is on record in the administrator's own practice.
func TestNobodyReachesIntoAnotherPractice(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for name, c := range map[string]struct {
			real, made func(context.Context) error
			event      string
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

// ABUSE 33: resetting oneself, or somebody with more rights, or anybody without the right to.
func TestRightsOneDoesNotHave(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		system := directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem}}
		for name, c := range map[string]struct {
			try    func(context.Context) error
			reason string
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
				return w.ResetMFA(ctx, claim(idp.ActorStaff, bob), "usr_"+tom, "lost the phone", w.now)
			}, "no_access"},
			"an app that says client": {func(ctx context.Context) error {
				return w.ResetMFA(ctx, directory.Caller{Actor: idp.Actor{Kind: idp.ActorClient, ID: "timesheets"}}, "usr_"+tom, "lost the phone", w.now)
			}, "inactive"},
			"the system's own password": {func(ctx context.Context) error {
				return w.ResetPassword(ctx, system, directory.NewPassword{New: idp.NewSecret(newPassword)}, w.now)
			}, "no_access"},
			"the system signs out itself": {func(ctx context.Context) error { return w.SignOutEverywhere(ctx, system, w.now) }, "no_access"},
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

// ABUSE 39: the last person with User Management+ access stays, also when two disable each other at the same moment.
func TestLastManagerStays(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		if err := w.DisableUser(ctx, by(riley), "usr_"+bob, w.now); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("the last one: %v", err)
		}
		w.wantRefusal("the last one", "last_manager")
		w.untouched()

		w.update(uma, func(u *idp.User) { u.Roles = w.account(olivia).User.Roles })
		// Both count before either changes anything, where the database lets them: SQLite runs them one after the other.
		var counted sync.WaitGroup
		counted.Add(2)
		met := make(chan struct{})
		go func() {
			counted.Wait()
			close(met)
		}()
		var arrivals atomic.Int32
		w.counted = func() {
			if arrivals.Add(1) <= 2 {
				counted.Done()
			}
			select {
			case <-met:
			case <-time.After(300 * time.Millisecond):
			}
		}
		var both sync.WaitGroup
		for one, other := range map[string]string{olivia: uma, uma: olivia} {
			both.Go(func() {
				err := w.DisableUser(ctx, by(one), idp.UserID("usr_"+other), w.now)
				if code := idp.CodeOf(err); code != "" && code != idp.CodeForbidden {
					t.Errorf("%s disables %s: %v", one, other, err)
				}
			})
		}
		both.Wait()
		if w.account(olivia).User.State == w.account(uma).User.State {
			t.Errorf("both are %s", w.account(olivia).User.State)
		}
	})
}

// untouched checks that nobody was signed out, told, or changed.
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
func (w *town) wantRefusal(what, reason string) {
	w.t.Helper()
	left := w.fresh()
	if len(left) != 1 || left[0].Result != idp.ResultFailure || left[0].Reason != reason {
		w.t.Errorf("%s: events %+v, want a refusal: %s", what, left, reason)
	}
}
