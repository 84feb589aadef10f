package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// A link to the sign-in of one of our own apps, with whatever to come back to, leads a person nowhere but into that app.
func TestTheDoorLeadsNowhereElse(t *testing.T) {
	d, _ := start(t, testworld.Config(t), &testenv.Clock{})
	issuer, err := url.Parse(d.Manifest.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, home := range []string{"/manage", "/support", "/account"} {
		for _, hostile := range []string{
			"https://evil.example/", "//evil.example/", `\\evil.example`, `/\evil.example`, "///evil.example", "javascript:alert(1)", "data:text/html,x",
			"https:evil.example", home + "/../../evil", home + "/..//evil.example", home + "/%2e%2e/%2e%2e//evil.example", home + "/..;//evil.example",
			home + ".evil.example", home + "@evil.example", "//user@evil.example" + home, home + "\\..\\evil", "\t//evil.example", home + "/callback?state=//evil.example",
			home + "/\r\nLocation: https://evil.example", "", "/end_session", "/oauth/token", strings.Repeat(home+"/", 1000),
		} {
			answer, err := client.Get(d.Manifest.Issuer + home + "/callback?code=x&state=" + url.QueryEscape(hostile))
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			location := answer.Header.Get("Location")
			to, err := issuer.Parse(location)
			if err != nil || answer.StatusCode != http.StatusSeeOther {
				t.Errorf("%s with %q: %d to %q", home, hostile, answer.StatusCode, location)
				continue
			}
			inside := to.Path == home || strings.HasPrefix(to.Path, home+"/") && !strings.Contains(to.Path+"/", "/../") && to.Path != home+"/callback"
			if to.Host != issuer.Host || strings.HasPrefix(location, "//") || strings.ContainsAny(location, "\\\r\n") || !inside {
				t.Errorf("%s with %q leads to %q", home, hostile, location)
			}
		}
	}
}

// A form that needs the second factor is not carried out for a visitor who takes the demand for it out of the address of the sign-in, in a
// practice that does not ask for it by itself.
func TestProofsCannotBeTalkedDown(t *testing.T) {
	clock := &testenv.Clock{}
	d, _ := start(t, testworld.Config(t), clock)
	s := testworld.NewVisitor(t, "")
	aroha := testworld.PersonOf(t, d.Manifest, "aroha")
	p := s.Get(d.Manifest.Issuer + "/manage")
	p = s.Post(p.At, url.Values{"username": {aroha.Username}, "password": {aroha.Password}})
	if p.Status != http.StatusOK || !strings.HasPrefix(p.At, d.Manifest.Issuer+"/manage") {
		t.Fatalf("%d at %s (%s)", p.Status, p.At, p.Step)
	}
	asked := s.Ask(http.MethodGet, d.Manifest.Issuer+"/manage/invite", nil)
	authorize, err := url.Parse(asked.To)
	if err != nil || asked.Status != http.StatusSeeOther || authorize.Query().Get("acr_values") == "" {
		t.Fatalf("%d to %q", asked.Status, asked.To)
	}
	query := authorize.Query()
	query.Del("acr_values")
	authorize.RawQuery = query.Encode()
	p = s.Post(s.Get(authorize.String()).At, url.Values{"username": {aroha.Username}, "password": {aroha.Password}})
	if p.Step == "invite" {
		t.Error("the password alone opened the form")
	}
	p = s.Follow(http.MethodPost, d.Manifest.Issuer+"/manage/invite", url.Values{"name": {"N"}, "username": {"n@kauri.example"}, "roles": {"user_management"}})
	if p.Status != http.StatusForbidden {
		t.Errorf("the form was answered by %d (%s)", p.Status, p.Step)
	}
}
