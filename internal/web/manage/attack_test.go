package manage_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/internal/web/manage"
)

// form is what each form of the app sends when everything is right. A route that posts and has none fails the tests below.
func form(t *testing.T, pattern string) url.Values {
	t.Helper()
	forms := map[string]url.Values{
		"/manage/invite":                              {"name": {"Ana Hall"}, "username": {"ana@harbourfinch.example"}, "apps": {"contacts"}},
		"/manage/users/{user}/edit":                   {"version": {"1"}, "name": {"Changed"}, "username": {"changed@harbourfinch.example"}},
		"/manage/users/{user}/access":                 {"version": {"1"}, "apps": {"contacts"}},
		"/manage/users/{user}/sessions/{session}/end": {},
		"/manage/users/{user}/reset-mfa":              {"reason": {"Lost the phone"}},
		"/manage/users/{user}/create-enrolment-code":  {},
		"/manage/users/{user}/unlock":                 {},
		"/manage/users/{user}/send-password-reset":    {},
		"/manage/users/{user}/resend-confirmation":    {},
		"/manage/users/{user}/disable":                {},
		"/manage/users/{user}/enable":                 {},
		"/manage/users/{user}/resend-invite":          {},
		"/manage/users/{user}/revoke-invite":          {},
		"/manage/users/{user}/remind-mfa":             {},
		"/manage/batch":                               {"action": {"disable-user"}, "scope": {"ticked"}, "user": {"usr_none"}},
		"/manage/batch/resend-invite":                 {"batch": {"bat_none"}, "reason": {"Any"}},
		"/manage/batch/remind-mfa":                    {"batch": {"bat_none"}, "reason": {"Any"}},
		"/manage/batch/reset-mfa":                     {"batch": {"bat_none"}, "reason": {"Any"}},
		"/manage/batch/disable":                       {"batch": {"bat_none"}, "reason": {"Any"}},
		"/manage/batch/enable":                        {"batch": {"bat_none"}, "reason": {"Any"}},
		"/manage/import":                              {"pasted": {"Name"}},
		"/manage/import/run":                          {"sheet": {"imp_none"}, "column": {"name", "username"}},
		"/manage/passkeys":                            {"version": {"1"}, "phishing_resistance_from": {"2040-01-01"}},
		"/manage/mfa/request":                         {"note": {"Any day"}},
		"/manage/mfa/withdraw":                        {},
		"/manage/integrations/{client}":               {"version": {"1"}, "owner": {"Changed"}, "purpose": {"Changed"}, "review": {"2030-01-01"}},
	}
	found, ok := forms[pattern]
	if !ok {
		t.Fatalf("%s: say in forms what it sends, so that it can be attacked", pattern)
	}
	return found
}

// names replaces what a route names.
type names struct{ user, session, client string }

func (n names) in(t *testing.T, route manage.Route) string {
	t.Helper()
	for _, name := range route.Names {
		if !slices.Contains([]string{"user", "session", "client"}, name) || !strings.Contains(route.Pattern, "{"+name+"}") {
			t.Fatalf("%s names a %s: say here what another practice's is", route.Pattern, name)
		}
	}
	if len(route.Names) != strings.Count(route.Pattern, "{") {
		t.Fatalf("%s does not say all that it names: %v", route.Pattern, route.Names)
	}
	return strings.NewReplacer("{user}", n.user, "{session}", n.session, "{client}", n.client).Replace(route.Pattern)
}

func (s *surfer) send(t *testing.T, route manage.Route, address string) testworld.Page {
	t.Helper()
	if route.Method == http.MethodGet {
		return s.Get(address)
	}
	return s.Post(address, form(t, route.Pattern))
}

