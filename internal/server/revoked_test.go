package server_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

const harbour idp.PracticeID = "prc_demo-harbour-finch"

func callerOf(t *testing.T, w twin, name string) directory.Caller {
	t.Helper()
	account, err := w.second.Records().FindAccountByUsername(t.Context(), testworld.PersonOf(t, w.Manifest, name).Username)
	if err != nil {
		t.Fatal(err)
	}
	return directory.Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: string(account.User.ID)}, Address: "203.0.113.9", Proved: testworld.Fresh()}
}

// ABUSE 35: a person's MFA is reset on one node while two apps are open on another. Both apps' next request is refused on
// either node, both are told, and the person starts over.
func TestResetMFASignsOutOfEveryAppOnEveryNode(t *testing.T) {
	w := startTwin(t)
	tom := testworld.PersonOf(t, w.Manifest, "tom")
	apps := w.Manifest.Apps[:2]
	s := testworld.NewVisitor(t, "")
	var sids []idp.SID
	var tokens []*held
	for _, app := range apps {
		p := s.SignIn(s.Get(app.URL+"/details"), tom, w.clock)
		if p.Claims()["sid"] == "" {
			t.Fatalf("not signed in: %s %q", p.At, p.Step)
		}
		sids = append(sids, idp.SID(p.Claims()["sid"]))
		w.clock.Advance(time.Minute) // a code is good once
		tokens = append(tokens, hold(t, w.Manifest, app, tom, w.clock))
		w.clock.Advance(time.Minute)
	}
	sara := hold(t, w.Manifest, w.Manifest.Apps[0], testworld.PersonOf(t, w.Manifest, "olivia"), w.clock)

	now := w.clock.Now()
	if err := w.second.Directory().People.ResetMFA(t.Context(), callerOf(t, w, "olivia"), idp.UserID(callerOf(t, w, "tom").ID), "lost the phone", now); err != nil {
		t.Fatal(err)
	}
	for i, h := range tokens {
		h.wantOver("after the reset", w.nodes[i%2], idp.EndRevoked)
		h.wantOver("after the reset", w.nodes[(i+1)%2], idp.EndRevoked)
	}
	for _, app := range apps {
		eventually(t, app.Name+" refuses its page", patience, func() bool { return s.Get(app.URL+"/details").Step == "password" })
	}
	sara.wantAlive("a colleague", w.nodes[1])

	ended := recorded(t, w.second.Records(), harbour, idp.EventSessionEnded)
	if len(ended) != 4 || !slices.Contains(ended, sids[0]) || !slices.Contains(ended, sids[1]) {
		t.Errorf("ended %v, open were %v", ended, sids)
	}
	eventually(t, "every app was told of every session", patience, func() bool {
		return len(recorded(t, w.second.Records(), harbour, idp.EventLogoutDelivered)) == len(ended)
	})
	if diff := cmp.Diff(ended, recorded(t, w.second.Records(), harbour, idp.EventLogoutDelivered)); diff != "" {
		t.Error(diff)
	}
	if failed := recorded(t, w.second.Records(), harbour, idp.EventLogoutFailed); len(failed) != 0 {
		t.Errorf("not told: %v", failed)
	}
	wantMetric(t, w.second, `apsid_sessions_ended_total{reason="revoked"} 4`)
	eventually(t, "no message waits", patience, func() bool { return hasMetric(t, w.second, "apsid_backchannel_logouts_waiting 0") })
	p := s.Get(apps[0].URL + "/details")
	s.SignIn(p, tom, w.clock).On(t, "choose")
}

// ABUSE 35: whatever takes away what a session rests on, the other node knows it with the next request.
func TestEveryEndTakesEffectOnTheOtherNodeAtOnce(t *testing.T) {
	w := startTwin(t)
	timesheets := w.Manifest.Apps[0]
	tom, olivia := callerOf(t, w, "tom"), callerOf(t, w, "olivia")
	riley := callerOf(t, w, "riley")
	riley.Kind = idp.ActorStaff
	commands, id := w.second.Directory(), idp.UserID(tom.ID)
	password := testworld.PersonOf(t, w.Manifest, "tom").Password
	for name, c := range map[string]struct {
		end, undo func(context.Context, time.Time) error
	}{
		"disabled user": {
			func(ctx context.Context, now time.Time) error {
				return commands.People.DisableUser(ctx, olivia, id, now)
			},
			func(ctx context.Context, now time.Time) error {
				return commands.People.EnableUser(ctx, olivia, id, now)
			},
		},
		"suspended practice": {
			func(ctx context.Context, now time.Time) error {
				return commands.Practices.SuspendPractice(ctx, riley, harbour, now)
			},
			func(ctx context.Context, now time.Time) error {
				return commands.Practices.ResumePractice(ctx, riley, harbour, now)
			},
		},
		"removed app": {
			func(ctx context.Context, now time.Time) error {
				return commands.Practices.RemoveApp(ctx, riley, harbour, idp.ClientID(timesheets.ClientID), now)
			},
			func(ctx context.Context, now time.Time) error {
				return commands.Practices.AddApp(ctx, riley, harbour, idp.ClientID(timesheets.ClientID), now)
			},
		},
		"changed password": {
			func(ctx context.Context, now time.Time) error {
				same := idp.NewSecret(password)
				return commands.Account.ChangePassword(ctx, tom, directory.NewPassword{Current: same, New: same}, now)
			},
			nil,
		},
		"sign out everywhere": {
			func(ctx context.Context, now time.Time) error {
				return commands.Account.SignOutEverywhere(ctx, tom, now)
			},
			nil,
		},
	} {
		w.clock.Advance(2 * time.Minute) // a code is good once, and a report is heard once a minute
		h := hold(t, w.Manifest, timesheets, testworld.PersonOf(t, w.Manifest, "tom"), w.clock)
		if status, _ := h.report(w.nodes[0]); status != http.StatusOK { // Redis knows it now
			t.Fatalf("%s: first report %d", name, status)
		}
		if status := h.userinfo(w.nodes[0]); status != http.StatusOK { // the node has what was read of it in mind
			t.Fatalf("%s: userinfo %d", name, status)
		}
		if err := c.end(t.Context(), w.clock.Now()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if status := h.userinfo(w.nodes[0]); status != http.StatusUnauthorized { // the clock stands
			t.Errorf("%s: userinfo %d", name, status)
		}
		w.clock.Advance(time.Minute)
		h.wantOver(name, w.nodes[0], idp.EndRevoked)
		if c.undo == nil {
			continue
		}
		if err := c.undo(t.Context(), w.clock.Now()); err != nil {
			t.Fatalf("undo %s: %v", name, err)
		}
		h.wantOver(name+", undone", w.nodes[0], idp.EndRevoked) // ABUSE 46
	}
}
