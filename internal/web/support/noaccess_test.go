package support_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A person of a practice who finds an app of the provider that is not for them reads whom it is for.
func TestWhoMayNotEnterReadsWhoMay(t *testing.T) {
	h := open(t)
	for home, want := range map[string]string{
		"/support": "is only for people who work at APS",
		"/manage":  "You need access to User Management&#43;",
	} {
		s := h.surfer("ewan")
		p := s.Follow(http.MethodGet, home, nil)
		p = s.Follow(http.MethodPost, p.At, url.Values{"username": {s.who.Username}, "password": {s.who.Password}})
		if p.Step != "notice" || !strings.Contains(p.Body, want) {
			t.Errorf("%s: %s\n%s", home, p.Step, p.Body)
		}
	}
}
