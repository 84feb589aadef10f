package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// push pushes a request of timesheets, and returns the name that it got.
func (h *house) push(values url.Values) string {
	h.t.Helper()
	w := h.post("/oauth/par", values, "timesheets", secret)
	got := decode(h.t, w)
	name, _ := got["request_uri"].(string)
	if w.Code != http.StatusCreated || !strings.HasPrefix(name, "urn:ietf:params:oauth:request_uri:") || got["expires_in"] != 60.0 {
		h.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return name
}

func named(name string, pairs ...string) url.Values {
	return with(url.Values{"client_id": {"timesheets"}, "request_uri": {name}}, pairs...)
}

// RFC 9126: what was pushed counts, and nothing that stands in the address beside it.
func TestAPushedRequestIsAnsweredOnce(t *testing.T) {
	h := newHouse(t)
	name := h.push(request("client_id", "-", "state", "pushed"))
	v := h.visitor()
	for range 2 { // a page that is loaded again (FAPI 2.0, section 5.3.2.2, note 3)
		if w := v.get("/authorize", named(name)); w.Code != http.StatusSeeOther || !strings.HasPrefix(location(w).Path, "/signin/") {
			t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
		}
	}
	other := named(name, "state", "of the address", "redirect_uri", "https://evil.example/", "scope", "openid", "code_challenge", challengeOf("another"))
	got := location(v.signIn(other, "usr_ana"))
	if got.Host != "timesheets.example" || got.Query().Get("state") != "pushed" || got.Query().Get("iss") != issuer {
		t.Fatalf("answered at %s", got)
	}
	if tokens := decode(t, h.redeem(got.Query().Get("code"))); tokens["refresh_token"] == nil {
		t.Errorf("%v", tokens)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{"the browser that is signed in": v.get("/authorize", named(name)), "another tab": v.get("/authorize", named(name, "prompt", "none"))} {
		if w.Code != http.StatusBadRequest || location(w).Query().Get("code") != "" {
			t.Errorf("%s: %d %s", name, w.Code, w.Header().Get("Location"))
		}
	}
}

// Of two sign-ins that began with one request, one is answered, however long they take.
func TestAPushedRequestIsAnsweredOnceByTwoSignIns(t *testing.T) {
	h := newHouse(t)
	name := h.push(request())
	first, second := h.visitor(), h.visitor()
	begun := strings.Split(location(second.get("/authorize", named(name))).Path, "/")
	if got := location(first.signIn(named(name), "usr_ana")).Query().Get("code"); got == "" {
		t.Fatal("no code")
	}
	h.clock.pass(10 * time.Minute)
	h.desk.prove(begun[3], "usr_ben", "prc_free", "urn:aps:acr:pwd")
	w := second.get("/signin/timesheets/"+begun[3]+"/done", nil)
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "request_uri") {
		t.Errorf("%d %s %s", w.Code, w.Header().Get("Location"), w.Body)
	}
}

// A name is of one client, for a minute.
func TestNamesOfPushedRequests(t *testing.T) {
	h := newHouse(t)
	name := h.push(request())
	refused := func(what string, query url.Values) {
		t.Helper()
		if w := h.visitor().get("/authorize", query); w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d %s", what, w.Code, w.Header().Get("Location"))
		}
	}
	refused("another client", named(name, "client_id", "rs"))
	refused("no client", named(name, "client_id", "-"))
	refused("made up", named("urn:ietf:params:oauth:request_uri:nothing"))
	refused("in upper case", named(strings.ToUpper(name)))
	refused("with more", named(name+"x"))
	refused("two clients", url.Values{"client_id": {"timesheets", "timesheets"}, "request_uri": {name}})
	refused("twice", url.Values{"client_id": {"timesheets"}, "request_uri": {name, name}})
	if w := h.visitor().post("/authorize", named(name)); w.Code != http.StatusSeeOther {
		t.Errorf("posted by a page of the app: %d", w.Code)
	}
}

