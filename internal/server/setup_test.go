package server_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

var kindPattern = regexp.MustCompile(`<input type="radio"[^>]* name="kind" value="([^"]+)"[^>]*>\s*<label[^>]*>([^<]*)(<span class="badge">Recommended</span>)?`)

// wantAppFirst: the page offers the authenticator app before the text message, as the one that is recommended.
func wantAppFirst(t *testing.T, p testworld.Page) {
	t.Helper()
	var offered []string
	for _, found := range kindPattern.FindAllStringSubmatch(p.Body, -1) {
		offered = append(offered, found[1]+" "+found[3])
	}
	if !slices.Equal(offered, []string{`totp <span class="badge">Recommended</span>`, "sms "}) {
		t.Errorf("%s offers %q\n%s", p.At, offered, p.Body)
	}
}

// ABUSE 27: wherever MFA is set up, the app comes first. A text beyond a limit is refused, and counted by the limit's name.
func TestSettingUpMFA(t *testing.T) {
	clock := &testenv.Clock{}
	c := testworld.Config(t)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.MetricsListen = free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	d, _ := start(t, c, clock)
	mia, s := testworld.PersonOf(t, d.Manifest, "mia"), testworld.NewVisitor(t, "")
	p := s.SignIn(s.Get(d.Manifest.Apps[0].URL+"/details"), mia, clock).OK(t, "choose")
	wantAppFirst(t, p)
	p = s.Post(p.At, url.Values{"kind": {"sms"}}).OK(t, "sms-setup")
	p = s.Post(p.At, url.Values{"country": {"AU"}, "phone": {"0491 570 006"}}).OK(t, "sms-verify")
	for range 12 {
		clock.Advance(31 * time.Second)
		p = s.Post(p.At, url.Values{"action": {"resend"}}).On(t, "sms-verify")
	}
	if metrics := read(t, "http://"+c.MetricsListen+"/metrics"); !strings.Contains(metrics, "\napsid_limits_reached_total{limit=\"user\"} 1\n") {
		t.Errorf("the limit was not counted:\n%s", metrics)
	}

	tom, s := testworld.PersonOf(t, d.Manifest, "tom"), testworld.NewVisitor(t, d.Manifest.Issuer)
	s.SignIn(s.Get("/account/authenticators/new"), tom, clock)
	wantAppFirst(t, s.Get("/account/authenticators/new").OK(t, "authenticator-choose"))
}

func read(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
