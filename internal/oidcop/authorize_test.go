package oidcop_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const issuer = "http://127.0.0.1:4000"

func TestSigninEndsInACodeForTheBrowserThatBeganIt(t *testing.T) {
	v := newHouse(t).visitor()
	w := v.signIn(request(), "usr_ana")
	to := location(w)
	if w.Code != http.StatusSeeOther || to.Host+to.Path != "timesheets.example/cb" {
		t.Fatalf("%d %s", w.Code, to)
	}
	if q := to.Query(); q.Get("state") != "st&te" || q.Get("iss") != issuer || q.Get("code") == "" || len(q) != 3 {
		t.Fatalf("answered %v", q)
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("headers %v", w.Header())
	}
}

func TestSameAppWithinItsLifetimeGetsACodeWithoutAForm(t *testing.T) {
	v := newHouse(t).visitor()
	v.signIn(request(), "usr_ana")
	for _, prompt := range []string{"-", "none"} {
		w := v.get("/authorize", request("prompt", prompt))
		if location(w).Query().Get("code") == "" {
			t.Fatalf("prompt %s: %s", prompt, location(w))
		}
	}
	if w := v.get("/authorize", request("client_id", "contacts", "redirect_uri", "https://contacts.example/cb", "scope", "openid")); !strings.HasPrefix(location(w).Path, "/signin/contacts/") {
		t.Fatalf("another app got in: %s", location(w)) // each app signs in on its own
	}
	v.clock.pass(24 * time.Hour)
	if w := v.get("/authorize", request()); !strings.HasPrefix(location(w).Path, "/signin/") {
		t.Fatalf("after its lifetime: %s", location(w))
	}
}

// What a live session must not answer.
func TestSessionThatDoesNotSatisfyTheRequest(t *testing.T) {
	v := newHouse(t).visitor()
	v.signIn(request(), "usr_ben") // without MFA
	hint := decode(t, v.redeem(location(v.get("/authorize", request())).Query().Get("code")))["id_token"].(string)
	bea := v.house.visitor()
	bea.signIn(request(), "usr_bea")
	hintOfBea := decode(t, v.redeem(location(bea.get("/authorize", request())).Query().Get("code")))["id_token"].(string)
	v.clock.pass(time.Minute)

	for name, row := range map[string]struct {
		pairs []string
		error string // with prompt=none; "" if a code
	}{
		"as it is":              {nil, ""},
		"young enough":          {[]string{"max_age", "60"}, ""},
		"too old":               {[]string{"max_age", "59"}, "login_required"},
		"any age is too old":    {[]string{"max_age", "0"}, "login_required"},
		"MFA wanted":            {[]string{"acr_values", "urn:aps:acr:mfa"}, "interaction_required"},
		"MFA preferred":         {[]string{"acr_values", "gold urn:aps:acr:mfa urn:aps:acr:pwd"}, "interaction_required"},
		"MFA as second choice":  {[]string{"acr_values", "urn:aps:acr:pwd urn:aps:acr:mfa"}, ""},
		"MFA or a password":     {[]string{"claims", `{"id_token":{"acr":{"essential":true,"values":["urn:aps:acr:pwd","urn:aps:acr:mfa"]}}}`}, ""},
		"MFA, and any claim":    {[]string{"acr_values", "urn:aps:acr:mfa", "claims", `{"id_token":{"acr":{"essential":true}}}`}, "interaction_required"},
		"MFA essential":         {[]string{"claims", `{"id_token":{"acr":{"essential":true,"value":"urn:aps:acr:mfa"}}}`}, "interaction_required"},
		"an unknown wish":       {[]string{"acr_values", "urn:mace:gold"}, ""},
		"the right person":      {[]string{"id_token_hint", hint}, ""},
		"another person":        {[]string{"id_token_hint", hintOfBea}, "login_required"},
		"another person, again": {[]string{"claims", `{"id_token":{"sub":{"value":"usr_bea"}}}`}, "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			to := location(v.get("/authorize", request(append(row.pairs, "prompt", "none")...))).Query()
			if to.Get("error") != row.error || (row.error == "") != (to.Get("code") != "") || to.Get("iss") != issuer || to.Get("state") != "st&te" {
				t.Fatalf("answered %v, want error %q", to, row.error)
			}
			if row.error == "" {
				return
			}
			if w := v.get("/authorize", request(row.pairs...)); !strings.HasPrefix(location(w).Path, "/signin/timesheets/") {
				t.Fatalf("no sign-in: %s", location(w))
			}
		})
	}
	for _, prompt := range []string{"login", "select_account"} {
		if w := v.get("/authorize", request("prompt", prompt)); !strings.HasPrefix(location(w).Path, "/signin/timesheets/") {
			t.Fatalf("prompt %s: %s", prompt, location(w))
		}
	}
}

