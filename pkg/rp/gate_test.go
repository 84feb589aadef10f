package rp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
	"github.com/apscloud/apsid/pkg/rp"
)

func TestSamePersonComesBackToThePageAndAnotherOneHome(t *testing.T) {
	w := newWorld(t, nil)
	s := w.signedIn("usr_mia")
	w.clock.advance(25 * time.Hour)
	s.open("/page?x=2").is(t, "/page usr_mia")
	w.clock.advance(25 * time.Hour)
	w.provider.SignIn("usr_tom", nil)
	if p := s.open("/page?x=3"); p.url != "/" || p.body != "/ usr_tom" {
		t.Errorf("another person came to %s: %s", p.url, p.body)
	}
	s.do(http.MethodPost, "/auth/logout", "", nil)
	w.provider.SignIn("usr_mia", nil)
	if p := s.open("/page?x=4"); p.url != "/page?x=4" {
		t.Errorf("after a sign-out that was asked for: %s", p.url)
	}
}

func TestOnlyPagesAreSentToSignIn(t *testing.T) {
	w := newWorld(t, nil)
	s := w.surfer()
	script := s.fetch("/data")
	if script.status != http.StatusUnauthorized || script.answer(t)["error"] != "signed_out" || signinOf(t, script).Get("return") != "/page?x=1" {
		t.Errorf("a script got %d %s", script.status, script.body)
	}
	old := s.do(http.MethodGet, "/data", "", map[string]string{"Accept": "application/json"})
	if old.status != http.StatusUnauthorized || signinOf(t, old).Get("return") != "" {
		t.Errorf("a script of a browser without Fetch Metadata got %d %s", old.status, old.body)
	}
	foreign := s.do(http.MethodGet, "/data", "", map[string]string{"Accept": "application/json", "Referer": "https://evil.example/x"})
	if signinOf(t, foreign).Get("return") != "" {
		t.Errorf("another site's page is returned to: %s", foreign.body)
	}
	form := s.do(http.MethodPost, "/page", "a=b", map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
	if form.status != http.StatusUnauthorized || !strings.Contains(form.body, "not saved") || form.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a form got %d %s", form.status, form.body)
	}
	if n := len(w.provider.Authorizations()); n != 0 {
		t.Errorf("%d of them went to the provider", n)
	}
}

func TestStepUpAsksForMoreAndComesBack(t *testing.T) {
	w := newWorld(t, nil)
	s := w.signedIn("usr_mia")
	if p := s.fetch("/bank"); p.status != http.StatusUnauthorized || p.answer(t)["error"] != "insufficient_user_authentication" ||
		signinOf(t, p).Get("acr") != apsid.ACRMFA {
		t.Errorf("a script got %d %s", p.status, p.body)
	}
	if p := s.open("/bank"); p.status != http.StatusBadGateway { // the provider gives less than was asked for: no loop
		t.Errorf("too weak: %d %s %s", p.status, p.url, p.body)
	}
	s.open("/page").is(t, "/page usr_mia")
	w.provider.SignIn("usr_mia", map[string]any{"acr": apsid.ACRMFA})
	s.open("/bank").is(t, "/bank usr_mia")
	asked := w.provider.Authorizations()
	if last := asked[len(asked)-1]; last.Get("acr_values") != apsid.ACRMFA {
		t.Errorf("asked %v", last)
	}
}

// A page can need a passkey: a code steps up to it, and is not enough.
func TestStepUpToAPasskey(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.SignIn("usr_mia", map[string]any{"acr": apsid.ACRMFA})
	s := w.surfer()
	s.open("/bank").is(t, "/bank usr_mia")
	if p := s.fetch("/payroll"); p.status != http.StatusUnauthorized || signinOf(t, p).Get("acr") != apsid.ACRPhishingResistant {
		t.Errorf("a script got %d %s", p.status, p.body)
	}
	if p := s.open("/payroll"); p.status != http.StatusBadGateway { // a code again
		t.Errorf("too weak: %d %s %s", p.status, p.url, p.body)
	}
	w.provider.SignIn("usr_mia", map[string]any{"acr": apsid.ACRPhishingResistant})
	s.open("/payroll").is(t, "/payroll usr_mia")
	s.open("/bank").is(t, "/bank usr_mia") // what is stronger is enough
	if asked := w.provider.Authorizations(); asked[len(asked)-1].Get("acr_values") != apsid.ACRPhishingResistant {
		t.Errorf("asked %v", asked[len(asked)-1])
	}
}

func TestRecentProofIsAskedForWhenItIsOld(t *testing.T) {
	w := newWorld(t, nil)
	s := w.signedIn("usr_mia")
	s.open("/danger").is(t, "/danger usr_mia")
	if n := len(w.provider.Authorizations()); n != 1 {
		t.Fatalf("%d sign-ins", n)
	}
	w.clock.advance(5*time.Minute + time.Second)
	w.provider.SignIn("usr_mia", map[string]any{"auth_time": w.clock.Now().Add(-time.Hour).Unix()})
	if p := s.open("/danger"); p.status != http.StatusBadGateway { // an honest provider would not
		t.Errorf("an old proof: %d %s", p.status, p.body)
	}
	w.provider.SignIn("usr_mia", nil)
	s.open("/danger").is(t, "/danger usr_mia")
	asked := w.provider.Authorizations()
	if last := asked[len(asked)-1]; last.Get("max_age") != "300" {
		t.Errorf("asked %v", last)
	}
}

func TestLoginParametersNeverWeaken(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.SignIn("usr_mia", map[string]any{"acr": "urn:none"})
	for _, query := range []string{"?acr=", "?acr=urn:none", "?max_age=-1", "?max_age=x", "?max_age=999999999999999999999"} {
		w.surfer().open("/auth/login" + query)
		asked := w.provider.Authorizations()
		if last := asked[len(asked)-1]; last.Has("acr_values") || last.Has("max_age") {
			t.Errorf("%s asked %v", query, last)
		}
	}
}

func TestAppThatNeedsMFAAsksForNoLess(t *testing.T) {
	w := newWorld(t, func(_ *world, c *rp.Config) { c.ACR = apsid.ACRMFA })
	w.surfer().open("/auth/login?acr=" + apsid.ACRPassword)
	if asked := w.provider.Authorizations(); asked[0].Get("acr_values") != apsid.ACRMFA {
		t.Errorf("asked %v", asked[0])
	}
}

func TestProviderAway(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.Away(true)
	if p := w.surfer().open("/page"); p.status != http.StatusBadGateway || !strings.Contains(p.body, "not possible just now") || p.header.Get("Retry-After") == "" {
		t.Errorf("a new sign-in: %d %s", p.status, p.body)
	}
	w.provider.Away(false)
	w.clock.advance(2 * time.Second)
	s := w.signedIn("usr_mia")
	w.provider.Away(true)
	for range 20 { // long past the access token, up to the session's own end
		w.clock.advance(time.Hour)
		s.click("/page").is(t, "/page usr_mia")
	}
	w.clock.advance(4 * time.Hour)
	if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
		t.Errorf("after the lifetime: %d", p.status)
	}
	w.provider.Away(false)
}
