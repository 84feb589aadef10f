package directory_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// ending is a command that ends sessions.
type ending struct {
	event idp.EventType
	give  func(context.Context, *town) error
	ends  []idp.SID // sorted
	by    string    // in the event of each session
}

const newPassword = "granite-window-harbour-4"

func endings() map[string]ending {
	of := func(names ...string) (sids []idp.SID) {
		for _, name := range names {
			sids = append(sids, sessionOf(name, "timesheets"), sessionOf(name, "contacts"))
		}
		slices.Sort(sids)
		return sids
	}
	at := func(app idp.ClientID, names ...string) (sids []idp.SID) {
		for _, name := range names {
			sids = append(sids, sessionOf(name, app))
		}
		slices.Sort(sids)
		return sids
	}
	return map[string]ending{
		"disabled user": {"user.disabled", func(ctx context.Context, w *town) error {
			return w.DisableUser(ctx, by(uma), "usr_"+tom, w.now)
		}, of(tom), "user.disabled"},
		"suspended practice": {"practice.suspended", func(ctx context.Context, w *town) error {
			return w.SuspendPractice(ctx, by(riley), practiceX, w.now)
		}, of(olivia, uma, tom), "practice.suspended"},
		"removed app": {"practice.app_removed", func(ctx context.Context, w *town) error {
			return w.RemoveApp(ctx, by(riley), practiceX, "contacts", w.now)
		}, at("contacts", olivia, uma, tom), "practice.app_removed"},
		"changed password": {"password.changed", func(ctx context.Context, w *town) error {
			return w.ChangePassword(ctx, by(tom), directory.NewPassword{
				Current: idp.NewSecret(password), New: idp.NewSecret(newPassword),
			}, w.now)
		}, of(tom), "password.changed"},
		"reset password": {"password.reset", func(ctx context.Context, w *town) error {
			return w.ResetByLink(ctx, origin(), w.mailed(tom, idp.LinkPasswordReset), idp.NewSecret(newPassword), w.now)
		}, of(tom), "password.reset"},
		"frozen account": {"user.frozen", func(ctx context.Context, w *town) error {
			return w.FreezeByLink(ctx, origin(), w.mailed(tom, idp.LinkNotMe), w.now)
		}, of(tom), "user.frozen"},
		"changed roles": {"user.updated", func(ctx context.Context, w *town) error {
			return w.edit(by(olivia), tom, directory.UserEdit{Roles: &[]idp.Role{idp.RoleUserManagement}})
		}, of(tom), "user.updated"},
		"changed user name": {"user.updated", func(ctx context.Context, w *town) error {
			return w.edit(by(uma), tom, directory.UserEdit{Username: ptr("tom.new@example.com")})
		}, of(tom), "user.updated"},
		"blocked app": {"user.updated", func(ctx context.Context, w *town) error {
			return w.edit(by(uma), tom, directory.UserEdit{BlockedApps: &[]idp.ClientID{"contacts"}})
		}, of(tom), "user.updated"},
		"reset MFA": {"mfa.reset", func(ctx context.Context, w *town) error {
			return w.ResetMFA(ctx, by(olivia), "usr_"+tom, "lost the phone", w.now)
		}, of(tom), "mfa.reset"},
		"sign out everywhere": {"", func(ctx context.Context, w *town) error {
			return w.SignOutEverywhere(ctx, by(tom), w.now)
		}, of(tom), "sign_out_everywhere"},
		"one session, by its owner": {"", func(ctx context.Context, w *town) error {
			return w.EndSession(ctx, by(tom), sessionOf(tom, "contacts"), w.now)
		}, at("contacts", tom), "end_session"},
		"one session, at Your account": {"", func(ctx context.Context, w *town) error {
			return w.EndOwnSession(ctx, by(tom), sessionOf(tom, "contacts"), w.now)
		}, at("contacts", tom), "end_session"},
		"one session, by an administrator": {"", func(ctx context.Context, w *town) error {
			return w.EndSession(ctx, by(uma), sessionOf(tom, "timesheets"), w.now)
		}, at("timesheets", tom), "end_session"},
	}
}

// ABUSE 35: exactly the sessions that rested on what was taken away end, their refresh tokens with them, their apps are told,
// and the record says of each who did it and how.
func TestEveryCommandEndsWhatItMustAndNothingElse(t *testing.T) {
	for name, e := range endings() {
		t.Run(name, func(t *testing.T) {
			inTown(t, func(t *testing.T, w *town) {
				w.must(e.give(t.Context(), w))
				if diff := cmp.Diff(e.ends, w.ended()); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(e.ends, w.told()); diff != "" {
					t.Errorf("apps told: %s", diff)
				}
				commands := 0
				var sids []idp.SID
				for _, event := range w.fresh() {
					if event.Address != "203.0.113.9" || event.Actor.ID == "" || event.PracticeID != practiceX || event.Result != idp.ResultSuccess {
						t.Errorf("event %+v", event)
					}
					switch event.Type {
					case e.event:
						commands++
					case idp.EventSessionEnded:
						sids = append(sids, event.SID)
						if event.Reason != "revoked" || event.Details["by"] != e.by || event.ClientID == "" || event.UserID == "" {
							t.Errorf("event of a session: %+v", event)
						}
					default:
						t.Errorf("unexpected %s", event.Type)
					}
				}
				slices.Sort(sids)
				if diff := cmp.Diff(e.ends, sids); diff != "" {
					t.Errorf("events of sessions: %s", diff)
				}
				if commands > 1 || commands == 0 && e.event != "" {
					t.Errorf("%d events %s", commands, e.event)
				}
			})
		})
	}
}

