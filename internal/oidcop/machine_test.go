package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

func (h *house) machine(pairs ...string) *httptest.ResponseRecorder {
	return h.post("/oauth/token", with(url.Values{"grant_type": {"client_credentials"}}, pairs...), "fusesign", secret)
}

func TestMachineTokenIsAboutNobody(t *testing.T) {
	h := newHouse(t)
	got := decode(t, h.machine())
	if got["id_token"] != nil || got["refresh_token"] != nil || got["session_expires_in"] != nil || got["expires_in"] != 3600.0 || got["scope"] != "documents.read documents.write" {
		t.Fatalf("%v", got)
	}
	header, claims := h.open(got["access_token"].(string))
	if header["typ"] != "at+jwt" {
		t.Errorf("header %v", header)
	}
	for claim, want := range map[string]any{
		"sub": "fusesign", "client_id": "fusesign", "practice_id": "prc_mfa", "sid": nil, "acr": nil, "amr": nil, "auth_time": nil,
		"scope": "documents.read documents.write",
	} {
		if claims[claim] != want {
			t.Errorf("%s is %v, want %v", claim, claims[claim], want)
		}
	}
	if text(claims["aud"]) != `["urn:aps:api"]` {
		t.Errorf("aud %v", claims["aud"])
	}
}

// ABUSE 36
func TestMachineNeverBecomesAPerson(t *testing.T) {
	h := newHouse(t)
	wantError(t, h.machine("scope", "openid"), 400, "invalid_scope")
	wantError(t, h.machine("scope", "documents.read offline_access"), 400, "invalid_scope")
	wantError(t, h.machine("scope", "profile"), 400, "invalid_scope")
	wantError(t, h.machine("audience", "timesheets"), 400, "invalid_target")
	wantError(t, h.machine("resource", issuer), 400, "invalid_target")
	wantError(t, h.machine("sub", "usr_ana"), 400, "invalid_request")
	wantError(t, h.machine("username", "usr_ana@example.com", "password", "x"), 400, "invalid_request")
	wantError(t, h.post("/oauth/token", redemption(h.visitor().code(request())), "fusesign", secret), 400, "unauthorized_client")
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {h.visitor().tokens()["refresh_token"].(string)}}
	wantError(t, h.post("/oauth/token", refresh, "fusesign", secret), 400, "unauthorized_client")
	wantError(t, h.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, "timesheets", secret), 400, "unauthorized_client")

	// Even a registration gone wrong does not make it one.
	greedy := h.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, "greedy", secret)
	if got := decode(t, greedy); got["scope"] != "documents.read" || got["refresh_token"] != nil || got["id_token"] != nil {
		t.Errorf("%v", got)
	}
	wantError(t, h.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"openid"}}, "greedy", secret), 400, "invalid_scope")

	token := decode(t, h.machine())["access_token"].(string)
	if w := h.userinfo(token); w.Code != http.StatusUnauthorized {
		t.Errorf("userinfo of a machine: %d %s", w.Code, w.Body)
	}
}

func TestMachineTokenCostsNoSQL(t *testing.T) {
	h := newHouse(t)
	for range 50 {
		if w := h.machine(); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if n := h.clients.count(); n != 1 {
		t.Fatalf("the store was asked %d times", n)
	}
	h.outage.Store(true)
	if w := h.machine(); w.Code != http.StatusOK { // once in memory, not even a database that is gone
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.clock.pass(31 * time.Second)
	if w := h.machine(); w.Code != http.StatusServiceUnavailable { // and no longer than that
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}
