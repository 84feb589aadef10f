package oidcop_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// introspectSigned asks as a client of this name, with an Accept header.
func (h *house) introspectSigned(client, token, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/oauth/introspect", strings.NewReader(url.Values{"token": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", accept)
	r.SetBasicAuth(client, secret)
	return h.do(r)
}

// RFC 9701, section 5: an answer that a client can show to others is signed, for this client alone, and is no access token.
func TestIntrospectionIsSignedForWhoAsks(t *testing.T) {
	h := newHouse(t)
	token := h.visitor().tokens()["access_token"].(string)
	for _, accept := range []string{"application/token-introspection+jwt", "Application/Token-Introspection+JWT; q=1"} {
		w := h.introspectSigned("timesheets", token, accept)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/token-introspection+jwt" || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		header, claims := h.open(w.Body.String())
		if header["typ"] != "token-introspection+jwt" || claims["iss"] != issuer || claims["aud"] != "timesheets" || claims["iat"] == nil || claims["sub"] != nil || claims["exp"] != nil {
			t.Errorf("%v %v", header, claims)
		}
		plain, signed := decode(t, h.introspectSigned("timesheets", token, "application/json")), claims["token_introspection"]
		if text(plain) != text(signed) || plain["active"] != true {
			t.Errorf("signed %s, plain %s", text(signed), text(plain))
		}
		if w := h.userinfo(w.Body.String()); w.Code != http.StatusUnauthorized {
			t.Errorf("taken as an access token: %d", w.Code)
		}
	}
	_, other := h.open(h.introspectSigned("rs", token, "application/token-introspection+jwt").Body.String())
	if got := text(other["token_introspection"]); got != `{"active":false}` || other["aud"] != "rs" {
		t.Errorf("to another client: %s for %v", got, other["aud"])
	}
	for _, accept := range []string{"", "*/*", "application/json", "text/html, application/token-introspection+jwt"} {
		if w := h.introspectSigned("timesheets", token, accept); !json.Valid(w.Body.Bytes()) || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%q: %v", accept, w.Header())
		}
	}
	w := h.introspectSigned("timesheets", "", "application/token-introspection+jwt")
	wantError(t, w, http.StatusBadRequest, "invalid_request") // an error is never signed
	wantError(t, h.introspectSigned("nobody", token, "application/token-introspection+jwt"), http.StatusUnauthorized, "invalid_client")
}