// Whatever a manager of one practice names of another is not there, and the attempt is on record in the own practice.
func TestAnotherPracticesNamesLeadNowhere(t *testing.T) { // ABUSE 32
	w := open(t)
	olivia, aroha := w.manager(t, "olivia"), w.manager(t, "aroha")
	theirs := names{user: aroha.user("aroha"), client: "connectworks"}
	theirs.session = aroha.session(theirs.user)
	own := names{user: olivia.user("tom"), client: "fusesign"}
	attacked, seen := 0, map[string]int{}
	for _, route := range manage.Table() {
		for _, name := range route.Names {
			mixed, named := own, theirs.user
			switch name {
			case "user":
				mixed.user, mixed.session = theirs.user, "ses_x"
			case "session":
				mixed.session, named = theirs.session, theirs.session
			case "client":
				mixed.client, named = theirs.client, theirs.client
			}
			p := olivia.send(t, route, mixed.in(t, route))
			if p.Status != http.StatusNotFound {
				t.Errorf("%s %s with another practice's %s: %d", route.Method, route.Pattern, name, p.Status)
			}
			if strings.Contains(p.Body, "Aroha") || strings.Contains(p.Body, "kaurilane") {
				t.Errorf("%s %s tells whose it is", route.Method, route.Pattern)
			}
			seen[named]++
			if found := strings.Count(olivia.trail(), `"`+named+`"`); found != seen[named] {
				t.Errorf("%s %s: %d events name the %s, not one more: %d", route.Method, route.Pattern, found, name, seen[named])
			}
			attacked++
		}
	}
	if attacked < 20 {
		t.Errorf("only %d attacks", attacked)
	}
	if p := aroha.Get("/manage/users/" + theirs.user); !strings.Contains(p.Body, "Aroha Ngata") || p.Status != http.StatusOK {
		t.Errorf("Aroha is not as before: %d", p.Status)
	}
}

// A manager with User Management+ alone may read about a System Administrator, and changes nothing.
func TestFewerRightsAreNotEnough(t *testing.T) { // ABUSE 33
	w := open(t)
	olivia := w.manager(t, "olivia")
	boss, tomID := olivia.user("olivia"), olivia.user("tom")
	access := "/manage/users/" + tomID + "/access"
	olivia.Post(access, url.Values{"version": {olivia.version(access)}, "roles": {"user_management"}, "apps": {"contacts", "timesheets", "lodgements"}}).OK(t, "person")
	tom := w.manager(t, "tom")
	of := names{user: boss, client: "fusesign"}
	of.session = olivia.session(boss)
	for _, route := range manage.Table() {
		if !slices.Contains(route.Names, "user") || route.Pattern == "/manage/users/{user}" {
			continue // a route that is not about a person is open to all who manage people
		}
		if p := tom.send(t, route, of.in(t, route)); p.Status != http.StatusForbidden {
			t.Errorf("%s %s: %d", route.Method, route.Pattern, p.Status)
		}
	}
	invite := form(t, "/manage/invite")
	invite.Set("roles", "system_administrator")
	if p := tom.Post("/manage/invite", invite); p.Status != http.StatusForbidden {
		t.Errorf("granted a right that he lacks: %d", p.Status)
	}
	if p := tom.Get("/manage/users/"+boss).OK(t, "person"); !strings.Contains(p.Body, "Authenticator app") || strings.Contains(p.Body, "Disabled</span>") {
		t.Error("the System Administrator is not as before")
	}
}

// A manager can't do to their own account what an administrator does to others.
func TestNobodyManagesTheOwnAccount(t *testing.T) { // ABUSE 33
	w := open(t)
	olivia := w.manager(t, "olivia")
	me := names{user: olivia.user("olivia")}
	for _, route := range manage.Table() {
		if !slices.Equal(route.Names, []string{"user"}) || route.Pattern == "/manage/users/{user}" {
			continue
		}
		if p := olivia.send(t, route, me.in(t, route)); p.Status != http.StatusForbidden {
			t.Errorf("%s %s: %d", route.Method, route.Pattern, p.Status)
		}
	}
	if p := olivia.Get("/manage/users/"+me.user).OK(t, "person"); !strings.Contains(p.Body, `aria-disabled="true"`) || !strings.Contains(p.Body, "your own account") {
		t.Error("the menu does not say why")
	}
}

