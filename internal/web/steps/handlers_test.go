package steps_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
)

func TestFormReachesTheServiceWhole(t *testing.T) {
	s := &script{outcome: signin.Outcome{State: signin.StateChoose, Cookie: idp.NewSecret("fresh")}}
	w := post(edge(t, s, apps{}), base+"password", url.Values{"username": {" Jane@Example.com "}, "password": {" pass word "}, "action": {""}}, func(r *http.Request) {
		r.Header.Set("User-Agent", "Browser/1")
	})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin/timesheets/tx1/choose" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	if s.step != signin.StatePassword || s.form.Username != " Jane@Example.com " || s.form.Password.Reveal() != " pass word " {
		t.Errorf("step %q, form %+v", s.step, s.form)
	}
	if s.browser.Transaction != "tx1" || s.browser.Address != "192.0.2.1" || s.browser.UserAgent != "Browser/1" {
		t.Errorf("browser %+v", s.browser)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Value != "fresh" || !strings.HasPrefix(cookies[0].Name, "__Host-") || cookies[0].MaxAge != int(signin.Lifetime/time.Second) {
		t.Errorf("cookies %v", cookies)
	}
}

// A first page that stood open: the sign-in in its place took the form, and the browser gets the cookies of that one.
func TestAFormTakenByAnotherSignInLeadsThere(t *testing.T) {
	begun := &signin.Begun{
		Transaction: "tx2", Client: "timesheets", Cookie: idp.NewSecret("bound"), Again: idp.NewSecret("kept"), ExpiresAt: noon().Add(signin.Untouched),
	}
	s := &script{outcome: signin.Outcome{State: signin.StateTOTP, Begun: begun, Cookie: idp.NewSecret("fresh")}}
	w := post(edge(t, s, apps{}), base+"password", url.Values{"username": {"jane@example.com"}, "password": {"p"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin/timesheets/tx2/totp" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	set := map[string]string{}
	for _, c := range w.Result().Cookies() {
		set[c.Value] = c.Path
	}
	if set["kept"] != "/signin/timesheets/tx2" || set["fresh"] != "/" {
		t.Errorf("cookies %v", set)
	}

	s.outcome = signin.Outcome{
		State: signin.StatePassword, Begun: begun, Problem: &signin.Problem{Field: "password", Code: signin.ProblemCredentials}, View: viewOf(signin.StatePassword),
	}
	w = post(edge(t, s, apps{}), base+"password", url.Values{"username": {"jane@example.com"}, "password": {"p"}})
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `action="/signin/timesheets/tx2/password"`) {
		t.Errorf("%d, and the form goes elsewhere", w.Code)
	}
}

func TestEveryFieldIsRead(t *testing.T) {
	s := &script{outcome: signin.Outcome{State: signin.StateDone}}
	h := edge(t, s, apps{})
	post(h, base+"recovery-pin", url.Values{"pin": {"83 62 91"}, "pin_confirm": {"836292"}})
	if s.form.PIN.Reveal() != "83 62 91" || s.form.PINConfirm.Reveal() != "836292" {
		t.Error("PIN not read")
	}
	post(h, base+"sms-setup", url.Values{"country": {"NZ"}, "phone": {"021 123"}, "action": {"back"}})
	if s.form.Country != "NZ" || s.form.Phone != "021 123" || s.form.Action != "back" {
		t.Errorf("%+v", s.form)
	}
	post(h, base+"choose", url.Values{"kind": {"sms"}})
	if s.form.Kind != idp.KindSMS {
		t.Errorf("%+v", s.form)
	}
	post(h, base+"new-password", url.Values{"new_password": {" four words are best "}})
	if s.form.NewPassword.Reveal() != " four words are best " {
		t.Error("new password not read")
	}
	w := post(h, base+"totp", url.Values{"code": {"123 456"}})
	if s.form.Code.Reveal() != "123 456" || w.Header().Get("Location") != "/signin/timesheets/tx1/done" {
		t.Errorf("%+v to %q", s.form, w.Header().Get("Location"))
	}
}

func TestAnotherStepLeadsToTheCurrentOne(t *testing.T) { // ABUSE 20
	s := &script{view: viewOf(signin.StateTOTP), outcome: signin.Outcome{State: signin.StateTOTP}}
	h := edge(t, s, apps{})
	for _, step := range []string{"password", "choose", "recovery-pin", "revoke", "done", "notice"} {
		w := get(h, base+step)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin/timesheets/tx1/totp" || w.Body.Len() > 100 {
			t.Errorf("GET %s: %d to %q", step, w.Code, w.Header().Get("Location"))
		}
	}
	w := post(h, base+"revoke", url.Values{})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin/timesheets/tx1/totp" {
		t.Errorf("POST: %d to %q", w.Code, w.Header().Get("Location"))
	}
}

