package server_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

var otpauth = regexp.MustCompile(`href="(otpauth://[^"]+)"`)

// The one name that the operator gives the service is the one that people read everywhere: above pages, beside the codes of an
// authenticator app wherever it is set up, in text messages and in mails.
func TestTheNameOfTheServiceIsTheSameEverywhere(t *testing.T) {
	const name = "Ngā Kaute"
	clock := &testenv.Clock{}
	c := testworld.Config(t)
	c.Brand.Name = name
	d, _ := start(t, c, clock)

	tom, s := testworld.PersonOf(t, d.Manifest, "tom"), testworld.NewVisitor(t, d.Manifest.Issuer)
	s.SignIn(s.Get("/account/authenticators/new"), tom, clock)
	p := s.Post("/account/authenticators/new", url.Values{"kind": {"totp"}}).OK(t, "authenticator-totp")
	wantIssuer(t, p.Shows(t, name), name)

	olivia, s := testworld.PersonOf(t, d.Manifest, "olivia"), testworld.NewVisitor(t, d.Manifest.Issuer)
	p = s.SignIn(s.Get("/manage/activity"), olivia, clock).OK(t, "activity")
	if text := p.Body; strings.Contains(text, "APS ID") || !strings.Contains(text, "<bdi>"+name+"</bdi>") {
		t.Errorf("what the service did by itself is not done by %s: %s", name, text)
	}

	mia, s := testworld.PersonOf(t, d.Manifest, "mia"), testworld.NewVisitor(t, "")
	p = s.SignIn(s.Get(d.Manifest.Apps[0].URL+"/details"), mia, clock).OK(t, "choose").Shows(t, name)
	p = s.Post(p.At, url.Values{"kind": {"totp"}}).OK(t, "totp-setup")
	wantIssuer(t, p, name)
	p = s.Post(p.At, url.Values{"action": {"back"}}).OK(t, "choose")
	p = s.Post(p.At, url.Values{"kind": {"sms"}}).OK(t, "sms-setup")
	p = s.Post(p.At, url.Values{"country": {"AU"}, "phone": {"0491 570 006"}}).OK(t, "sms-verify")
	code := regexp.MustCompile(`(\d{6}) is your Nga Kaute security code`)
	messages := func() string { return testworld.NewVisitor(t, "").Get(d.Manifest.InboxURL + ".json").Body }
	eventually(t, "a text message of "+name, patience, func() bool { return code.MatchString(messages()) })
	p = s.Post(p.At, url.Values{"code": {code.FindStringSubmatch(messages())[1]}}).OK(t, "recovery-pin")
	s.Post(p.At, url.Values{"pin": {"580341"}, "pin_confirm": {"580341"}})
	eventually(t, "a mail of "+name, patience, func() bool { return strings.Contains(messages(), name+" sent this message") })
	if all := messages(); strings.Contains(all, "APS ID") {
		t.Errorf("a message bears another name: %s", all)
	}
}

// wantIssuer: the link of the page sets up an authenticator app that shows this name.
func wantIssuer(t *testing.T, p testworld.Page, name string) {
	t.Helper()
	link, err := url.Parse(html.UnescapeString(p.One(t, otpauth)))
	if err != nil {
		t.Fatal(err)
	}
	if issuer := link.Query().Get("issuer"); issuer != name || !strings.HasPrefix(link.Path, "/"+name+":") {
		t.Errorf("%s: %s", p.At, link)
	}
}