func TestPolicyThatChangedSinceTheSigninCountsNow(t *testing.T) {
	for name, row := range map[string]struct {
		change string
		error  string
	}{
		"the practice activated MFA": {`UPDATE practices SET mfa = 'active' WHERE id = 'prc_free'`, "interaction_required"},
		"the practice is suspended":  {`UPDATE practices SET state = 'suspended' WHERE id = 'prc_free'`, "login_required"},
		"the user is disabled":       {`UPDATE users SET state = 'disabled' WHERE id = 'usr_ben'`, "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			on := embedded(t)
			h := buildHouse(t, on, issuer)
			v := h.visitor()
			v.signIn(request(), "usr_ben")
			refresh := decode(t, v.redeem(location(v.get("/authorize", request())).Query().Get("code")))["refresh_token"].(string)
			h.exec(on, row.change)
			if to := location(v.get("/authorize", request("prompt", "none"))).Query(); to.Get("error") != row.error {
				t.Fatalf("answered %v", to)
			}
			if row.error == "login_required" {
				wantError(t, h.refresh(refresh), 400, "invalid_grant")
			}
		})
	}
}

// ABUSE 5: an error page here, no redirect, nothing reflected.
func TestRedirectURIThatIsNotRegistered(t *testing.T) {
	h := newHouse(t)
	for _, uri := range []string{
		"https://timesheets.example/cb/", "https://timesheets.example/CB", "https://TIMESHEETS.example/cb", "HTTPS://timesheets.example/cb",
		"https://timesheets.example/%63b", "https://timesheets.example/%2e%2e/cb", "https://timesheets.example/x/../cb",
		"https://timesheets.example/cb?x=1", "https://timesheets.example/cb?app=1&x=1", "https://timesheets.example/cb#f",
		"https://user@timesheets.example/cb", "https://timesheets.example:8443/cb", "https://timesheets.example:443/cb",
		"https://timesheets.example//cb", "//timesheets.example/cb", "/cb", "https:\\\\timesheets.example\\cb",
		"https://timesheets.example/cb\r\nX: y", "https://timesheets.example/cb\x00", " https://timesheets.example/cb",
		"https://timesheets.example.evil.example/cb", "https://evil.example/https://timesheets.example/cb", "javascript:alert(1)", "",
		"https://contacts.example/cb", "https://timesheets.example/cb<script>alert(1)</script>",
	} {
		w := h.visitor().get("/authorize", request("redirect_uri", uri))
		if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" || !strings.HasPrefix(w.Body.String(), "error page: ") {
			t.Errorf("%q: %d %s", uri, w.Code, w.Header().Get("Location"))
		}
		if uri != "" && strings.Contains(w.Body.String(), uri) {
			t.Errorf("%q is reflected", uri)
		}
	}
	twice := request()
	twice.Add("redirect_uri", "https://timesheets.example/cb")
	if w := h.visitor().get("/authorize", twice); w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
		t.Errorf("a duplicate: %d", w.Code)
	}
	written := 0
	for _, e := range h.events(idp.EventRequestRefused) {
		if e.Reason == "redirect_uri" && e.ClientID == "timesheets" {
			written++
		}
	}
	if written != 1 { // of more: the trail is not the attacker's to fill
		t.Errorf("%d events of one client at once", written)
	}
}