func TestStaleOrForeignPageStartsAgain(t *testing.T) { // ABUSE 21
	begun := signin.Begun{Transaction: "tx2", Client: "timesheets", State: signin.StatePassword, Cookie: idp.NewSecret("new"), ExpiresAt: noon().Add(time.Minute)}
	h := edge(t, &script{err: &signin.Restarted{Begun: begun}}, apps{})
	for name, w := range map[string]interface {
		Result() *http.Response
	}{"GET": get(h, base+"totp"), "POST": post(h, base+"totp", url.Values{"code": {"123456"}})} {
		res := w.Result()
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/signin/timesheets/tx2/password?again" {
			t.Errorf("%s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
		}
		if c := res.Cookies(); len(c) != 1 || c[0].Value != "new" || c[0].MaxAge != 60 {
			t.Errorf("%s: cookies %v", name, c)
		}
	}
}

// ABUSE 60: a browser that keeps no cookies ends on a page that says what to allow. One that keeps others has only lost ours.
func TestABrowserWithoutCookiesIsToldSo(t *testing.T) {
	s := &script{view: viewOf(signin.StatePassword)}
	h := edge(t, s, apps{})
	w := get(h, base+"password?again")
	if body := w.Body.String(); w.Code != http.StatusBadRequest || !strings.Contains(body, "Your browser keeps no cookies") || !strings.Contains(body, `href="https://timesheets.example.com/login"`) {
		t.Errorf("%d %s", w.Code, body)
	}
	if w := get(h, "https://id.example.com/signin/unknown/tx1/password?again"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "Allow cookies") {
		t.Errorf("an app that is not known: %d", w.Code)
	}
	r := httptest.NewRequest("GET", base+"password?again", nil)
	r.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	kept := httptest.NewRecorder()
	h.ServeHTTP(kept, r)
	if kept.Code != http.StatusOK {
		t.Errorf("a browser that keeps cookies: %d", kept.Code)
	}
}

func TestCookiePlantedBesideOursIsRefused(t *testing.T) { // ABUSE 23
	s := &script{outcome: signin.Outcome{State: signin.StateChoose, Cookie: idp.NewSecret("v")}}
	h := edge(t, s, apps{})
	name := post(h, base+"password", url.Values{}).Result().Cookies()[0].Name
	w := post(h, base+"password", url.Values{}, func(r *http.Request) { r.Header.Set("Cookie", name+"=planted; "+name+"=mine") })
	if w.Code != http.StatusBadRequest || s.posts != 1 {
		t.Errorf("%d, %d posts reached the service", w.Code, s.posts)
	}
}

func TestAppInTheAddressMustBeTheSigninsOwn(t *testing.T) { // ABUSE 21
	s := &script{view: viewOf(signin.StateTOTP), outcome: signin.Outcome{
		State: signin.StateTOTP, View: viewOf(signin.StateTOTP), Problem: &signin.Problem{Field: "code", Code: signin.ProblemCodeWrong},
	}}
	h := edge(t, s, apps{})
	const other = "https://id.example.com/signin/contacts/tx1/totp"
	if w := get(h, other); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "jane@") {
		t.Errorf("GET: %d", w.Code)
	}
	if w := post(h, other, url.Values{}); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "jane@") {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestSigninThatIsGoneLeadsBackToTheApp(t *testing.T) {
	h := edge(t, &script{err: idp.ErrNotFound}, apps{})
	d := parse(t, get(h, base+"totp").Body.String())
	found := false
	for _, a := range d.all("a") {
		found = found || attr(a, "href") == "https://timesheets.example.com/login"
	}
	if !found {
		t.Error("no way back to the app")
	}
	w := get(h, "https://id.example.com/signin/nobody/tx1/totp")
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "This sign-in has ended") {
		t.Errorf("unknown app: %d", w.Code)
	}
	w = get(edge(t, &script{err: idp.ErrNotFound}, apps{err: idp.ErrUnavailable}), base+"totp")
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("store down: %d", w.Code)
	}
}

func TestBusyAndBrokenSayWhatToDo(t *testing.T) { // ABUSE 40, 43
	for _, row := range []struct {
		err    error
		status int
		retry  string
	}{
		{idp.Busy(4500 * time.Millisecond), http.StatusServiceUnavailable, "5"},
		{idp.Wrap(idp.CodeUnavailable, errors.New("dial tcp 10.0.0.7: secret detail")), http.StatusServiceUnavailable, "2"},
		{errors.New("secret detail"), http.StatusInternalServerError, ""},
	} {
		w := post(edge(t, &script{err: row.err}, apps{}), base+"password", url.Values{})
		if w.Code != row.status || w.Header().Get("Retry-After") != row.retry {
			t.Errorf("%v: %d, Retry-After %q", row.err, w.Code, w.Header().Get("Retry-After"))
		}
		if body := w.Body.String(); strings.Contains(body, "secret detail") || !strings.Contains(body, "req_") {
			t.Errorf("%v: the page tells the cause, or has no reference", row.err)
		}
	}
}

