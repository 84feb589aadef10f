package support_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web/support"
)

// form is what a person sends with a form of the support desk; a new form without one fails the tests.
func form(t *testing.T, r support.Route) url.Values {
	t.Helper()
	if r.Method == http.MethodGet {
		return nil
	}
	_, last, _ := strings.Cut(strings.TrimPrefix(r.Pattern, "/support/"), "}/")
	last = last[strings.LastIndex(last, "/")+1:]
	practice := url.Values{"name": {"Stolen & Co"}, "region": {"AU"}, "time_zone": {"Australia/Sydney"}, "phone": {"02 5550 6666"}}
	forms := map[string]url.Values{
		"":           practice, // new-practice
		"edit":       {"name": {"Stolen & Co"}, "region": {"AU"}, "time_zone": {"Australia/Sydney"}, "phone": {"02 5550 6666"}, "version": {"1"}},
		"apps":       {"app": {"contacts"}},
		"remove":     {},
		"mandatory":  {"from": {"2031-07-01"}},
		"passkeys":   {"version": {"1"}, "phishing_resistance_from": {"2031-07-01"}},
		"suspend":    {},
		"resume":     {},
		"activation": {"action": {"decline"}, "answer": {"No."}},
		"case":       {"action": {"reset_mfa"}, "reason": {"They rang."}},
		"code":       {"to": {"usr_none"}},
		"check":      {"check": {"colleague"}, "result": {"passed"}, "how": {"Asked."}},
		"submit":     {},
		"decide":     {"action": {"refuse"}, "why": {"No."}},
		"perform":    {},
		"close":      {"closing": {"No."}},
	}
	values, ok := forms[last]
	if !ok {
		t.Fatalf("%s %s: say in form what it takes", r.Method, r.Pattern)
	}
	return values
}

// address fills in the names of a route.
func address(t *testing.T, r support.Route, names map[string]string) string {
	t.Helper()
	path := r.Pattern
	for _, name := range r.Names {
		path = strings.ReplaceAll(path, "{"+name+"}", names[name])
	}
	if strings.ContainsAny(path, "{}") {
		t.Fatalf("%s names something that its Names do not", r.Pattern)
	}
	return path
}

// real are names of what exists: a practice that asks for MFA, a person in another, and a case that waits for a decision.
func (h *house) real() map[string]string {
	h.t.Helper()
	aroha, ewan := h.Account("aroha"), h.Account("ewan")
	_, err := h.Directory().Practices.RequestActivation(h.t.Context(), h.as("aroha", idp.ActorUser), aroha.Practice.ID, "Please.", h.Clock.Now())
	h.must(err)
	riley := h.as("riley", idp.ActorStaff)
	opened, err := h.Directory().Cases.OpenCase(h.t.Context(), riley, directory.NewCase{
		PracticeID: ewan.Practice.ID, UserID: ewan.User.ID, Action: idp.CaseResetMFA, Reason: "They rang.",
	}, h.Clock.Now())
	h.must(err)
	voucher := h.colleague("ewan")
	for _, name := range []idp.CheckName{idp.CheckCallBack, idp.CheckColleague} {
		check := directory.NewCheck{Name: name, Result: idp.CheckPassed, How: "Asked.", Voucher: voucher}
		h.must(h.Directory().Cases.RecordCheck(h.t.Context(), riley, opened.ID, check, h.Clock.Now()))
	}
	h.must(h.Directory().Cases.SubmitCase(h.t.Context(), riley, opened.ID, h.Clock.Now()))
	return map[string]string{"practice": string(aroha.Practice.ID), "user": string(ewan.User.ID), "case": string(opened.ID), "app": "timesheets"}
}

// colleague brings somebody into the person's practice who can vouch for them, and returns the user name.
func (h *house) colleague(of string) string {
	h.t.Helper()
	account := h.Account(of)
	_, domain, _ := strings.Cut(account.User.Username, "@")
	username := "cass@" + domain
	_, err := h.Directory().People.CreateUser(h.t.Context(), directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "test"}}, directory.NewUser{
		PracticeID: account.Practice.ID, Username: username, Name: "Cass Rowe", Password: idp.NewSecret("granite-window-harbour-9"),
	}, h.Clock.Now())
	h.must(err)
	return username
}

