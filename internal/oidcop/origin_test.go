package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	rotaOrigin = "https://rota.example"
	readable   = "WWW-Authenticate, Retry-After, DPoP-Nonce"
)

// from sends a form as a page of these origins does.
func (h *house) from(origins []string, path string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header["Origin"] = origins
	for _, each := range change {
		each(r)
	}
	return h.do(r)
}

// ask sends a request with an access token as a page of this origin does.
func (h *house) ask(origin, method, path, token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Origin", origin)
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return h.do(r)
}

// preflight asks as a browser does before a request that is more than a form can send.
func (h *house) preflight(path, method string, origins ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("OPTIONS", path, nil)
	r.Header["Origin"] = origins
	r.Header.Set("Access-Control-Request-Method", method)
	r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
	return h.do(r)
}

// pageTokens signs the user in at an app in a page, which redeems the code from its origin.
func (v *visitor) pageTokens(app string, origin string) map[string]any {
	v.t.Helper()
	code := location(v.signIn(requestOf(app), "usr_ana")).Query().Get("code")
	w := v.house.from([]string{origin}, "/oauth/token", redemption(code, "redirect_uri", "https://"+app+".example/cb", "client_id", app))
	if w.Code != http.StatusOK {
		v.t.Fatalf("%d %s", w.Code, w.Body)
	}
	wantOpen(v.t, w, origin)
	return decode(v.t, w)
}

func renewal(app string, tokens map[string]any) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}, "client_id": {app}}
}

// wantOpen expects an answer that pages of this origin, and no others, may read, without credentials.
func wantOpen(t testing.TB, w *httptest.ResponseRecorder, origin string) {
	t.Helper()
	got := w.Header()
	if !slices.Equal(got["Access-Control-Allow-Origin"], []string{origin}) || got.Get("Access-Control-Expose-Headers") != readable ||
		!slices.Contains(got["Vary"], "Origin") || got.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", w.Code, got)
	}
}

// wantClosed expects an answer that no page may read.
func wantClosed(t testing.TB, w *httptest.ResponseRecorder) {
	t.Helper()
	for name := range w.Header() {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	}
	if !slices.Contains(w.Header()["Vary"], "Origin") {
		t.Errorf("a cache may give this answer to another origin: %v", w.Header())
	}
}

func TestAnAppInAPage(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	tokens := v.pageTokens("rota", rotaOrigin)
	if tokens["session_expires_in"] != 86400.0 || tokens["session_idle_timeout"] != 900.0 {
		t.Errorf("%v", tokens)
	}
	h.clock.pass(time.Minute)

	w := h.ask(rotaOrigin, "GET", "/oauth/userinfo", tokens["access_token"].(string), "")
	wantOpen(t, w, rotaOrigin)
	if w.Code != http.StatusOK || decode(t, w)["name"] != "Name of usr_ana" {
		t.Errorf("userinfo: %d %s", w.Code, w.Body)
	}
	posted := h.from([]string{rotaOrigin}, "/oauth/userinfo", url.Values{"access_token": {tokens["access_token"].(string)}})
	wantOpen(t, posted, rotaOrigin)

	w = h.ask(rotaOrigin, "POST", "/session/activity", tokens["access_token"].(string), `{"idle_seconds":0}`)
	wantOpen(t, w, rotaOrigin)
	wantAnswer(t, w, 900, 900, 86400-60)
	w = h.ask(rotaOrigin, "POST", "/session/activity", tokens["access_token"].(string), `{"idle_seconds":0}`)
	wantOpen(t, w, rotaOrigin) // that it was too soon can be read too
	wantProblem(t, w, 429, "too_soon", "")

	w = h.from([]string{rotaOrigin}, "/oauth/token", renewal("rota", tokens))
	wantOpen(t, w, rotaOrigin)
	second := decode(t, w)
	if w.Code != http.StatusOK || second["refresh_token"] == tokens["refresh_token"] {
		t.Fatalf("refresh: %d %s", w.Code, w.Body)
	}
	w = h.from([]string{rotaOrigin}, "/oauth/revoke", url.Values{"token": {second["refresh_token"].(string)}, "client_id": {"rota"}})
	wantOpen(t, w, rotaOrigin)
	if w.Code != http.StatusOK {
		t.Errorf("revoke: %d %s", w.Code, w.Body)
	}
	w = h.ask(rotaOrigin, "POST", "/session/activity", second["access_token"].(string), `{"idle_seconds":0}`)
	wantOpen(t, w, rotaOrigin)
	wantProblem(t, w, 401, "session_ended", "revoked")
	w = h.ask(rotaOrigin, "GET", "/oauth/userinfo", second["access_token"].(string), "")
	wantOpen(t, w, rotaOrigin)
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Header().Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("userinfo after the end: %d %v", w.Code, w.Header())
	}
}

