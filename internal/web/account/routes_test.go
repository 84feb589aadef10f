package account_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/internal/web/account"
)

// fields are what the form of each route carries; a route with a form that is not here fails the tests.
func fields() map[string]url.Values {
	none := url.Values{}
	return map[string]url.Values{
		"/account/password":                               {"current_password": {"x"}, "new_password": {fresh}},
		"/account/authenticators/new":                     {"kind": {"totp"}},
		"/account/authenticators/new/passkey":             {"setup": {"x"}, "credential": {"{}"}},
		"/account/authenticators/new/totp":                {"code": {"000000"}, "label": {"Mine"}},
		"/account/authenticators/new/sms":                 {"country": {"AU"}, "phone": {"0491 570 158"}},
		"/account/authenticators/new/sms-verify":          {"code": {"000000"}, "label": {"Mine"}},
		"/account/authenticators/{authenticator}/rename":  {"label": {"Mine"}},
		"/account/authenticators/{authenticator}/remove":  none,
		"/account/authenticators/{authenticator}/default": none,
		"/account/pin":                    {"pin": {"730152"}, "pin_confirm": {"730152"}},
		"/account/sessions/{session}/end": none,
		"/account/sessions/end":           none,
		"/account/forgot":                 {"username": {"nobody@example.com"}},
		"/account/unlock":                 {"username": {"nobody@example.com"}},
		"/account/link/{link}":            {"purpose": {"unlock"}},
	}
}

func form(t *testing.T, r account.Route) url.Values {
	t.Helper()
	if r.Method == http.MethodGet {
		return nil
	}
	values, known := fields()[r.Pattern]
	if !known {
		t.Fatalf("%s %s: no test knows its form", r.Method, r.Pattern)
	}
	return values
}