func TestForgedPostReachesNothing(t *testing.T) { // ABUSE 37
	for name, forge := range map[string]func(*http.Request){
		"cross-site":             func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"sibling":                func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"old browser":            func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"old browser, sandboxed": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
		"cross-site, own origin?": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://id.example.com")
		},
	} {
		for _, step := range allSteps() {
			s := &script{outcome: signin.Outcome{State: signin.StateDone}}
			w := post(edge(t, s, apps{}), base+string(step), url.Values{}, forge)
			if w.Code != http.StatusForbidden || s.posts != 0 || len(w.Result().Cookies()) != 0 {
				t.Errorf("%s at %s: %d, %d posts reached the service", name, step, w.Code, s.posts)
			}
			if !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") {
				t.Error("the refusal can be framed")
			}
		}
	}
	s := &script{outcome: signin.Outcome{State: signin.StateDone}}
	post(edge(t, s, apps{}), base+"totp", url.Values{}, func(r *http.Request) {
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set("Origin", "https://id.example.com")
	})
	if s.posts != 1 {
		t.Error("an old browser's own form is refused")
	}
}

func TestScriptInAnyValueStaysText(t *testing.T) { // ABUSE 37
	const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}javascript:alert(1)'`
	for _, step := range allSteps() {
		view := viewOf(step)
		view.App, view.Practice, view.Username, view.Phone, view.TOTPKey, view.Country = attack, attack, attack, attack, attack, attack
		view.AppURI, view.Note, view.TimeZone = "javascript:alert(1)", signin.Note(attack), attack
		view.RedirectURI = "https://a.example; script-src 'unsafe-inline'"
		var problem *signin.Problem
		if all := problemsOf(step); len(all) > 0 {
			problem = &all[0]
		}
		w := show(t, pageCase{view: view, problem: problem})
		d := parse(t, w.Body.String())
		for n := range d.Descendants() {
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || (a.Key == "href" || a.Key == "src") && strings.HasPrefix(strings.TrimSpace(a.Val), "javascript") {
					t.Errorf("%s: %s has %s=%q", step, n.Data, a.Key, a.Val)
				}
			}
		}
		for _, script := range d.all("script") {
			if script.FirstChild != nil {
				t.Errorf("%s: a script was injected", step)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || strings.Contains(csp, "a.example") {
			t.Errorf("%s: the policy was widened: %s", step, csp)
		}
	}
}

func TestLinkThatIsNoOTPAuthLinkIsNotTrusted(t *testing.T) {
	view := viewOf(signin.StateTOTPSetup)
	view.TOTPLink = "javascript:alert(1)"
	if w := show(t, pageCase{view: view}); w.Code != http.StatusInternalServerError {
		t.Errorf("%d", w.Code)
	}
}

func TestNoSecretComesBack(t *testing.T) {
	const secret = "s3cr3t-8372"
	for _, step := range allSteps() {
		form := url.Values{}
		for _, name := range []string{"password", "code", "pin", "pin_confirm", "new_password"} {
			for _, own := range namesOn(t, step) {
				if own == name {
					form.Set(name, secret)
				}
			}
		}
		for _, problem := range problemsOf(step) {
			s := &script{outcome: signin.Outcome{State: step, View: viewOf(step), Problem: &problem}}
			w := post(edge(t, s, apps{}), base+string(step), form)
			if w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), secret) {
				t.Errorf("%s %s: %d, or a secret came back", step, problem.Code, w.Code)
			}
		}
	}
}

func namesOn(t *testing.T, step signin.State) []string {
	t.Helper()
	var names []string
	for _, n := range parse(t, show(t, pageCase{view: viewOf(step)}).Body.String()).all("input", "select") {
		names = append(names, attr(n, "name"))
	}
	return names
}

func TestWhatWasTypedIsKept(t *testing.T) {
	view := viewOf(signin.StatePassword)
	view.Username = "jane@example.com"
	d := parse(t, show(t, pageCase{view: view, problem: &signin.Problem{Code: signin.ProblemCredentials}}).Body.String())
	if got := attr(d.byID("username"), "value"); got != "jane@example.com" {
		t.Errorf("user name %q", got)
	}
	view = viewOf(signin.StateSMSSetup)
	view.Country, view.Phone = "NZ", "021 12"
	d = parse(t, show(t, pageCase{view: view, problem: &signin.Problem{Field: "phone", Code: signin.ProblemPhone}}).Body.String())
	if got := attr(d.byID("phone"), "value"); got != "021 12" {
		t.Errorf("number %q", got)
	}
	for _, option := range d.all("option") {
		if has(option, "selected") != (attr(option, "value") == "NZ") {
			t.Errorf("option %q", attr(option, "value"))
		}
	}
}