// Nothing is half-done: where the messages to the apps can't be queued, the person stays as before.
func TestNothingHappensWhereTheAppsCannotBeTold(t *testing.T) { // ABUSE 43
	for name, e := range endings() {
		t.Run(name, func(t *testing.T) {
			inTown(t, func(t *testing.T, w *town) {
				before := w.account(tom)
				w.broken = errors.New("the queue is gone")
				if err := e.give(t.Context(), w); err == nil {
					t.Fatal("it worked")
				}
				if over := w.ended(); len(over) != 0 {
					t.Errorf("ended %v", over)
				}
				after := w.account(tom)
				if after.User.Version != before.User.Version || after.Practice.Version != before.Practice.Version || len(after.Authenticators) != 2 || after.PIN == nil {
					t.Errorf("changed: %+v", after)
				}
				if left := w.fresh(); len(left) != 0 {
					t.Errorf("events %+v", left)
				}
			})
		})
	}
}

func TestDoneTwiceIsDoneOnce(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for range 2 {
			w.must(w.DisableUser(ctx, by(uma), "usr_"+tom, w.now))
			w.must(w.SuspendPractice(ctx, by(riley), practiceY, w.now))
			w.must(w.RemoveApp(ctx, by(riley), practiceX, "contacts", w.now))
			w.must(w.EndSession(ctx, by(uma), sessionOf(uma, "timesheets"), w.now))
		}
		counts := map[idp.EventType]int{}
		for _, event := range w.fresh() {
			counts[event.Type]++
		}
		for _, kind := range []idp.EventType{"user.disabled", "practice.suspended", "practice.app_removed"} {
			if counts[kind] != 1 {
				t.Errorf("%d events %s", counts[kind], kind)
			}
		}
		if counts["session.ended"] != 7 { // tom 2, bob 2, olivia and uma at contacts, uma at timesheets
			t.Errorf("%d sessions ended", counts["session.ended"])
		}
	})
}

func TestNothingEndedComesBack(t *testing.T) { // ABUSE 46
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.must(w.DisableUser(ctx, by(uma), "usr_"+tom, w.now))
		w.must(w.EnableUser(ctx, by(uma), "usr_"+tom, w.now))
		w.must(w.SuspendPractice(ctx, by(riley), practiceY, w.now))
		w.must(w.ResumePractice(ctx, by(riley), practiceY, w.now))
		if got := w.account(tom); got.User.State != idp.UserActive || got.User.Version != 3 {
			t.Errorf("tom: %+v", got.User)
		}
		if got := w.account(bob); got.Practice.State != idp.PracticeActive {
			t.Errorf("bob's practice: %+v", got.Practice)
		}
		if over := w.ended(); len(over) != 4 {
			t.Errorf("ended %v", over)
		}
	})
}

func TestResetMFAClearsWhatItRestsOn(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, proof := range []idp.Proof{idp.ProofCode, idp.ProofPIN, idp.ProofPassword} {
			w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
				return tx.UpdateGuard(ctx, "usr_"+tom, proof, func(g idp.Guard) idp.Guard {
					g.Failures, g.Locks, g.Locked = 5, 3, true
					return g
				})
			})
		}
		w.must(w.ResetMFA(t.Context(), by(olivia), "usr_"+tom, "lost the phone", w.now))
		account := w.account(tom)
		if len(account.Authenticators) != 0 || account.PIN != nil || account.User.PasswordHash.IsZero() {
			t.Errorf("left: %+v", account)
		}
		for _, proof := range []idp.Proof{idp.ProofCode, idp.ProofPIN} {
			if g := w.guard("usr_"+tom, proof); g.Locked || g.Failures != 0 || g.Locks != 0 {
				t.Errorf("%s is still guarded: %+v", proof, g)
			}
		}
		if g := w.guard("usr_"+tom, idp.ProofPassword); !g.Locked { // ABUSE 18
			t.Error("resetting MFA unlocked the password")
		}
		if len(w.notices) != 2 || w.notices[0].Kind != idp.NoticeMFAReset || w.notices[0].Email != "tom@example.com" || !w.notices[0].Phone.IsZero() ||
			w.notices[1].Email != "" || w.notices[1].Phone.Reveal() != phone || w.notices[1].TimeZone != "Australia/Hobart" {
			t.Errorf("notices %+v", w.notices)
		}
	})
}

func TestAppIsAddedOnceAndOnlyIfItIsOne(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		if _, _, err := w.RegisterClient(ctx, shell, machine(practiceX), w.now); err != nil {
			t.Fatal(err)
		}
		w.must(w.RemoveApp(ctx, by(riley), practiceX, "contacts", w.now))
		w.fresh()
		for range 2 {
			w.must(w.AddApp(ctx, by(riley), practiceX, "contacts", w.now))
		}
		if left := w.fresh(); len(left) != 1 || left[0].Type != "practice.app_added" || left[0].ClientID != "contacts" {
			t.Errorf("events %+v", left)
		}
		if diff := cmp.Diff([]idp.ClientID{"contacts", "timesheets"}, w.account(tom).Practice.Apps); diff != "" {
			t.Error(diff)
		}
		for _, id := range []idp.ClientID{"none", "fusesign", ""} {
			if err := w.AddApp(ctx, by(riley), practiceX, id, w.now); idp.CodeOf(err) != idp.CodeNotFound {
				t.Errorf("%q: %v", id, err)
			}
		}
	})
}