func TestAPageHasNoSecretAndUsesPKCE(t *testing.T) {
	h := newHouse(t)
	to := location(h.visitor().get("/authorize", requestOf("rota", "code_challenge", "-", "code_challenge_method", "-")))
	if to.Query().Get("error") != "invalid_request" || to.Query().Get("code") != "" {
		t.Errorf("without PKCE: %v", to)
	}
	code := location(h.visitor().signIn(requestOf("rota"), "usr_ana")).Query().Get("code")
	with := func(pairs ...string) url.Values {
		return redemption(code, append([]string{"redirect_uri", "https://rota.example/cb", "client_id", "rota"}, pairs...)...)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"secret in the form":   h.from([]string{rotaOrigin}, "/oauth/token", with("client_secret", secret)),
		"secret in the header": h.from([]string{rotaOrigin}, "/oauth/token", with(), func(r *http.Request) { r.SetBasicAuth("rota", secret) }),
	} {
		wantError(t, w, 401, "invalid_client")
		wantOpen(t, w, rotaOrigin)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	// Nothing was spent by them.
	w := h.from([]string{rotaOrigin}, "/oauth/token", with("code_verifier", "another-verifier-of-sufficient-length-0123456789"))
	wantError(t, w, 400, "invalid_grant")
	wantOpen(t, w, rotaOrigin)
	if text, _ := decode(t, w)["error_description"].(string); !strings.Contains(text, "code_verifier") {
		t.Errorf("%q", text)
	}
}

// foreign are what an attacker's page, or what looks like the app's own origin, sends.
func foreign() map[string][]string {
	return map[string][]string{
		"another app's":     {"https://stage.example"},
		"an app's own":      {"https://timesheets.example"},
		"null":              {"null"},
		"star":              {"*"},
		"empty":             {""},
		"suffix":            {"https://rota.example.evil"},
		"prefix":            {"https://evilrota.example"},
		"subdomain":         {"https://x.rota.example"},
		"slash":             {"https://rota.example/"},
		"path":              {"https://rota.example/cb"},
		"port":              {"https://rota.example:8443"},
		"the port of https": {"https://rota.example:443"},
		"case":              {"https://Rota.example"},
		"plain":             {"http://rota.example"},
		"dot":               {"https://rota.example."},
		"space":             {"https://rota.example "},
		"two in one":        {"https://rota.example, https://evil.example"},
		"twice":             {"https://rota.example", "https://rota.example"},
		"and another":       {"https://rota.example", "https://evil.example"},
		"the issuer's":      {issuer},
	}
}

// ABUSE 62: a page of another origin has stolen a code or tokens: it reads nothing, and what it brings is not spent, so that the app itself is
// not signed out by it.
func TestPagesOfOtherOriginsGetNothing(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	code := location(v.signIn(requestOf("rota"), "usr_ana")).Query().Get("code")
	redeemed := redemption(code, "redirect_uri", "https://rota.example/cb", "client_id", "rota")
	tokens := h.visitor().pageTokens("rota", rotaOrigin)
	access, refresh := tokens["access_token"].(string), renewal("rota", tokens)
	h.clock.pass(time.Minute)
	for name, origins := range foreign() {
		t.Run(name, func(t *testing.T) {
			for path, form := range map[string]url.Values{
				"/oauth/token": redeemed, "/oauth/token?": refresh, "/oauth/revoke": {"token": {tokens["refresh_token"].(string)}, "client_id": {"rota"}},
			} {
				w := h.from(origins, strings.TrimSuffix(path, "?"), form)
				wantError(t, w, 400, "invalid_request")
				wantClosed(t, w)
				if !strings.Contains(w.Body.String(), "allowed_origins") {
					t.Errorf("%s", w.Body)
				}
			}
			bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+access) }
			w := h.from(origins, "/oauth/userinfo", url.Values{}, bearer)
			wantError(t, w, 403, "invalid_request")
			wantClosed(t, w)
			w = h.from(origins, "/session/activity", url.Values{}, bearer)
			wantProblem(t, w, 403, "invalid_request", "")
			wantClosed(t, w)
		})
	}
	rejected := h.events(idp.EventClientRejected)
	if len(rejected) == 0 || rejected[0].Reason != idp.ReasonOrigin || rejected[0].ClientID != "rota" {
		t.Errorf("audit trail: %+v", rejected)
	}
	for name, form := range map[string]url.Values{"code": redeemed, "refresh token": refresh} {
		if w := h.from([]string{rotaOrigin}, "/oauth/token", form); w.Code != http.StatusOK {
			t.Errorf("the %s was spent: %d %s", name, w.Code, w.Body)
		}
	}
}

