package oidcop_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestRefreshRotatesAndKeepsTheSession(t *testing.T) {
	h := newHouse(t)
	first := h.visitor().tokens()
	h.clock.pass(time.Hour)
	second := decode(t, h.refresh(first["refresh_token"].(string)))
	if second["refresh_token"] == first["refresh_token"] || second["session_expires_in"] != 82800.0 {
		t.Fatalf("%v", second)
	}
	_, before := h.open(first["id_token"].(string))
	_, after := h.open(second["id_token"].(string))
	for _, claim := range []string{"sub", "sid", "acr", "auth_time", "aud", "practice_id"} {
		if text(before[claim]) != text(after[claim]) {
			t.Errorf("%s was %v, is %v", claim, before[claim], after[claim])
		}
	}
	if after["nonce"] != nil {
		t.Error("the nonce of the sign-in came again")
	}
}

// ABUSE 11: a token that comes back 10 s after its rotation ends the session, for the one who has its successor too.
func TestRefreshTokenUsedAgainEndsSession(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	first := v.tokens()
	second := decode(t, h.refresh(first["refresh_token"].(string)))
	h.clock.pass(10 * time.Second)
	wantError(t, h.refresh(first["refresh_token"].(string)), 400, "invalid_grant")
	wantError(t, h.refresh(second["refresh_token"].(string)), 400, "invalid_grant")
	if w := h.userinfo(second["access_token"].(string)); w.Code != http.StatusUnauthorized {
		t.Errorf("the access token lives: %d", w.Code)
	}
	if to := location(v.get("/authorize", request("prompt", "none"))).Query(); to.Get("error") != "login_required" {
		t.Errorf("the browser is still signed in: %v", to)
	}
	if events := h.events(idp.EventRefreshReused); len(events) != 1 || events[0].UserID != "usr_ana" || events[0].PracticeID != "prc_mfa" {
		t.Errorf("audit trail: %+v", events)
	}
}

// ABUSE 11
func TestRefreshThatIsRefusedLeavesTheTokenAlone(t *testing.T) {
	h := newHouse(t)
	token := h.visitor().tokens("scope", "openid profile offline_access")["refresh_token"].(string)
	wantError(t, h.refresh(token, "scope", "openid profile email"), 400, "invalid_scope")
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	wantError(t, h.post("/oauth/token", form, "rs", secret), 400, "invalid_grant")
	wantError(t, h.post("/oauth/token", with(form, "client_id", "contacts", "client_secret", secret)), 400, "unauthorized_client")
	wantError(t, h.refresh("made-up"), 400, "invalid_grant")
	wantError(t, h.refresh(""), 400, "invalid_request")

	narrow := decode(t, h.refresh(token, "scope", "openid"))
	if narrow["scope"] != "openid" {
		t.Fatalf("%v", narrow)
	}
	if wide := decode(t, h.refresh(narrow["refresh_token"].(string))); wide["scope"] != "openid profile offline_access" {
		t.Fatalf("a narrowed refresh narrowed the chain: %v", wide)
	}
}

// ABUSE 11: refreshing keeps nothing alive.
func TestRefreshEndsWithTheLifetime(t *testing.T) {
	h := newHouse(t)
	token := h.visitor().tokens()["refresh_token"].(string)
	for range 23 {
		h.clock.pass(time.Hour)
		token = decode(t, h.refresh(token))["refresh_token"].(string)
	}
	h.clock.pass(time.Hour)
	wantError(t, h.refresh(token), 400, "invalid_grant")
}

// ABUSE 11
func TestRefreshAfterLogout(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	got := v.tokens()
	v.get("/end_session", url.Values{"id_token_hint": {got["id_token"].(string)}})
	wantError(t, h.refresh(got["refresh_token"].(string)), 400, "invalid_grant")
}

func TestRefreshTokensAreForThoseWhoAskAndMay(t *testing.T) {
	h := newHouse(t)
	if got := h.visitor().tokens("scope", "openid"); got["refresh_token"] != nil {
		t.Error("without offline_access")
	}
	code := h.visitor().code(request("client_id", "contacts", "redirect_uri", "https://contacts.example/cb", "scope", "openid offline_access"))
	got := decode(t, h.post("/oauth/token", redemption(code, "redirect_uri", "https://contacts.example/cb", "client_id", "contacts", "client_secret", secret)))
	if got["refresh_token"] != nil || got["scope"] != "openid" {
		t.Errorf("without the registration: %v", got)
	}
}
