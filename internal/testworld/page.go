package testworld

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// Page is what a request was answered with. Addresses of the issuer are without its host.
type Page struct {
	At     string // its address
	To     string // where a redirect leads that was not followed; "" if none
	Status int
	Step   string // data-step; "" on a page that is none of ours
	Body   string
	Header http.Header
}

var stepPattern = regexp.MustCompile(`data-step="([^"]+)"`)

func stepOf(body string) string {
	found := stepPattern.FindStringSubmatch(body)
	if found == nil {
		return ""
	}
	return found[1]
}

// On fails unless the page is this step.
func (p Page) On(t testing.TB, step string) Page {
	t.Helper()
	if p.Step != step {
		t.Fatalf("at step %q (%d, %s), want %q\n%s", p.Step, p.Status, p.At, step, p.Body)
	}
	if p.Step != "" {
		CheckWords(t, p.Body)
	}
	return p
}

// OK fails unless the page is this step, with 200.
func (p Page) OK(t testing.TB, step string) Page {
	t.Helper()
	if p.On(t, step); p.Status != http.StatusOK {
		t.Fatalf("step %q at %s: %d\n%s", step, p.At, p.Status, p.Body)
	}
	return p
}

// Shows fails unless the page has these words.
func (p Page) Shows(t testing.TB, words ...string) Page {
	t.Helper()
	for _, one := range words {
		if !strings.Contains(p.Body, one) {
			t.Errorf("%s (%d) does not show %q\n%s", p.At, p.Status, one, p.Body)
		}
	}
	return p
}

// Markup is what an attacker types in the place of a name.
const Markup = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`

// Inert fails if the page holds Markup as anything but text.
func (p Page) Inert(t testing.TB) Page {
	t.Helper()
	for _, alive := range []string{"<script>alert", "<img src=x", `"'><`} {
		if strings.Contains(p.Body, alive) {
			t.Errorf("%s: %s came back alive", p.At, alive)
		}
	}
	return p
}

// One is what the pattern's first group finds on the page.
func (p Page) One(t testing.TB, pattern *regexp.Regexp) string {
	t.Helper()
	found := pattern.FindStringSubmatch(p.Body)
	if found == nil {
		t.Fatalf("%s (%d) has nothing like %s\n%s", p.At, p.Status, pattern, p.Body)
	}
	return found[1]
}

var claimPattern = regexp.MustCompile(`data-claim="([^"]+)">([^<]*)<`)

// Claims reads the table of a stand-in app that the visitor is signed in to.
func (p Page) Claims() map[string]string {
	found := map[string]string{}
	for _, match := range claimPattern.FindAllStringSubmatch(p.Body, -1) {
		found[match[1]] = match[2]
	}
	return found
}
