package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// attempt brings a surfer of the app to the moment before the provider's answer is delivered.
func attempt(t *testing.T) (s *surfer, app, answer string) {
	t.Helper()
	clock := &clock{}
	d, _ := start(t, demoConfig(t), clock)
	app = d.Manifest.Apps[0].URL
	s = newSurfer(t)
	s.stopAt = app + "/auth/callback"
	p := s.signIn(s.get(app+"/auth/login?return=/details"), userOf(t, d.Manifest, "tom"), clock.now())
	if !strings.HasPrefix(p.url, s.stopAt) {
		t.Fatalf("at %s\n%s", p.url, p.body)
	}
	s.stopAt = "http://127.0.0.1:9/"
	return s, app, p.url
}

func TestAnswerInAnotherBrowserIsRefused(t *testing.T) { // ABUSE 21
	s, app, answer := attempt(t)
	stranger := newSurfer(t)
	if p := stranger.get(answer); p.status != http.StatusBadRequest || !strings.Contains(p.body, "stale") {
		t.Errorf("a browser that did not begin: %d", p.status)
	}
	if p := stranger.get(app + "/details"); p.step != "password" {
		t.Errorf("the stranger is signed in at %s", p.url)
	}
	if p := s.get(answer); p.claims()["name"] != "Tom Okafor" {
		t.Errorf("its own browser: %d %s", p.status, p.url)
	}
}

func TestAnswerTwiceIsRefused(t *testing.T) { // ABUSE 1
	s, _, answer := attempt(t)
	if p := s.get(answer); p.claims()["name"] != "Tom Okafor" {
		t.Fatalf("first: %d", p.status)
	}
	if p := s.get(answer); p.status != http.StatusBadRequest {
		t.Errorf("again: %d", p.status)
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
		cookies := s.client.Jar.Cookies(u)
		if p := s.get(u.String()); p.status < 400 || p.status >= 500 || len(p.claims()) > 0 {
			t.Errorf("%s: %d", name, p.status)
		}
		s.client.Jar.SetCookies(u, cookies)
	}
	if p := s.get(app + "/"); strings.Contains(p.body, `data-signed-in="true"`) {
		t.Error("signed in by a changed answer")
	}
}

func TestReturnPathNeverLeavesTheApp(t *testing.T) {
	clock := &clock{}
	d, _ := start(t, demoConfig(t), clock)
	app := d.Manifest.Apps[1].URL
	s := newSurfer(t)
	p := s.signIn(s.get(app+"/auth/login?return="+url.QueryEscape("//evil.example/x")), userOf(t, d.Manifest, "aroha"), clock.now())
	if p.url != app+"/" {
		t.Errorf("came back to %s", p.url)
	}
}

func TestLogoutFromAnotherSiteIsRefused(t *testing.T) { // ABUSE 37
	s, app, answer := attempt(t)
	s.get(answer)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app+"/auth/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("answered %d", response.StatusCode)
	}
	if p := s.get(app + "/details"); p.claims()["name"] != "Tom Okafor" {
		t.Error("another site signed the person out")
	}
}
