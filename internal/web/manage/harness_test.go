package manage_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/testworld"
)

// world is the demo with its two practices.
type world struct{ *testworld.World }

func open(t testing.TB, change ...func(*demo.Config)) *world {
	t.Helper()
	return &world{testworld.Open(t, change...)}
}

// surfer is a visitor of User Management+.
type surfer struct {
	*testworld.Visitor
	t testing.TB
}

func (w *world) surfer(t testing.TB) *surfer {
	t.Helper()
	return &surfer{Visitor: w.Visitor(), t: t}
}

// manager signs a person in at User Management+. A person without an authenticator gets as far as the password leads.
func (w *world) manager(t testing.TB, name string) *surfer {
	t.Helper()
	s := w.surfer(t)
	s.SignIn(s.Get("/manage"), w.Person(name), w.Clock)
	return s
}

var (
	rowPattern     = regexp.MustCompile(`data-row="(usr_[a-z0-9]+)"`)
	sessionPattern = regexp.MustCompile(`/sessions/(ses_[a-z0-9]+)/end`)
	nextPattern    = regexp.MustCompile(`href="(/manage\?after=[^"]+)" rel="next"`)
	versionPattern = regexp.MustCompile(`name="version" value="([0-9]+)"`)
)

// user finds a person of the surfer's practice, by the pages alone.
func (s *surfer) user(search string) string {
	s.t.Helper()
	p := s.Get("/manage?search="+url.QueryEscape(search)).OK(s.t, "people")
	found := rowPattern.FindAllStringSubmatch(p.Body, -1)
	if len(found) != 1 {
		s.t.Fatalf("%d people are called %s", len(found), search)
	}
	return found[0][1]
}

// session finds one of the person's sessions.
func (s *surfer) session(user string) string { return s.one("/manage/users/"+user, sessionPattern) }

// version is what the form at this address says of it.
func (s *surfer) version(address string) string { return s.one(address, versionPattern) }

func (s *surfer) one(address string, pattern *regexp.Regexp) string {
	s.t.Helper()
	p := s.Get(address)
	if p.Status != http.StatusOK {
		s.t.Fatalf("%s: %d\n%s", address, p.Status, p.Body)
	}
	return p.One(s.t, pattern)
}

// trail is the activity of the surfer's practice, as it is downloaded.
func (s *surfer) trail() string {
	s.t.Helper()
	p := s.Get("/manage/activity.jsonl")
	if p.Status != http.StatusOK || !strings.Contains(p.Body, `"action":"practice.created"`) {
		s.t.Fatalf("the trail: %d\n%.2000s", p.Status, p.Body)
	}
	return p.Body
}
