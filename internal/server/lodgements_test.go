package server_test

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// No one asks for a session that was left alone: it ends all the same, on either node, and its app is told.
func TestSessionLeftAloneEndsByItself(t *testing.T) {
	w := startTwin(t, func(c *demo.Config) { c.DemoIdle = time.Minute })
	lodgements, timesheets := w.Manifest.Apps[2], w.Manifest.Apps[0]
	if lodgements.Name != "Lodgements" {
		t.Fatalf("apps %+v", w.Manifest.Apps)
	}
	tom := testworld.PersonOf(t, w.Manifest, "tom")
	s := testworld.NewVisitor(t, "")
	sid := s.SignIn(s.Get(lodgements.URL+"/details"), tom, w.clock).Claims()["sid"]
	if sid == "" {
		t.Fatal("not signed in to Lodgements")
	}
	w.clock.Advance(30 * time.Second)
	other := hold(t, w.Manifest, timesheets, tom, w.clock)

	w.clock.Advance(20 * time.Second)
	if p := s.Get(lodgements.URL + "/details"); p.Claims()["sid"] != sid {
		t.Fatalf("signed out after 50 seconds: %s %q", p.At, p.Step)
	}
	w.clock.Advance(3 * time.Minute)
	eventually(t, "the app is told", patience, func() bool {
		return slices.Contains(recorded(t, w.second.Records(), harbour, idp.EventLogoutDelivered), idp.SID(sid))
	})
	ended, err := w.second.Records().FindSession(t.Context(), idp.SID(sid))
	if err != nil || ended.EndReason != idp.EndIdle {
		t.Errorf("ended by %q, %v", ended.EndReason, err)
	}
	s.Get(lodgements.URL+"/details").On(t, "password")
	other.wantAlive("an app without a limit", w.nodes[1])
}

func TestDemoIdleKeepsToThePolicy(t *testing.T) {
	for _, idle := range []time.Duration{time.Second, 59 * time.Second, 16 * time.Minute, -time.Minute} {
		c := testworld.Config(t)
		c.DemoIdle = idle
		_, err := demo.New(t.Context(), c, demo.Deps{Logger: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), "demo-idle") {
			t.Errorf("%s: %v", idle, err)
		}
	}
}

func TestDemoAppsShareASignInOnlyWhenAsked(t *testing.T) {
	for _, shared := range []bool{false, true} {
		c, clock := testworld.Config(t), &testenv.Clock{}
		c.DemoSignOnGroup = shared
		d, stop := start(t, c, clock)
		apps, s := d.Manifest.Apps, testworld.NewVisitor(t, "")
		p := s.SignIn(s.Get(apps[0].URL+"/details"), testworld.PersonOf(t, d.Manifest, "tom"), clock)
		if p.Claims()["sid"] == "" {
			t.Fatalf("not signed in: %s", p.At)
		}
		if p := s.Get(apps[1].URL + "/details"); (p.Claims()["sid"] != "") != shared {
			t.Errorf("shared %t: Contacts+ at %s %q", shared, p.At, p.Step)
		}
		s.Get(apps[2].URL+"/details").On(t, "password") // Lodgements is in no group

		if p := s.Follow(http.MethodPost, apps[0].URL+"/auth/logout", nil); p.At != apps[0].URL+"/" {
			t.Errorf("signed out to %s", p.At)
		}
		eventually(t, "signed out of both", patience, func() bool { return s.Get(apps[1].URL+"/details").Step == "password" })
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}