// What was left out of the audit trail is counted in it, and one client's trouble does not hide another's.
func TestTrailOfRefusalsIsBounded(t *testing.T) {
	h := newHouse(t)
	wrong := func(client string) {
		h.visitor().get("/authorize", request("client_id", client, "redirect_uri", "https://evil.example/"))
	}
	for i := range 30 {
		wrong("timesheets")
		wrong("made-up-" + strconv.Itoa(i))
	}
	wrong("contacts")
	h.clock.pass(time.Minute)
	wrong("timesheets")
	count, suppressed := make(map[idp.ClientID]int), ""
	for _, e := range h.events(idp.EventRequestRefused) {
		count[e.ClientID]++
		suppressed += e.Details["suppressed"]
	}
	want := map[idp.ClientID]int{"timesheets": 2, "": 1, "contacts": 1}
	if !maps.Equal(count, want) || suppressed != "29" {
		t.Fatalf("events %v, suppressed %q", count, suppressed)
	}
}

func TestRedirectURIWithARegisteredQueryKeepsIt(t *testing.T) {
	w := newHouse(t).visitor().signIn(request("redirect_uri", "https://timesheets.example/cb?app=1"), "usr_ana")
	if to := w.Header().Get("Location"); !strings.HasPrefix(to, "https://timesheets.example/cb?app=1&code=") {
		t.Fatal(to)
	}
}

// ABUSE 5: loopback ports may vary, for native clients only, and nothing else.
func TestLoopbackPorts(t *testing.T) {
	h := newHouse(t)
	native := func(uri string) *httptest.ResponseRecorder {
		return h.visitor().get("/authorize", request("client_id", "loopback", "scope", "openid", "redirect_uri", uri))
	}
	for _, uri := range []string{"http://127.0.0.1/cb", "http://127.0.0.1:5123/cb", "http://[::1]:65535/cb", "com.aps.app:/cb"} {
		if w := native(uri); w.Code != http.StatusSeeOther {
			t.Errorf("%s refused: %d", uri, w.Code)
		}
	}
	for _, uri := range []string{
		"http://localhost:5123/cb", "http://127.0.0.1:5123/cb2", "http://127.0.0.1:5123/cb?x", "https://127.0.0.1:5123/cb", "http://127.0.0.2/cb",
		"http://127.0.0.1:x/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:123456/cb", "http://127.0.0.1@evil.example/cb",
		"http://evil.example:80/cb", "http://127.0.0.1.evil.example/cb", "http://user@127.0.0.1:1/cb", "http://127.0.0.1:1#/cb", "com.aps.app:/CB",
	} {
		if w := native(uri); w.Code != http.StatusBadRequest {
			t.Errorf("%s accepted: %s", uri, w.Header().Get("Location"))
		}
	}
	if w := h.visitor().get("/authorize", request("redirect_uri", "https://timesheets.example:1/cb")); w.Code != http.StatusBadRequest {
		t.Error("a web client's port varied")
	}
}

func TestClientThatCannotBeAnswered(t *testing.T) {
	h := newHouse(t)
	for id, redirect := range map[string]string{
		"nobody": "https://timesheets.example/cb", "": "https://timesheets.example/cb", strings.Repeat("x", 4000): "https://timesheets.example/cb",
		"disabled": "https://disabled.example/cb", "fusesign": "https://timesheets.example/cb", "greedy": "https://greedy.example/cb", // ABUSE 36
	} {
		w := h.visitor().get("/authorize", request("client_id", id, "redirect_uri", redirect))
		if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
			t.Errorf("%.20q: %d %s", id, w.Code, w.Header().Get("Location"))
		}
	}
}

