package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestDiscoveryListsWhatWorksAndNothingElse(t *testing.T) {
	h := newHouse(t)
	w := h.do(httptest.NewRequest("GET", "/.well-known/openid-configuration", nil))
	got := decode(t, w)
	for name, want := range map[string]string{
		"issuer":                                         `"` + issuer + `"`,
		"response_types_supported":                       `["code"]`,
		"response_modes_supported":                       `["query","form_post"]`,
		"grant_types_supported":                          `["authorization_code","refresh_token","client_credentials","urn:ietf:params:oauth:grant-type:token-exchange"]`,
		"code_challenge_methods_supported":               `["S256"]`,
		"id_token_signing_alg_values_supported":          `["ES256","RS256"]`,
		"token_endpoint_auth_methods_supported":          `["client_secret_basic","client_secret_post","private_key_jwt","none"]`,
		"introspection_endpoint_auth_methods_supported":  `["client_secret_basic","client_secret_post","private_key_jwt"]`,
		"acr_values_supported":                           `["urn:aps:acr:pwd","urn:aps:acr:mfa"]`,
		"subject_types_supported":                        `["public"]`,
		"authorization_response_iss_parameter_supported": `true`,
		"request_uri_parameter_supported":                `false`,
		"request_parameter_supported":                    `null`,
		"claims_parameter_supported":                     `true`,
		"registration_endpoint":                          `null`,
		"device_authorization_endpoint":                  `null`,
		"check_session_iframe":                           `null`,
		"backchannel_logout_supported":                   `true`,
		"backchannel_logout_session_supported":           `true`,
		"session_activity_endpoint":                      `"` + issuer + `/session/activity"`,
		"session_factors_endpoint":                       `"` + issuer + `/session/factors"`,
		"scopes_supported":                               `["openid","profile","email","offline_access","mfa_factors"]`,
		"frontchannel_logout_supported":                  `null`,
	} {
		if text(got[name]) != want {
			t.Errorf("%s is %s, want %s", name, text(got[name]), want)
		}
	}
	if !strings.HasPrefix(w.Header().Get("Cache-Control"), "public") {
		t.Errorf("Cache-Control %q", w.Header().Get("Cache-Control"))
	}
	for name, value := range got {
		address, isText := value.(string)
		if !isText || !strings.HasSuffix(name, "_endpoint") && name != "jwks_uri" {
			continue
		}
		path := strings.TrimPrefix(address, issuer)
		if w := h.do(httptest.NewRequest("GET", path, nil)); w.Code == http.StatusNotFound {
			t.Errorf("%s is listed and not there", name)
		}
	}
}

func TestKeysArePublic(t *testing.T) {
	h := newHouse(t)
	w := h.do(httptest.NewRequest("GET", "/.well-known/jwks.json", nil))
	keys, _ := decode(t, w)["keys"].([]any)
	if len(keys) < 2 {
		t.Fatalf("%s", w.Body)
	}
	for _, key := range keys {
		fields, _ := key.(map[string]any)
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, found := fields[private]; found {
				t.Fatalf("%q is published", private)
			}
		}
		if fields["kid"] == nil || fields["use"] != "sig" {
			t.Errorf("%v", fields)
		}
	}
}

func TestScriptsOfAnyOriginReachOnlyWhatIsPublic(t *testing.T) {
	h := newHouse(t)
	for path, open := range map[string]bool{
		"/.well-known/openid-configuration": true, "/.well-known/oauth-authorization-server": true, "/.well-known/jwks.json": true, "/oauth/token": false, "/oauth/userinfo": false,
		"/oauth/introspect": false, "/oauth/revoke": false, "/authorize": false, "/end_session": false, "/signin/timesheets/x/done": false,
		"/session/activity": false,
	} {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Origin", "https://evil.example")
			r.Header.Set("Access-Control-Request-Method", "POST")
			w := h.do(r)
			if got := w.Header().Get("Access-Control-Allow-Origin"); (got == "*") != open || got != "" && got != "*" {
				t.Errorf("%s %s: Access-Control-Allow-Origin %q", method, path, got)
			}
			if w.Header().Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s: with credentials", method, path)
			}
		}
	}
}

// An OAuth client that knows nothing of OpenID finds the same metadata (RFC 8414, section 3).
func TestMetadataForOAuthClients(t *testing.T) {
	h := newHouse(t)
	ask := func(method, path string) *httptest.ResponseRecorder {
		return h.do(httptest.NewRequest(method, path, nil))
	}
	oidc, oauth := ask("GET", "/.well-known/openid-configuration"), ask("GET", "/.well-known/oauth-authorization-server")
	if oauth.Code != http.StatusOK || oauth.Body.String() != oidc.Body.String() || oauth.Header().Get("Content-Type") != oidc.Header().Get("Content-Type") {
		t.Errorf("%d %s", oauth.Code, oauth.Body)
	}
	if w := ask("POST", "/.well-known/oauth-authorization-server"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// ABUSE 14: no header moves the issuer.
func TestIssuerIsConfiguredNotAsked(t *testing.T) {
	h := newHouse(t)
	r := httptest.NewRequest("GET", "/.well-known/openid-configuration", nil)
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("Forwarded", "host=evil.example")
	if w := h.do(r); strings.Contains(w.Body.String(), "evil") || !strings.Contains(w.Body.String(), issuer) {
		t.Fatalf("%s", w.Body)
	}
	for _, bad := range []string{"https://id.example/tenant", "https://id.example?x", "https://", "https://u@id.example", "https://id.example#f"} {
		if _, err := h.rebuild(must(url.Parse(bad))); err == nil {
			t.Errorf("issuer %s accepted", bad)
		}
	}
}
