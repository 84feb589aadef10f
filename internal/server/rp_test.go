package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// attempt brings a surfer of the app to the moment before the provider's answer is delivered.
func attempt(t *testing.T) (s *testworld.Visitor, app, answer string) {
	t.Helper()
	clock := &testenv.Clock{}
	d, _ := start(t, testworld.Config(t), clock)
	app = d.Manifest.Apps[0].URL
	s = testworld.NewVisitor(t, "")
	s.StopAt = app + "/auth/callback"
	p := s.SignIn(s.Get(app+"/auth/login?return=/details"), testworld.PersonOf(t, d.Manifest, "tom"), clock)
	if !strings.HasPrefix(p.At, s.StopAt) {
		t.Fatalf("at %s\n%s", p.At, p.Body)
	}
	s.StopAt = "http://127.0.0.1:9/"
	return s, app, p.At
}

func TestAnswerInAnotherBrowserIsRefused(t *testing.T) { // ABUSE 21
	s, app, answer := attempt(t)
	stranger := testworld.NewVisitor(t, "")
	if p := stranger.Get(answer); p.Status != http.StatusBadRequest || !strings.Contains(p.Body, "stale") {
		t.Errorf("a browser that did not begin: %d", p.Status)
	}
	if p := stranger.Get(app + "/details"); p.Step != "password" {
		t.Errorf("the stranger is signed in at %s", p.At)
	}
	if p := s.Get(answer); p.Claims()["name"] != "Tom Okafor" {
		t.Errorf("its own browser: %d %s", p.Status, p.At)
	}
}

func TestAnswerTwiceIsRefused(t *testing.T) { // ABUSE 1
	s, _, answer := attempt(t)
	if p := s.Get(answer); p.Claims()["name"] != "Tom Okafor" {
		t.Fatalf("first: %d", p.Status)
	}
	if p := s.Get(answer); p.Status != http.StatusBadRequest {
		t.Errorf("again: %d", p.Status)
	}
}

func TestAnswersThatWereChanged(t *testing.T) {
	s, app, answer := attempt(t)
	for name, change := range map[string]func(url.Values){
		"without iss":    func(q url.Values) { q.Del("iss") },
		"another iss":    func(q url.Values) { q.Set("iss", "https://evil.example") },
		"another state":  func(q url.Values) { q.Set("state", q.Get("state")+"x") },
		"no state":       func(q url.Values) { q.Del("state") },
		"two codes":      func(q url.Values) { q.Add("code", "x") },
		"code and error": func(q url.Values) { q.Set("error", "x") },
		"neither":        func(q url.Values) { q.Del("code") },
	} {
		u, err := url.Parse(answer)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		change(q)
		u.RawQuery = q.Encode()
		// The attempt's cookie goes with a wrong iss; it is put back to try each change against a living attempt.
		cookies := s.Client.Jar.Cookies(u)
		if p := s.Get(u.String()); p.Status < 400 || p.Status >= 500 || len(p.Claims()) > 0 {
			t.Errorf("%s: %d", name, p.Status)
		}
		s.Client.Jar.SetCookies(u, cookies)
	}
	if p := s.Get(app + "/"); strings.Contains(p.Body, `data-signed-in="true"`) {
		t.Error("signed in by a changed answer")
	}
}

func TestReturnPathNeverLeavesTheApp(t *testing.T) {
	clock := &testenv.Clock{}
	d, _ := start(t, testworld.Config(t), clock)
	app := d.Manifest.Apps[1].URL
	s := testworld.NewVisitor(t, "")
	p := s.SignIn(s.Get(app+"/auth/login?return="+url.QueryEscape("//evil.example/x")), testworld.PersonOf(t, d.Manifest, "aroha"), clock)
	if p.At != app+"/" {
		t.Errorf("came back to %s", p.At)
	}
}

func TestLogoutFromAnotherSiteIsRefused(t *testing.T) { // ABUSE 37
	s, app, answer := attempt(t)
	s.Get(answer)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app+"/auth/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := s.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("answered %d", response.StatusCode)
	}
	if p := s.Get(app + "/details"); p.Claims()["name"] != "Tom Okafor" {
		t.Error("another site signed the person out")
	}
}
