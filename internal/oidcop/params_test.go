package oidcop_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
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

// Where no answer can go to the app, the page says to its makers what is wrong, with a reference that the trail has too, and shows nothing
// of the request.
func TestARefusalSaysToTheMakersWhatIsWrong(t *testing.T) {
	h := newHouse(t)
	twice := request()
	twice.Add("redirect_uri", "https://timesheets.example/cb")
	for name, row := range map[string]struct {
		query url.Values
		says  string
	}{
		"an unknown client":      {request("client_id", "nobody<b>"), "No app is registered here"},
		"no client":              {request("client_id", ""), "The client_id or the redirect_uri is missing"},
		"an integration":         {request("client_id", "fusesign"), "that of an integration"},
		"a disabled app":         {request("client_id", "disabled", "redirect_uri", "https://disabled.example/cb"), "disabled in its registration"},
		"another address":        {request("redirect_uri", "https://timesheets.example/cb/"), "letter by letter"},
		"no address":             {request("redirect_uri", ""), "The client_id or the redirect_uri is missing"},
		"an address given twice": {twice, "a parameter came twice"},
	} {
		t.Run(name, func(t *testing.T) {
			w := h.visitor().get("/authorize", row.query)
			if body := w.Body.String(); w.Code != http.StatusBadRequest || !strings.Contains(body, row.says) || strings.Contains(body, "<b>") || strings.Contains(body, "/cb/") {
				t.Errorf("%d %s", w.Code, body)
			}
		})
	}
	for _, e := range h.events(idp.EventRequestRefused) {
		if e.Details["reference"] == "" {
			t.Errorf("an event without the reference: %+v", e)
		}
	}
}

// How to answer may stand in the request object that is refused (OpenID Connect Core, section 6.1); where to answer never does.
func TestARefusedRequestObjectSaysHowToAnswer(t *testing.T) {
	h := newHouse(t)
	object := func(claims string) string {
		return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "."
	}
	for claims, state := range map[string]string{
		`{"state":"in&ner","redirect_uri":"https://evil.example/"}`: "in&ner", `{"state":7}`: "", `{`: "", `{}`: "", `{"state":"` + strings.Repeat("s", 3000) + `"}`: "",
	} {
		to := location(h.visitor().get("/authorize", request("state", "-", "request", object(claims))))
		if q := to.Query(); to.Host != "timesheets.example" || q.Get("state") != state || q.Get("error") == "" {
			t.Errorf("%.40s: %s", claims, to)
		}
	}
	to := location(h.visitor().get("/authorize", request("request", object(`{"state":"inner"}`))))
	if q := to.Query(); q.Get("state") != "st&te" || q.Get("error") != "request_not_supported" {
		t.Errorf("beside a state of the request: %s", to)
	}
	h.visitor().get("/authorize", request("state", "-", "request", object(`{"state":"inner","response_mode":"form_post"}`)))
	if f := h.pages.fields; f["state"] != "inner" || f["error"] != "request_not_supported" {
		t.Errorf("by form_post: %v", f)
	}
}
