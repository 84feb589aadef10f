package account_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/testworld"
)

// house is the whole program with its people.
type house struct {
	*testworld.World
	t *testing.T
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return &house{World: testworld.Open(t, testworld.Named), t: t}
}

// mail waits for a message whose text matches, and returns what the first group found.
func (h *house) mail(to string, pattern *regexp.Regexp) string {
	h.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if found := h.mails(to, pattern); len(found) > 0 {
			return found[0]
		}
	}
	h.t.Fatalf("no mail to %s matches %s", to, pattern)
	return ""
}

// mails lists what the pattern finds in the messages to an address, newest first.
func (h *house) mails(to string, pattern *regexp.Regexp) (found []string) {
	h.t.Helper()
	response, err := http.Get(h.Manifest.InboxURL + ".json")
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var all []struct{ To, Text string }
	if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
		h.t.Fatal(err)
	}
	for _, m := range all {
		if match := pattern.FindStringSubmatch(m.Text); match != nil && m.To == to {
			found = append(found, match[1])
		}
	}
	return found
}

// surfer is a visitor who stands for a known person.
type surfer struct {
	*testworld.Visitor
	house *house
	who   demo.Person
}

func (h *house) surfer() *surfer {
	h.t.Helper()
	return &surfer{Visitor: h.Visitor(), house: h}
}

// signIn answers the sign-in that a page led to.
func (s *surfer) signIn(p testworld.Page) testworld.Page {
	s.house.t.Helper()
	p = s.Post(p.On(s.house.t, "password").At, url.Values{"username": {s.who.Username}, "password": {s.who.Password}})
	if p.Step == "totp" {
		s.house.Clock.Advance(time.Minute) // a code is good once: the one of the last sign-in must not be in the way
		p = s.Post(p.At, url.Values{"code": {testworld.Code(s.house.t, s.who.TOTPKey, s.house.Clock)}})
	}
	return p
}

// in opens Your account for the person.
func (h *house) in(name string) *surfer {
	h.t.Helper()
	s := h.surfer()
	s.who = h.Person(name)
	s.signIn(s.Get("/account")).On(h.t, "account")
	return s
}

// keyPattern finds the set-up key on a page.
var keyPattern = regexp.MustCompile(`<code id="totp-key">([^<]+)</code>`)