// ABUSE 4, 6, 7: errors that go to the app, with iss and state, by the mode it asked for.
func TestErrorsGoToTheApp(t *testing.T) {
	h := newHouse(t)
	for name, row := range map[string]struct {
		pairs []string
		code  string
	}{
		"implicit":                 {[]string{"response_type", "token"}, "unsupported_response_type"},
		"hybrid":                   {[]string{"response_type", "code id_token"}, "unsupported_response_type"},
		"no response type":         {[]string{"response_type", "-"}, "invalid_request"},
		"fragment":                 {[]string{"response_mode", "fragment"}, "invalid_request"},
		"web_message":              {[]string{"response_mode", "web_message"}, "invalid_request"},
		"no openid":                {[]string{"scope", "profile"}, "invalid_scope"},
		"no scope":                 {[]string{"scope", "-"}, "invalid_scope"},
		"no challenge, no nonce":   {[]string{"code_challenge", "-", "code_challenge_method", "-", "nonce", "-"}, "invalid_request"},
		"plain":                    {[]string{"code_challenge_method", "plain"}, "invalid_request"},
		"plain by default":         {[]string{"code_challenge_method", "-"}, "invalid_request"},
		"a method alone":           {[]string{"code_challenge", "-"}, "invalid_request"},
		"an empty challenge":       {[]string{"code_challenge", ""}, "invalid_request"},
		"a short challenge":        {[]string{"code_challenge", "abc"}, "invalid_request"},
		"a challenge in base64":    {[]string{"code_challenge", strings.Repeat("+", 43)}, "invalid_request"},
		"a request object":         {[]string{"request", "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"},
		"a request URI":            {[]string{"request_uri", "https://evil.example/r"}, "request_uri_not_supported"},
		"a registration":           {[]string{"registration", "{}"}, "registration_not_supported"},
		"none and login":           {[]string{"prompt", "none login"}, "invalid_request"},
		"an unknown prompt":        {[]string{"prompt", "create"}, "invalid_request"},
		"max_age of words":         {[]string{"max_age", "old"}, "invalid_request"},
		"max_age below nought":     {[]string{"max_age", "-1x"}, "invalid_request"},
		"max_age beyond reason":    {[]string{"max_age", "99999999999999999999"}, "invalid_request"},
		"claims that aren't":       {[]string{"claims", "{"}, "invalid_request"},
		"an unreachable acr":       {[]string{"claims", `{"id_token":{"acr":{"essential":true,"values":["gold"]}}}`}, "unmet_authentication_requirements"},
		"a hint that isn't":        {[]string{"id_token_hint", "x.y.z"}, "invalid_request"},
		"a state of 3,000 letters": {[]string{"nonce", strings.Repeat("n", 3000)}, "invalid_request"},
		"nobody signed in":         {[]string{"prompt", "none"}, "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			w := h.visitor().get("/authorize", request(row.pairs...))
			to := location(w)
			if to.Host != "timesheets.example" || to.Fragment != "" {
				t.Fatalf("%d %s", w.Code, to)
			}
			if q := to.Query(); q.Get("error") != row.code || q.Get("iss") != issuer || q.Get("state") != "st&te" || q.Has("code") {
				t.Fatalf("answered %v, want %s", q, row.code)
			}
			if row.pairs[0] == "response_mode" {
				return
			}
			w = h.visitor().get("/authorize", with(request(row.pairs...), "response_mode", "form_post"))
			if f := h.pages.fields; w.Code != http.StatusOK || f["error"] != row.code || f["iss"] != issuer || f["state"] != "st&te" || h.pages.action != "https://timesheets.example/cb" {
				t.Fatalf("form_post: %d %v", w.Code, f)
			}
			if w.Header().Get("Location") != "" {
				t.Fatal("form_post redirected")
			}
		})
	}
}

// ABUSE 6
func TestDuplicateParametersAreRefused(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"scope", "state", "nonce", "response_type", "code_challenge", "response_mode", "unheard_of"} {
		query := request()
		query.Add(name, "x")
		query.Add(name, "x")
		to := location(h.visitor().get("/authorize", query))
		if q := to.Query(); to.Host != "timesheets.example" || q.Get("error") != "invalid_request" || q.Get("iss") != issuer {
			t.Errorf("%s: %s", name, to)
		}
		if name == "state" && to.Query().Has("state") {
			t.Error("one of two states was chosen")
		}
	}
}

func TestFormPost(t *testing.T) {
	h := newHouse(t)
	w := h.visitor().signIn(request("response_mode", "form_post"), "usr_ana")
	if f := h.pages.fields; w.Code != http.StatusOK || f["code"] == "" || f["iss"] != issuer || f["state"] != "st&te" || h.pages.action != "https://timesheets.example/cb" {
		t.Fatalf("%d %v", w.Code, f)
	}
}