// state is what the attacks must not change.
func (h *house) state() string {
	h.t.Helper()
	ctx, riley := h.t.Context(), h.as("riley", idp.ActorStaff)
	practices, _, err := h.Directory().Practices.ListPractices(ctx, riley, directory.PracticeQuery{}, directory.Page{}, h.Clock.Now())
	h.must(err)
	cases, _, err := h.Directory().Cases.ListCases(ctx, riley, directory.CaseQuery{}, directory.Page{}, h.Clock.Now())
	h.must(err)
	var lines []string
	for _, p := range practices {
		lines = append(lines, p.Name, string(p.State), string(p.MFA), p.Phone, p.MFARequiredFrom.String())
		for _, app := range p.Apps {
			lines = append(lines, string(app))
		}
	}
	for _, c := range cases {
		lines = append(lines, string(c.ID), string(c.State))
	}
	return strings.Join(lines, "\n")
}

// ABUSE 39: a visitor who is no active member of staff is sent to sign in, whatever they ask for and with whatever session, and
// nothing happens.
func TestOnlyStaffGetIn(t *testing.T) {
	h := open(t)
	names, demoted := h.real(), h.in("noor", "/support")
	h.update("noor", func(u *idp.User) { u.Roles = []idp.Role{idp.RoleUserManagement, idp.RoleSystemAdministrator} })
	before := h.state()
	for who, s := range map[string]*surfer{
		"nobody":                               h.surfer("olivia"),
		"an administrator at User Management+": h.in("olivia", "/manage"),
		"one who was of staff a moment ago":    demoted,
	} {
		for _, r := range support.Table() {
			p := s.Ask(r.Method, address(t, r, names), form(t, r))
			if p.Status != http.StatusSeeOther || !strings.HasPrefix(p.To, "/authorize?") || !strings.Contains(p.To, "client_id=support") {
				t.Errorf("%s, %s %s: %d to %q", who, r.Method, r.Pattern, p.Status, p.To)
			}
		}
		if after := h.state(); after != before {
			t.Fatalf("%s changed something:\n%s\n\nto\n\n%s", who, before, after)
		}
	}
}

// ABUSE 32: a name that stands for nothing is answered by 404, and the attempt is on record with APS. (Staff see every practice,
// so there is no other practice's name; what mixes two practices is tested with the commands.)
func TestNamesThatStandForNothing(t *testing.T) {
	h := open(t)
	h.real()
	s, before := h.in("riley", "/support"), h.state()
	none := map[string]string{"practice": "prc_none", "user": "usr_none", "case": "cas_none", "app": "none"}
	for _, r := range support.Table() {
		if len(r.Names) == 0 {
			continue
		}
		count := len(h.Events("riley"))
		p := s.Ask(r.Method, address(t, r, none), form(t, r))
		events := h.Events("riley")
		recorded := slices.ContainsFunc(events[:len(events)-count], func(e idp.AuditEvent) bool {
			return e.Result == idp.ResultFailure && e.Details["named_"+r.Names[0]] == none[r.Names[0]]
		})
		if p.Status != http.StatusNotFound || !recorded {
			t.Errorf("%s %s: %d, on record %t", r.Method, r.Pattern, p.Status, recorded)
		}
	}
	if after := h.state(); after != before {
		t.Errorf("something changed:\n%s\n\nto\n\n%s", before, after)
	}
}