// Without access to User Management+ there is no page and no form.
func TestPeopleWithoutAccessStayOutside(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	all := names{user: olivia.user("mia"), client: "fusesign"}
	all.session = olivia.session(olivia.user("olivia"))
	for name, s := range map[string]*surfer{"nobody": w.surfer(t), "Tom": w.manager(t, "tom")} {
		for _, route := range manage.Table() {
			p := s.send(t, route, all.in(t, route))
			if strings.Contains(p.At, "/manage") || !slices.Contains([]string{"password", "notice"}, p.Step) {
				t.Errorf("%s, %s %s: at %s (%d)", name, route.Method, route.Pattern, p.At, p.Status)
			}
		}
	}
	if p := olivia.Get("/manage/users/"+all.user).OK(t, "person"); !strings.Contains(p.Body, "Mia Chen") || strings.Contains(p.Body, "Disabled</span>") {
		t.Error("a form of somebody outside was carried out")
	}
}

// ABUSE 37: another site's form is stopped, and no page can be framed. ABUSE 34: nor does a field that is not ours pass. ABUSE 38:
// nor does a value that no person can type.
func TestFormsThatAreNotOurs(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	own := names{user: olivia.user("tom"), client: "fusesign"}
	own.session = olivia.session(olivia.user("olivia"))
	before := state(olivia, own)
	for _, route := range manage.Table() {
		if route.Method != http.MethodPost {
			continue
		}
		address := own.in(t, route)
		for _, forge := range []func(*http.Request){
			func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			func(r *http.Request) { // an old browser
				r.Header.Del("Sec-Fetch-Site")
				r.Header.Set("Origin", "https://evil.example")
			},
		} {
			olivia.Forge = forge
			if p := olivia.Post(address, form(t, route.Pattern)); p.Status != http.StatusForbidden {
				t.Errorf("%s from another site: %d", route.Pattern, p.Status)
			}
		}
		olivia.Forge = nil
		for _, extra := range []string{"role", "practice_id", "mfa", "sub", "locked_until"} {
			values := form(t, route.Pattern)
			values.Set(extra, "system_administrator")
			if p := olivia.Post(address, values); p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s with %s: %d", route.Pattern, extra, p.Status)
			}
		}
		for field := range form(t, route.Pattern) {
			for _, text := range []string{"a\rb", "a\x1b[31mb", "a\u2028b", "a\x00b", "\xff", strings.Repeat("x", 1<<20)} {
				values := form(t, route.Pattern)
				values.Set(field, text)
				if p := olivia.Post(address, values); p.Status < 400 || p.Status > 499 {
					t.Errorf("%s with %.20q in %s: %d", route.Pattern, text, field, p.Status)
				}
			}
			values := form(t, route.Pattern)
			values[field] = []string{"one", "two"} // the second of a field that comes once, or boxes that the form does not offer
			if p := olivia.Post(address, values); p.Status < 400 || p.Status > 499 {
				t.Errorf("%s with %s twice: %d", route.Pattern, field, p.Status)
			}
		}
	}
	if after := state(olivia, own); after != before {
		t.Errorf("something changed: %s, and before %s", after, before)
	}
}

// state is what the forms above would change.
func state(s *surfer, n names) string {
	return fmt.Sprint(
		s.version("/manage/users/"+n.user+"/edit"), s.version("/manage/integrations/"+n.client),
		strings.Count(s.Get("/manage").Body, "data-row="), strings.Contains(s.Get("/manage/users/"+n.user).Body, "Authenticator app"))
}

func TestPagesCannotBeFramed(t *testing.T) { // ABUSE 37
	w := open(t)
	olivia := w.manager(t, "olivia")
	own := names{user: olivia.user("tom"), client: "fusesign", session: "ses_x"}
	addresses := []string{"/manage/users/usr_none", "/manage?filter=none"}
	for _, route := range manage.Table() {
		if route.Method == http.MethodGet && !strings.Contains(route.Pattern, "/activity.") {
			addresses = append(addresses, own.in(t, route))
		}
	}
	for _, address := range addresses {
		p := olivia.Get(address)
		policy := p.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || p.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %s", address, policy)
		}
		if p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %s", address, p.Header.Get("Cache-Control"))
		}
	}
}