func TestKnownAndUnknownNamesGetTheSamePage(t *testing.T) { // ABUSE 26
	page := func(name string) string {
		view := viewOf(signin.StatePassword)
		view.Username = name
		w := show(t, pageCase{view: view, problem: &signin.Problem{Code: signin.ProblemCredentials}})
		return strings.ReplaceAll(w.Body.String(), name, "NAME")
	}
	if page("known@example.com") != page("other@example.com") {
		t.Error("the pages differ")
	}
}

func TestHostileFormsAreRefusedHere(t *testing.T) { // ABUSE 34, 38, 41, 42
	for name, row := range map[string]struct {
		body   string
		status int
	}{
		"NUL":              {"username=a%00b", http.StatusBadRequest},
		"CR LF":            {"username=a%0d%0aSet-Cookie:x", http.StatusBadRequest},
		"ANSI":             {"username=%1b[2J", http.StatusBadRequest},
		"U+2028":           {"username=a%e2%80%a8b", http.StatusBadRequest},
		"no UTF-8":         {"username=%ff%fe", http.StatusBadRequest},
		"NUL in password":  {"password=a%00b", http.StatusBadRequest},
		"twice":            {"username=a&username=b", http.StatusBadRequest},
		"semicolon":        {"username=a;b=c", http.StatusBadRequest},
		"bad escape":       {"username=%zz", http.StatusBadRequest},
		"too many":         {strings.Repeat("a=1&", 10_000)[:15_000], http.StatusBadRequest},
		"1 MB":             {"password=" + strings.Repeat("a", 1<<20), http.StatusRequestEntityTooLarge},
		"a right":          {"username=a&role=user_management", http.StatusUnprocessableEntity},
		"another step's":   {"username=a&password=b&pin=1", http.StatusUnprocessableEntity},
		"field in a field": {"username[role]=a", http.StatusUnprocessableEntity},
	} {
		s := &script{outcome: signin.Outcome{State: signin.StateDone}}
		w := post(edge(t, s, apps{}), base+"password", nil, func(r *http.Request) { *r = *withBody(r, row.body) })
		if w.Code != row.status || s.posts != 0 {
			t.Errorf("%s: %d, want %d; %d posts reached the service", name, w.Code, row.status, s.posts)
		}
	}
	s := &script{outcome: signin.Outcome{State: signin.StateDone}}
	w := post(edge(t, s, apps{}), base+"password", nil, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
	if w.Code != http.StatusUnsupportedMediaType || s.posts != 0 {
		t.Errorf("JSON: %d", w.Code)
	}
	post(edge(t, s, apps{}), base+"password?password=from-the-query", url.Values{"username": {"a"}})
	if s.form.Password.Reveal() != "" {
		t.Error("a password was read from the query")
	}
}

func TestLongestPasswordFits(t *testing.T) { // ABUSE 42: refused by its own rule, never cut here
	s := &script{outcome: signin.Outcome{State: signin.StateDone}}
	password := strings.Repeat("é", 600)
	post(edge(t, s, apps{}), base+"password", url.Values{"username": {"a"}, "password": {password}})
	if s.form.Password.Reveal() != password {
		t.Error("the password was changed on its way")
	}
}

func TestAddressesThatLeadNowhere(t *testing.T) {
	s := &script{view: viewOf(signin.StateTOTP)}
	h := edge(t, s, apps{})
	for target, want := range map[string]int{
		"/signin/timesheets/tx1/nothing":                        http.StatusNotFound,
		"/signin/timesheets/tx1/totp/more":                      http.StatusNotFound,
		"/signin/timesheets/tx1":                                http.StatusNotFound,
		"/signin/timesheets/" + strings.Repeat("a", 200) + "/x": http.StatusNotFound,
		"/signin/timesheets/a%0d%0ab/totp":                      http.StatusNotFound,
		"/signin/timesheets/..%2f..%2fx/totp":                   http.StatusNotFound,
		"/nothing":                                              http.StatusNotFound,
		"/static/app.css":                                       http.StatusNotFound,
		"/" + strings.Repeat("a", 20_000):                       http.StatusRequestURITooLong,
	} {
		w := get(h, "https://id.example.com"+target)
		if w.Code != want || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%.60s: %d, want %d", target, w.Code, want)
		}
	}
	if s.viewed != 0 {
		t.Errorf("%d lookups for addresses that can't be", s.viewed)
	}
	w := post(h, base+"totp", url.Values{}, func(r *http.Request) { r.Method = http.MethodDelete })
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("DELETE: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}