// What can't be pushed is said to the app, which is the one to mend it. Nothing is kept.
func TestRequestsThatCannotBePushed(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		form   url.Values
		client string
		status int
		code   string
	}{
		"a request_uri":             {request("request_uri", "urn:ietf:params:oauth:request_uri:x"), "timesheets", 400, "invalid_request"},
		"a request object":          {request("request", "a.b.c"), "timesheets", 400, "request_not_supported"},
		"another redirect URI":      {request("redirect_uri", "https://evil.example/"), "timesheets", 400, "invalid_request"},
		"no redirect URI":           {request("redirect_uri", "-"), "timesheets", 400, "invalid_request"},
		"another response type":     {request("response_type", "token"), "timesheets", 400, "unsupported_response_type"},
		"PKCE by plain":             {request("code_challenge_method", "plain"), "timesheets", 400, "invalid_request"},
		"no PKCE and no nonce":      {request("code_challenge", "-", "code_challenge_method", "-", "nonce", "-"), "timesheets", 400, "invalid_request"},
		"a scope without openid":    {request("scope", "profile"), "timesheets", 400, "invalid_scope"},
		"another client":            {request("client_id", "rs"), "timesheets", 401, "invalid_client"},
		"a wrong secret":            {request(), "", 401, "invalid_client"},
		"an integration":            {request("client_id", "fusesign"), "fusesign", 400, "unauthorized_client"},
		"a parameter twice":         {url.Values{"client_id": {"timesheets"}, "state": {"a", "b"}}, "timesheets", 400, "invalid_request"},
		"a thumbprint that is none": {request("dpop_jkt", "short"), "timesheets", 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			by := []string{c.client, secret}
			if c.client == "" {
				by = []string{"timesheets", "wrong"}
			}
			wantError(t, h.post("/oauth/par", c.form, by...), c.status, c.code)
		})
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		if w := h.do(httptest.NewRequest(method, "/oauth/par", nil)); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

// A public client pushes too, by its name alone (RFC 9126, section 2).
func TestAPublicClientPushes(t *testing.T) {
	h := newHouse(t)
	form := request("client_id", "rota", "redirect_uri", "https://rota.example/cb")
	if w := h.post("/oauth/par", form); w.Code != http.StatusCreated {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.desk.failed = idp.Busy(time.Minute) // anybody can push in its name, so that it is counted as sign-ins are
	if w := h.post("/oauth/par", form); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("too many from a network: %d %s", w.Code, w.Body)
	}
	h.push(request()) // nobody else can push in the name of a client that authenticates
}

// RFC 9449, section 10.1: the key of the proof that comes with the request is the one that the code is bound to.
func TestAPushedRequestBindsItsCode(t *testing.T) {
	h := newHouse(t)
	k, thief := h.holder(), h.holder()
	push := func(pairs ...string) *httptest.ResponseRecorder {
		return k.form("/oauth/par", request(append(pairs, "client_id", "-")...), k.proof("POST", "/oauth/par", ""))
	}
	wantError(t, push("dpop_jkt", thief.key.Thumbprint()), http.StatusBadRequest, "invalid_dpop_proof")
	for _, pairs := range [][]string{nil, {"dpop_jkt", k.key.Thumbprint()}} {
		name := decode(t, push(pairs...))["request_uri"].(string)
		code := location(h.visitor().signIn(named(name), "usr_ana")).Query().Get("code")
		wantError(t, thief.form("/oauth/token", redemption(code), thief.proof("POST", "/oauth/token", "")), http.StatusBadRequest, "invalid_grant")
	}
	name := decode(t, push())["request_uri"].(string)
	code := location(h.visitor().signIn(named(name), "usr_ana")).Query().Get("code")
	if got := decode(t, k.form("/oauth/token", redemption(code), k.proof("POST", "/oauth/token", ""))); got["token_type"] != "DPoP" {
		t.Errorf("%v", got)
	}
}