// What has consequences asks for the second factor again after a while: the page sends there, and a form is not carried out but
// shown again with what was typed.
func TestConsequencesNeedFreshProofs(t *testing.T) {
	h := open(t)
	names, s := h.real(), h.in("noor", "/support")
	h.Clock.Advance(9 * time.Minute)
	s.Ask(http.MethodGet, "/support", nil) // is active
	h.Clock.Advance(9 * time.Minute)
	before := h.state()
	for _, r := range support.Table() {
		if !r.NeedsProofs() || strings.HasSuffix(r.Pattern, "/resume") || strings.HasSuffix(r.Pattern, "/perform") {
			continue
		}
		p := s.Ask(r.Method, address(t, r, names), form(t, r))
		if r.Method == http.MethodGet {
			if p.Status != http.StatusSeeOther || !strings.Contains(p.To, "prompt=login") || !strings.Contains(p.To, "acr%3Amfa") {
				t.Errorf("%s: %d to %q", r.Pattern, p.Status, p.To)
			}
			continue
		}
		if p.Status != http.StatusForbidden || !strings.Contains(p.Body, "Confirm who you are") || !strings.Contains(p.Body, `role="alert"`) {
			t.Errorf("POST %s: %d\n%s", r.Pattern, p.Status, p.Body)
		}
		for name, values := range form(t, r) {
			typed := name == "reason" || name == "why" || name == "answer" || name == "phone" || name == "from"
			if typed && !strings.Contains(p.Body, values[0]) {
				t.Errorf("POST %s: %s was lost", r.Pattern, name)
			}
		}
	}
	if after := h.state(); after != before {
		t.Errorf("something changed:\n%s\n\nto\n\n%s", before, after)
	}
}

func TestFormsThatAreNotOurs(t *testing.T) { // ABUSE 34, 37
	h := open(t)
	names, s := h.real(), h.in("noor", "/support")
	before := h.state()
	for name, attack := range map[string]struct {
		forge  func(*http.Request)
		extra  url.Values
		status int
	}{
		"another site":   {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, nil, http.StatusForbidden},
		"a sibling site": {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, nil, http.StatusForbidden},
		"an old browser at another site": {func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		}, nil, http.StatusForbidden},
		"a field too many": {nil, url.Values{"practice_id": {"prc_none"}}, http.StatusUnprocessableEntity},
		"a state":          {nil, url.Values{"state": {"approved"}}, http.StatusUnprocessableEntity},
		"no form":          {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, nil, http.StatusUnsupportedMediaType},
	} {
		s.Forge = attack.forge
		for _, r := range support.Table() {
			if r.Method != http.MethodPost {
				continue
			}
			sent := form(t, r)
			for field, values := range attack.extra {
				sent[field] = values
			}
			if p := s.Ask(r.Method, address(t, r, names), sent); p.Status != attack.status {
				t.Errorf("%s, %s: %d", name, r.Pattern, p.Status)
			}
		}
		if after := h.state(); after != before {
			t.Fatalf("%s changed something:\n%s\n\nto\n\n%s", name, before, after)
		}
	}
}

func TestPagesAreNeitherFramedNorKept(t *testing.T) { // ABUSE 37
	h := open(t)
	names, s := h.real(), h.in("noor", "/support")
	seen := 0
	for _, r := range support.Table() {
		if r.Method != http.MethodGet {
			continue
		}
		p := s.Ask(r.Method, address(t, r, names), nil)
		policy := p.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors 'none'") || p.Header.Get("X-Frame-Options") != "DENY" || p.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %q, %q, %q", r.Pattern, policy, p.Header.Get("X-Frame-Options"), p.Header.Get("Cache-Control"))
		}
		if p.Status == http.StatusOK {
			seen++
		}
	}
	if seen < 12 {
		t.Errorf("only %d pages were shown", seen)
	}
}

func TestOddAddresses(t *testing.T) { // ABUSE 38
	h := open(t)
	s := h.in("riley", "/support")
	for path, want := range map[string]int{
		"/support/cases?show=everything":                                 http.StatusBadRequest,
		"/support/practices?search=" + strings.Repeat("x", 4096):         http.StatusBadRequest,
		"/support/practices?state=gone":                                  http.StatusBadRequest,
		"/support/people?email=%00%1b":                                   http.StatusBadRequest,
		"/support/explain?user=usr_none&app=timesheets":                  http.StatusNotFound,
		"/support/explain?email=ewan%40thistlerowe.example&app=fusesign": http.StatusNotFound,
		"/support/nothing":                                               http.StatusNotFound,
	} {
		if p := s.Ask(http.MethodGet, path, nil); p.Status != want || strings.Contains(p.Body, "\x1b") {
			t.Errorf("%.60s: %d, want %d", path, p.Status, want)
		}
	}
	if p := s.Ask(http.MethodGet, "/support/prove?back=https://evil.example/", nil); !strings.Contains(p.To, "state=%2Fsupport&") && !strings.HasSuffix(p.To, "state=%2Fsupport") {
		t.Errorf("leads back to %q", p.To)
	}
}