// Apps with a server and apps on a device have no pages that call here.
func TestOtherKindsOfAppHaveNoOrigins(t *testing.T) {
	h := newHouse(t)
	m := h.visitor().enter("vault", "usr_ana")
	h.clock.pass(time.Minute)
	basic := func(r *http.Request) { r.SetBasicAuth("vault", secret) }
	for _, origin := range []string{"https://vault.example", rotaOrigin} {
		w := h.from([]string{origin}, "/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {m.renewal}}, basic)
		wantClosed(t, w)
		m.keep(decode(t, w)) // what a server sends is answered, whatever headers a proxy passed on
		w = h.ask(origin, "GET", "/oauth/userinfo", m.access, "")
		wantClosed(t, w)
		if w.Code != http.StatusOK {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		wantClosed(t, h.ask(origin, "POST", "/session/activity", m.access, `{"idle_seconds":0}`))
		wantClosed(t, h.from([]string{origin}, "/oauth/revoke", url.Values{"token": {"x"}}, basic))
	}
	w := h.from([]string{"http://127.0.0.1"}, "/oauth/token", redemption("x", "client_id", "loopback"))
	wantError(t, w, 400, "invalid_request")
	wantClosed(t, w)
	w = h.from([]string{rotaOrigin}, "/oauth/introspect", url.Values{"token": {"x"}}, basic)
	if w.Code != http.StatusOK || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("introspection: %d %v", w.Code, w.Header())
	}
	w = h.from([]string{rotaOrigin}, "/oauth/introspect", url.Values{"token": {"x"}, "client_id": {"rota"}})
	if w.Code != http.StatusUnauthorized || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("introspection by a page: %d %v", w.Code, w.Header())
	}
}

func TestPreflights(t *testing.T) {
	h := newHouse(t)
	for path, methods := range map[string]string{
		"/oauth/token": "POST", "/oauth/revoke": "POST", "/oauth/userinfo": "GET, POST", "/session/activity": "POST",
	} {
		for _, origin := range []string{rotaOrigin, "https://stage.example", "https://stage.example:8443"} {
			w := h.preflight(path, "POST", origin)
			got := w.Header()
			if w.Code != http.StatusNoContent || got.Get("Access-Control-Allow-Origin") != origin || got.Get("Access-Control-Allow-Methods") != methods ||
				got.Get("Access-Control-Allow-Headers") != "Authorization, Content-Type, DPoP" || got.Get("Access-Control-Max-Age") != "3600" ||
				!slices.Contains(got["Vary"], "Origin") || got.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s: %d %v", path, origin, w.Code, got)
			}
		}
		for name, origins := range foreign() {
			if name == "another app's" {
				continue // which app it is, the request will tell
			}
			w := h.preflight(path, "POST", origins...)
			if w.Code/100 == 2 {
				t.Errorf("%s %s: %d", path, name, w.Code)
			}
			wantClosed(t, w)
		}
	}
	for _, path := range []string{"/authorize", "/end_session", "/oauth/introspect"} {
		w := h.preflight(path, "POST", rotaOrigin)
		if w.Code/100 == 2 || w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
}

// ABUSE 62: a flood of preflights, of any origin, asks SQL once, and not even once more where SQL does not answer.
func TestPreflightsCostNoQueries(t *testing.T) {
	h := newHouse(t)
	h.known.Forget()
	before := h.clients.count()
	for i := range 500 {
		h.preflight("/oauth/token", "POST", "https://"+strings.Repeat("x", i)+".evil.example")
		h.preflight("/oauth/token", "POST", rotaOrigin)
	}
	if asked := h.clients.count() - before; asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	h.outage.Store(true)
	h.known.Forget()
	before = h.clients.count()
	for range 500 {
		w := h.preflight("/oauth/token", "POST", rotaOrigin)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
		wantClosed(t, w)
	}
	if asked := h.clients.count() - before; asked != 1 {
		t.Errorf("without SQL: asked %d times", asked)
	}
	h.outage.Store(false)
	h.clock.pass(time.Second)
	if w := h.preflight("/oauth/token", "POST", rotaOrigin); w.Code != http.StatusNoContent {
		t.Errorf("a failure is believed for more than a second: %d", w.Code)
	}
}

// ABUSE 62: an origin that was taken away, and an app that was disabled, are gone with the next request once the node was told (within a second:
// see package server), whatever a browser remembers of a preflight; and after half a minute though it was not.
func TestOriginsThatWereTakenAway(t *testing.T) {
	for name, change := range map[string]func(*idp.Client){
		"origin": func(c *idp.Client) { c.AllowedOrigins = []string{"https://new.example"} },
		"app":    func(c *idp.Client) { c.Disabled = true },
	} {
		for _, told := range []bool{true, false} {
			h := newHouse(t)
			tokens := h.visitor().pageTokens("rota", rotaOrigin)
			if w := h.preflight("/oauth/token", "POST", rotaOrigin); w.Code != http.StatusNoContent {
				t.Fatalf("%d", w.Code)
			}
			h.change("rota", change)
			if told {
				h.known.Forget()
			} else {
				h.clock.pass(30 * time.Second)
			}
			if w := h.preflight("/oauth/token", "POST", rotaOrigin); w.Code != http.StatusForbidden {
				t.Errorf("%s: the preflight passes: %d", name, w.Code)
			}
			w := h.from([]string{rotaOrigin}, "/oauth/token", renewal("rota", tokens))
			if w.Code/100 != 4 {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
			wantClosed(t, w)
			w = h.ask(rotaOrigin, "GET", "/oauth/userinfo", tokens["access_token"].(string), "")
			if name == "origin" && w.Code != http.StatusForbidden {
				t.Errorf("userinfo: %d %s", w.Code, w.Body)
			}
			wantClosed(t, w)
		}
	}
}