// names puts identifiers into a pattern; one that the table names and this does not fails the test.
func names(t *testing.T, r account.Route, ids map[string]string) string {
	t.Helper()
	path := strings.ReplaceAll(r.Pattern, "{what}", "password")
	for _, name := range r.Names {
		id, known := ids[name]
		if !known {
			t.Fatalf("%s names a %s, which no test knows", r.Pattern, name)
		}
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	if strings.ContainsAny(path, "{}") {
		t.Fatalf("%s names something that the table does not say", r.Pattern)
	}
	return path
}

// foreign are identifiers of another person, of the same practice, and of another one.
func (h *house) foreign(of string) map[string]string {
	h.t.Helper()
	live, _, err := h.Records().ListSessions(h.t.Context(), h.Account(of).Practice.ID, h.Account(of).User.ID, directory.Page{Limit: 50})
	if err != nil || len(live) == 0 {
		h.t.Fatalf("%s has no session: %v", of, err)
	}
	return map[string]string{
		"authenticator": string(h.Account(of).Authenticators[0].ID), "session": string(live[0].ID), "link": strings.Repeat("A", 43),
	}
}

// ABUSE 32: every route that names something is asked for another person's: 404, an event in the visitor's own practice, and nothing
// changes. A name that stands for nothing is answered alike.
func TestSomebodyElsesIdentifiers(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	h.in("olivia")
	h.in("ewan")
	for _, of := range []string{"olivia", "ewan"} {
		before := h.Account(of)
		for _, route := range account.Table() {
			if len(route.Names) == 0 {
				continue
			}
			for _, ids := range []map[string]string{h.foreign(of), {"authenticator": "aut_none", "session": "ses_none", "link": "none"}} {
				seen := h.Events("tom")
				path := names(t, route, ids)
				p := s.Ask(route.Method, path, form(t, route))
				if p.Status != http.StatusNotFound {
					t.Errorf("%s %s: %d", route.Method, path, p.Status)
				}
				left := h.Events("tom")[:len(h.Events("tom"))-len(seen)]
				if slices.Contains(route.Names, "link") {
					continue // the link is no one's, so there is no practice to record the attempt in: see ABUSE 24
				}
				if len(left) != 1 || left[0].Result != idp.ResultFailure || left[0].Actor.ID != string(h.Account("tom").User.ID) {
					t.Errorf("%s %s left %+v", route.Method, path, left)
				}
			}
		}
		if diff := cmp.Diff(before, h.Account(of), cmp.Comparer(func(a, b idp.Secret) bool { return a.Reveal() == b.Reveal() })); diff != "" {
			t.Errorf("%s was changed: %s", of, diff)
		}
	}
}

// No visitor is let in without a session, and a form is not carried out.
func TestEveryPageNeedsASignIn(t *testing.T) {
	h := newHouse(t)
	h.in("tom")
	before := h.Account("tom")
	s := h.surfer()
	for _, route := range account.Table() {
		if route.Open() {
			continue
		}
		p := s.Ask(route.Method, names(t, route, h.foreign("tom")), form(t, route))
		if p.Status != http.StatusSeeOther || !strings.HasPrefix(p.To, "/authorize?") {
			t.Errorf("%s %s: %d to %q", route.Method, route.Pattern, p.Status, p.To)
		}
	}
	if diff := cmp.Diff(before.Authenticators, h.Account("tom").Authenticators, cmp.Comparer(func(a, b idp.Secret) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

// ABUSE 30: whatever changes something wants fresh proofs: its page asks for them, and its form is refused without.
func TestEveryChangeNeedsFreshProofs(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	p := s.Post("/account/authenticators/new", url.Values{"kind": {"totp"}}).On(t, "authenticator-totp") // one that was begun while they were fresh
	own := h.foreign("tom")
	h.Clock.Advance(policy.Freshness - time.Second)
	s.Get("/account").On(t, "account") // it keeps the session
	h.Clock.Advance(time.Second)
	before := h.Account("tom")
	for _, route := range account.Table() {
		if !route.NeedsProofs() {
			continue
		}
		values, path := form(t, route), names(t, route, own)
		if route.Pattern == "/account/authenticators/new/totp" && values != nil {
			values.Set("code", testworld.Code(t, p.One(t, keyPattern), h.Clock))
		}
		got := s.Ask(route.Method, path, values)
		switch {
		case route.Method == http.MethodGet:
			if got.Status != http.StatusSeeOther || !strings.Contains(got.To, "prompt=login") || !strings.Contains(got.To, url.QueryEscape(string(idp.ACRMFA))) {
				t.Errorf("GET %s: %d to %q", path, got.Status, got.To)
			}
		case strings.HasSuffix(route.Pattern, "/sms-verify"): // nothing was begun there: it leads to the beginning
			if got.Status != http.StatusSeeOther {
				t.Errorf("POST %s: %d", path, got.Status)
			}
		case got.Status != http.StatusForbidden || !strings.Contains(got.Body, "Confirm who you are"):
			t.Errorf("POST %s: %d\n%s", path, got.Status, got.Body)
		}
	}
	if diff := cmp.Diff(before, h.Account("tom"), cmp.Comparer(func(a, b idp.Secret) bool { return a == b })); diff != "" {
		t.Errorf("changed: %s", diff)
	}
	s.Get("/account").On(t, "account") // nothing was signed out either
}

// ABUSE 37: a form that another site sends is refused, and no page can be framed.
func TestForgedForms(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	own := h.foreign("tom")
	for name, forge := range map[string]func(*http.Request){
		"cross-site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"sibling":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"old browser": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
	} {
		s.Forge = forge
		for _, route := range account.Table() {
			if route.Method != http.MethodPost {
				continue
			}
			p := s.Ask(route.Method, names(t, route, own), form(t, route))
			if p.Status != http.StatusForbidden || p.Step != "error" || !strings.Contains(p.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
				t.Errorf("%s: %s: %d", name, route.Pattern, p.Status)
			}
		}
	}
	s.Forge = nil
	s.Get("/account").On(t, "account")
}

// ABUSE 34: fields that do not belong to a form.
func TestExtraFields(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	own := h.foreign("tom")
	for _, route := range account.Table() {
		if route.Method != http.MethodPost {
			continue
		}
		for _, extra := range []string{"role", "practice_id", "mfa", "sub", "locked_until", "user_id"} {
			values := url.Values{extra: {"x"}}
			for name, all := range form(t, route) {
				values[name] = all
			}
			if p := s.Ask(route.Method, names(t, route, own), values); p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s with %s: %d", route.Pattern, extra, p.Status)
			}
		}
	}
	if n := len(h.Account("tom").Authenticators); n != 1 {
		t.Errorf("%d authenticators", n)
	}
}

func TestPasswordManagersFindTheForm(t *testing.T) {
	h := newHouse(t)
	p := h.surfer().Ask(http.MethodGet, "/.well-known/change-password", nil)
	if p.Status != http.StatusFound || p.To != "/account/password" {
		t.Errorf("%d to %q", p.Status, p.To)
	}
}

// The token of a link must not reach the log, whatever method or path it is asked with.
func TestOddRequestsForALink(t *testing.T) {
	h := newHouse(t)
	s := h.surfer()
	if p := s.Ask(http.MethodPut, "/account/link/secret", url.Values{}); p.Status != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", p.Status)
	}
	if p := s.Ask(http.MethodGet, "/account/link/secret/more", nil); p.Status != http.StatusNotFound {
		t.Errorf("more: %d", p.Status)
	}
}