func TestPostedRequestComesBackWithItsCookies(t *testing.T) {
	v := newHouse(t).visitor()
	v.signIn(request(), "usr_ana")
	w := v.post("/authorize", request())
	to := location(w)
	if w.Code != http.StatusSeeOther || to.Path != "/authorize" {
		t.Fatalf("%d %s", w.Code, to)
	}
	if w := v.get(to.Path, to.Query()); location(w).Query().Get("code") == "" {
		t.Fatalf("%s", location(w))
	}
	r := httptest.NewRequest("POST", "/authorize?prompt=none", strings.NewReader(request().Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := v.send(r); w.Code != http.StatusBadRequest { // ABUSE 6: body and query in conflict
		t.Fatalf("%d", w.Code)
	}
}

// ABUSE 38
func TestRequestsBeyondReasonEndHere(t *testing.T) {
	h := newHouse(t)
	many := request()
	for i := range 100 {
		many.Set("p"+strings.Repeat("x", i), "1")
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"1 MB in the query":  h.visitor().get("/authorize", request("state", strings.Repeat("x", 1<<20))),
		"1 MB in the body":   h.visitor().post("/authorize", request("state", strings.Repeat("x", 1<<20))),
		"a hundred names":    h.visitor().get("/authorize", many),
		"a broken escape":    h.do(httptest.NewRequest("GET", "/authorize?client_id=%zz", nil)),
		"a semicolon":        h.do(httptest.NewRequest("GET", "/authorize?client_id=timesheets;x=1", nil)),
		"nothing":            h.visitor().get("/authorize", url.Values{}),
		"two session cookie": h.twoCookies(),
	} {
		if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d %s", name, w.Code, w.Header().Get("Location"))
		}
	}
}

// twoCookies plants a second session cookie (ABUSE 23).
func (h *house) twoCookies() *httptest.ResponseRecorder {
	v := h.visitor()
	v.signIn(request(), "usr_ana")
	r := httptest.NewRequest("GET", "/authorize?"+request().Encode(), nil)
	for name, value := range v.jar {
		r.Header.Set("Cookie", name+"=planted; "+name+"="+value)
	}
	return h.do(r)
}

func TestSigninsThatCannotBeginSayWhenToTryAgain(t *testing.T) {
	h := newHouse(t)
	for err, code := range map[error]string{
		idp.Wrap(idp.CodeInternal, errSpy):  "server_error",
		idp.Wrap(idp.CodeForbidden, errSpy): "server_error",
	} {
		h.desk.failed = err
		to := location(h.visitor().get("/authorize", request()))
		if q := to.Query(); q.Get("error") != code || q.Get("iss") != issuer || strings.Contains(to.String(), "spy") {
			t.Errorf("%v: %s", err, to)
		}
	}
	h.desk.failed = idp.ErrUnavailable
	h.wantTryAgain(h.visitor().get("/authorize", request()), request())
}

// ABUSE 52: a network that has begun too many sign-ins is told on a page until when; the app could only send the browser here again.
func TestTooManySigninsAreSaidHere(t *testing.T) {
	h := newHouse(t)
	h.desk.failed = idp.Busy(12*time.Minute + time.Second)
	w := h.visitor().get("/authorize", request())
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "721" || w.Header().Get("Location") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if !strings.Contains(w.Body.String(), "Too many sign-ins") {
		t.Errorf("the page says %s", w.Body)
	}
}

// Any caller can begin sign-ins: what is stored of a request does not grow with what an attacker adds to it (ABUSE 52).
func TestABegunSigninStoresNoMadeUpParameters(t *testing.T) {
	h := newHouse(t)
	padded := request("login_hint", strings.Repeat("l", 2000))
	for i := range 6 {
		padded.Set("padding"+strconv.Itoa(i), strings.Repeat("p", 2000))
	}
	if w := h.visitor().get("/authorize", padded); !strings.HasPrefix(w.Header().Get("Location"), "/signin/") {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	h.desk.mu.Lock()
	defer h.desk.mu.Unlock()
	if len(h.desk.open) != 1 {
		t.Fatalf("%d sign-ins", len(h.desk.open))
	}
	for _, begun := range h.desk.open {
		if begun.request.Query != "" || begun.request.LoginHint != "" {
			t.Errorf("stored %d bytes of the query, %d of the hint", len(begun.request.Query), len(begun.request.LoginHint))
		}
	}
	long := location(h.visitor().get("/authorize", request("nonce", strings.Repeat("n", 513)))).Query()
	if long.Get("error") != "invalid_request" || long.Get("state") == "" {
		t.Errorf("a long nonce: %v", long)
	}
}
