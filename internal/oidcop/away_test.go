package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// withoutRedis makes every call of Redis fail.
func (h *house) withoutRedis() {
	h.t.Helper()
	if err := h.redis.Close(); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) active(token, client string) any {
	h.t.Helper()
	return decode(h.t, h.post("/oauth/introspect", url.Values{"token": {token}}, client, secret))["active"]
}

// ABUSE 44: Redis is away. Tokens of both forms are told as what they are, and can be revoked; integrations get new ones.
func TestTokensWithoutRedis(t *testing.T) {
	s := newSigner(t)
	h := s.house
	person, opaque := h.visitor().enter("timesheets", "usr_ana"), h.visitor().enter("opaque", "usr_ana")
	tokens := map[string]string{"timesheets": person.access, "opaque": opaque.access}
	h.withoutRedis()
	for client, token := range tokens {
		if w := h.userinfo(token); w.Code != http.StatusOK {
			t.Errorf("userinfo, %s: %d %s", client, w.Code, w.Body)
		}
		if h.active(token, client) != true {
			t.Errorf("introspection, %s: not active", client)
		}
		if w := h.report(token, `{"idle_seconds": 0}`); w.Code != http.StatusTooManyRequests { // right after the sign-in
			t.Errorf("report, %s: %d %s", client, w.Code, w.Body)
		}
	}
	for what, w := range map[string]*httptest.ResponseRecorder{
		"discovery": h.do(httptest.NewRequest("GET", "/.well-known/openid-configuration", nil)),
		"keys":      h.do(httptest.NewRequest("GET", "/.well-known/jwks.json", nil)),
		"machine":   s.token(s.good(s.claims())),
	} {
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	for client, token := range tokens {
		if w := h.post("/oauth/revoke", url.Values{"token": {token}}, client, secret); w.Code != http.StatusOK {
			t.Errorf("revoke, %s: %d %s", client, w.Code, w.Body)
		}
		wantError(t, h.userinfo(token), 401, "invalid_token")
	}
}

// A token is revoked by its text, and no other text stands for the same token.
func TestOpaqueTokenHasOneText(t *testing.T) {
	h := newHouse(t)
	token := h.visitor().enter("opaque", "usr_ana").access
	h.post("/oauth/revoke", url.Values{"token": {token}}, "opaque", secret)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	others := []string{token, token + "\n", "\r" + token, token[:7] + "\r\n" + token[7:], token + "=", token + "A"}
	for _, last := range alphabet { // the bits behind the last byte
		others = append(others, token[:len(token)-1]+string(last))
	}
	for _, other := range others {
		if h.active(other, "opaque") != false {
			t.Errorf("%q is active", other)
		}
	}
}

// Nodes of the previous release keep opaque tokens in Redis, and find those of this one there.
func TestOpaqueTokensOfThePreviousRelease(t *testing.T) {
	h := newHouse(t)
	m := h.visitor().enter("opaque", "usr_ana")
	kept := must(h.redis.References().FindReference(t.Context(), idp.HashToken(m.access)))
	if kept.SID == "" || kept.ClientID != "opaque" || !h.clock.read().Before(kept.ExpiresAt) {
		t.Fatalf("kept: %+v", kept)
	}
	theirs := idp.RandomSecret(32)
	if err := h.redis.References().CreateReference(t.Context(), theirs.Hash(), kept); err != nil {
		t.Fatal(err)
	}
	if w := h.userinfo(theirs.Reveal()); w.Code != http.StatusOK {
		t.Errorf("userinfo: %d %s", w.Code, w.Body)
	}
	h.clock.pass(time.Hour)
	wantError(t, h.userinfo(theirs.Reveal()), 401, "invalid_token")
	wantError(t, h.userinfo(m.access), 401, "invalid_token")
}
