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
)

// Nobody asks for a session that was left alone: it ends all the same, on either node, and its app is told.
func TestSessionLeftAloneEndsByItself(t *testing.T) {
	w := startTwin(t, func(c *demo.Config) { c.DemoIdle = time.Minute })
	lodgements, timesheets := w.Manifest.Apps[2], w.Manifest.Apps[0]
	if lodgements.Name != "Lodgements" {
		t.Fatalf("apps %+v", w.Manifest.Apps)
	}
	tom := userOf(t, w.Manifest, "tom")
	s := newSurfer(t)
	sid := s.signIn(s.get(lodgements.URL+"/details"), tom, w.clock.now()).claims()["sid"]
	if sid == "" {
		t.Fatal("not signed in to Lodgements")
	}
	w.clock.advance(30 * time.Second)
	other := hold(t, w.Manifest, timesheets, tom, w.clock)

	w.clock.advance(20 * time.Second)
	if p := s.get(lodgements.URL + "/details"); p.claims()["sid"] != sid {
		t.Fatalf("signed out after 50 seconds: %s %q", p.url, p.step)
	}
	w.clock.advance(3 * time.Minute)
	eventually(t, "the app is told", patience, func() bool {
		return slices.Contains(recorded(t, w.second.Records(), harbour, idp.EventLogoutDelivered), idp.SID(sid))
	})
	ended, err := w.second.Records().FindSession(t.Context(), idp.SID(sid))
	if err != nil || ended.EndReason != idp.EndIdle {
		t.Errorf("ended by %q, %v", ended.EndReason, err)
	}
	s.get(lodgements.URL+"/details").at(t, "password")
	other.wantAlive("an app without a limit", w.nodes[1])
}

func TestDemoIdleKeepsToThePolicy(t *testing.T) {
	for _, idle := range []time.Duration{time.Second, 59 * time.Second, 16 * time.Minute, -time.Minute} {
		c := demoConfig(t)
		c.DemoIdle = idle
		_, err := demo.New(t.Context(), c, demo.Deps{Logger: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), "demo-idle") {
			t.Errorf("%s: %v", idle, err)
		}
	}
}

func TestDemoAppsShareASignInOnlyWhenAsked(t *testing.T) {
	for _, shared := range []bool{false, true} {
		c, clock := demoConfig(t), &clock{}
		c.DemoSignOnGroup = shared
		d, stop := start(t, c, clock)
		apps, s := d.Manifest.Apps, newSurfer(t)
		p := s.signIn(s.get(apps[0].URL+"/details"), userOf(t, d.Manifest, "tom"), clock.now())
		if p.claims()["sid"] == "" {
			t.Fatalf("not signed in: %s", p.url)
		}
		if p := s.get(apps[1].URL + "/details"); (p.claims()["sid"] != "") != shared {
			t.Errorf("shared %t: Contacts+ at %s %q", shared, p.url, p.step)
		}
		s.get(apps[2].URL+"/details").at(t, "password") // Lodgements is in no group

		if p := s.follow(http.MethodPost, apps[0].URL+"/auth/logout", nil); p.url != apps[0].URL+"/" {
			t.Errorf("signed out to %s", p.url)
		}
		eventually(t, "signed out of both", patience, func() bool { return s.get(apps[1].URL+"/details").step == "password" })
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}
