package directory_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func TestExplainSignin(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		d.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			for i, step := range []struct {
				kind   idp.EventType
				reason idp.Reason
			}{
				{idp.EventPasswordAccepted, "practice_activated"}, {idp.EventSigninLocked, "code"}, {idp.EventSigninSucceeded, "practice_activated"},
			} {
				at := d.now.Add(time.Duration(i) * time.Minute)
				if err := tx.AppendEvent(ctx, idp.AuditEvent{
					ID: idp.NewEventID(at), At: at, Type: step.kind, Actor: idp.Actor{Kind: idp.ActorUser, ID: "usr_" + tom}, PracticeID: practiceX,
					UserID: "usr_" + tom, ClientID: "timesheets", Result: idp.ResultSuccess, Reason: step.reason, Details: map[string]string{"amr": "pwd otp mfa"},
				}); err != nil {
					return err
				}
			}
			return tx.UpdateGuard(ctx, "usr_"+tom, idp.ProofPIN, func(g idp.Guard) idp.Guard {
				g.Locked = true
				return g
			})
		})
		d.must(d.ResetMFA(ctx, by(uma), "usr_"+tom, "Lost the telephone.", d.now))
		d.do(func(ctx context.Context, tx *sqlstore.Tx) error { // locked again
			return tx.UpdateGuard(ctx, "usr_"+tom, idp.ProofPIN, func(g idp.Guard) idp.Guard {
				g.Locked = true
				return g
			})
		})
		e, err := d.ExplainSignin(ctx, staffer(riley), "usr_"+tom, "timesheets", d.now)
		d.must(err)
		if e.Access != policy.AccessGranted || !e.Required.MFA() || e.Required.Reason != policy.MFAPracticeActivated {
			t.Errorf("access %s, required %+v", e.Access, e.Required)
		}
		if len(e.Rules) != 7 || !e.Rules[6].Applies || slices.ContainsFunc(e.Rules[:6], func(r policy.MFARule) bool { return r.Applies }) {
			t.Errorf("rules %+v", e.Rules)
		}
		if len(e.Kinds) != 0 || e.HasPIN || len(e.Locks) != 1 || e.Locks[0].Proof != idp.ProofPIN {
			t.Errorf("proofs: %v, PIN %t, locks %v", e.Kinds, e.HasPIN, e.Locks)
		}
		if len(e.Signins) != 2 || e.Signins[0].Type != idp.EventSigninSucceeded || e.Signins[1].Reason != "code" {
			t.Errorf("sign-ins %+v", e.Signins)
		}
		if len(e.Sessions) != 1 || e.Sessions[0].Alive || e.Sessions[0].Reason != idp.EndRevoked || e.Sessions[0].By != string(idp.EventMFAReset) || e.Sessions[0].Actor.ID != "usr_"+uma {
			t.Errorf("sessions %+v", e.Sessions)
		}
		if !e.User.PasswordHash.IsZero() || e.Client.Secrets != nil || e.Sessions[0].Session.BrowserHash != "" {
			t.Error("a hash got out")
		}

		d.must(d.RemoveApp(ctx, staffer(riley), practiceX, "contacts", d.now))
		e, err = d.ExplainSignin(ctx, staffer(riley), "usr_"+olivia, "contacts", d.now)
		d.must(err)
		if e.Access != policy.AccessNoApp || len(e.Sessions) != 1 || e.Sessions[0].By != string(idp.EventPracticeAppRemoved) {
			t.Errorf("without the app: %s, %+v", e.Access, e.Sessions)
		}
		e, err = d.ExplainSignin(ctx, staffer(riley), "usr_"+uma, "timesheets", d.now.Add(25*time.Hour))
		d.must(err)
		if len(e.Sessions) != 1 || e.Sessions[0].Alive || e.Sessions[0].Reason != idp.EndLifetime {
			t.Errorf("the day after: %+v", e.Sessions)
		}
	})
}

// ABUSE 32: only APS asks about people of every practice; no other caller learns who is where.
func TestExplanationsAreForStaff(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		explain := func(caller directory.Caller, user idp.UserID, app idp.ClientID) error {
			_, err := d.ExplainSignin(ctx, caller, user, app, d.now)
			return err
		}
		find := func(caller directory.Caller, username string) error {
			_, _, err := d.SearchPeople(ctx, caller, username, d.now)
			return err
		}
		for _, c := range []struct {
			name   string
			try    func() error
			code   idp.Code
			reason idp.Reason
		}{
			{"of another practice", func() error { return explain(by(bob), "usr_"+tom, "timesheets") }, idp.CodeNotFound, "other_practice"},
			{"of nobody", func() error { return explain(by(bob), "usr_none", "timesheets") }, idp.CodeNotFound, "not_found"},
			{"of the own practice", func() error { return explain(by(olivia), "usr_"+tom, "timesheets") }, idp.CodeForbidden, "no_access"},
			{"of an app that is not there", func() error { return explain(staffer(riley), "usr_"+tom, "none") }, idp.CodeNotFound, "not_found"},
			{"look for somebody", func() error { return find(by(olivia), "bob@example.com") }, idp.CodeForbidden, "no_access"},
		} {
			if err := c.try(); idp.CodeOf(err) != c.code {
				t.Errorf("%s: %v", c.name, err)
			}
			d.one(idp.EventAccessRefused, idp.ResultFailure, c.reason)
		}
		for typed, want := range map[string][]idp.UserID{
			" BOB@example.com ": {"usr_" + bob}, "ob@exam": {"usr_" + bob}, "nobody@example.com": nil, "not an address": nil, "": nil,
		} {
			found, more, err := d.SearchPeople(ctx, staffer(riley), typed, d.now)
			d.must(err)
			var got []idp.UserID
			for _, each := range found {
				got = append(got, each.User.ID)
				if !each.User.PasswordHash.IsZero() || each.Practice.ID != each.User.PracticeID {
					t.Errorf("%q: %+v", typed, each)
				}
			}
			if !slices.Equal(got, want) || more {
				t.Errorf("%q finds %v, more %t", typed, got, more)
			}
		}
	})
}
