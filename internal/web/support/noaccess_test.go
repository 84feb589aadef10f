package support_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Somebody of a practice who finds an app of the provider that is not for them reads whom it is for.
func TestWhoMayNotEnterReadsWhoMay(t *testing.T) {
	h := open(t)
	for home, want := range map[string]string{
		"/support": "is only for people who work at APS",
		"/manage":  "You need access to User Management&#43;",
	} {
		s := h.surfer("ewan")
		p := s.follow(http.MethodGet, home, nil)
		p = s.follow(http.MethodPost, p.path, url.Values{"username": {s.who.Username}, "password": {s.who.Password}})
		if p.step != "notice" || !strings.Contains(p.body, want) {
			t.Errorf("%s: %s\n%s", home, p.step, p.body)
		}
	}
}
