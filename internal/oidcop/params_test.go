package oidcop_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A parameter without a value counts as omitted at every endpoint (RFC 6749, sections 3.1 and 3.2): stock clients send them.
func TestAParameterWithoutAValueIsOmitted(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{
		"max_age", "id_token_hint", "claims", "request", "request_uri", "registration", "prompt", "acr_values", "response_mode", "login_hint",
		"nonce", "ui_locales", "display", "resource", "state", "unheard_of",
	} {
		if to := location(h.visitor().get("/authorize", request(name, ""))); !strings.HasPrefix(to.Path, "/signin/timesheets/") {
			t.Errorf("authorize with %s=: to %s", name, to)
		}
	}
	v := h.visitor()
	code := v.code(request("state", ""))
	w := h.redeem(code, "scope", "", "client_id", "", "client_secret", "", "client_assertion", "", "client_assertion_type", "", "resource", "")
	if w.Code != http.StatusOK {
		t.Fatalf("token: %d %s", w.Code, w.Body)
	}
	tokens := decode(t, w)
	if w := h.refresh(tokens["refresh_token"].(string), "scope", "", "client_secret", ""); w.Code != http.StatusOK {
		t.Errorf("refresh: %d %s", w.Code, w.Body)
	}
	form := url.Values{"token": {tokens["access_token"].(string)}, "token_type_hint": {""}, "client_id": {""}}
	if seen := decode(t, h.post("/oauth/introspect", form, "timesheets", secret)); seen["active"] != true {
		t.Errorf("introspect: %v", seen)
	}
	if w := h.post("/oauth/revoke", form, "timesheets", secret); w.Code != http.StatusOK {
		t.Errorf("revoke: %d %s", w.Code, w.Body)
	}
	w = v.get("/end_session", url.Values{"id_token_hint": {tokens["id_token"].(string)}, "post_logout_redirect_uri": {""}, "state": {""}, "client_id": {""}})
	if w.Code != http.StatusOK || w.Body.String() != "signed out" {
		t.Errorf("end_session: %d %s", w.Code, w.Body)
	}
	for _, missing := range []string{"scope", "response_type", "code_challenge"} {
		if q := location(h.visitor().get("/authorize", request(missing, ""))).Query(); q.Get("error") == "" {
			t.Errorf("%s= is taken for one that has a value: %v", missing, q)
		}
	}
}

// A scope that is unknown or not registered is ignored (OpenID Connect Core, section 3.1.2.1), and the answer says what was granted.
func TestUnknownScopesAreIgnored(t *testing.T) {
	h := newHouse(t)
	for asked, granted := range map[string]string{
		"openid profile address phone":  "openid profile",
		"admin openid email":            "openid email",
		"openid profile openid":         "openid profile",
		"openid users:write":            "openid",
		"openid offline_access unknown": "openid offline_access",
	} {
		tokens := h.visitor().tokens("scope", asked)
		if tokens["scope"] != granted {
			t.Errorf("asked for %q, granted %q, want %q", asked, tokens["scope"], granted)
		}
		if seen := h.introspect(tokens["access_token"].(string)); seen["scope"] != granted {
			t.Errorf("asked for %q: the access token has %q", asked, seen["scope"])
		}
	}
}
