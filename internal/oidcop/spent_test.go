package oidcop_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/redisstore"
)

// emptyRedis puts an empty Redis in the place of the one there was, as a flush or a new server does.
func (h *house) emptyRedis() {
	h.t.Helper()
	h.redis = must(redisstore.Open(context.Background(), redisstore.Embedded, must(seal.New(must(seal.Generate())))))
	h.t.Cleanup(func() { _ = h.redis.Close() })
	h.mux = http.NewServeMux()
	must(h.rebuild(must(url.Parse(h.issuer)))).Routes(h.mux)
}

// ABUSE 53: Redis is emptied; what was revoked stays revoked, of people and of integrations.
func TestRevokedTokensStayRevokedWithoutRedis(t *testing.T) {
	h := newHouse(t)
	person := h.visitor().tokens()["access_token"].(string)
	machine := decode(t, h.machine())["access_token"].(string)
	other := decode(t, h.machine())["access_token"].(string)
	for token, client := range map[string]string{person: "timesheets", machine: "fusesign"} {
		if w := h.post("/oauth/revoke", url.Values{"token": {token}}, client, secret); w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", client, w.Code, w.Body)
		}
	}
	h.emptyRedis()
	wantError(t, h.userinfo(person), 401, "invalid_token")
	introspect := func(token string) any {
		return decode(t, h.post("/oauth/introspect", url.Values{"token": {token}}, "fusesign", secret))["active"]
	}
	if introspect(machine) != false || introspect(other) != true {
		t.Errorf("the machine's token is active: %v; another: %v", introspect(machine), introspect(other))
	}
	h.clock.pass(59 * time.Minute)
	if introspect(machine) != false {
		t.Error("the machine's token is active again at the end of its life")
	}
}

// ABUSE 53: an opaque token comes back with a replica that has not heard of its removal.
func TestRevokedReferenceStaysRevokedAfterAFailover(t *testing.T) {
	h := newHouse(t)
	m := h.visitor().enter("opaque", "usr_ana")
	hash := idp.HashToken(m.access)
	stored := must(h.redis.References().FindReference(t.Context(), hash))
	h.post("/oauth/revoke", url.Values{"token": {m.access}}, "opaque", secret)
	if err := h.redis.References().CreateReference(t.Context(), hash, stored); err != nil {
		t.Fatal(err)
	}
	wantError(t, h.userinfo(m.access), 401, "invalid_token")
}

// ABUSE 53: a code is used, Redis is emptied, and the code comes again: it was stolen by one of the two, and the session ends.
func TestUsedCodeStaysUsedWithoutRedis(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	code := v.code(request())
	got := decode(t, h.redeem(code))
	h.emptyRedis()
	for _, unknown := range []string{"x" + code, code[1:], "rubbish"} {
		wantError(t, h.redeem(unknown), 400, "invalid_grant")
	}
	if w := h.userinfo(got["access_token"].(string)); w.Code != http.StatusOK {
		t.Fatalf("a code that was never used ended the session: %d", w.Code)
	}
	wantError(t, h.redeem(code), 400, "invalid_grant")
	wantError(t, h.userinfo(got["access_token"].(string)), 401, "invalid_token")
	if events := h.events(idp.EventCodeReused); len(events) != 1 || events[0].UserID != "usr_ana" || events[0].ClientID != "timesheets" {
		t.Errorf("audit trail: %+v", events)
	}
}

// ABUSE 53: a code comes back unused with a replica that has not heard of its use.
func TestUsedCodeStaysUsedAfterAFailover(t *testing.T) {
	h := newHouse(t)
	code := h.visitor().code(request())
	got := decode(t, h.redeem(code))
	grant, err := h.redis.Codes().ConsumeCode(t.Context(), idp.HashToken(code))
	if !errors.Is(err, idp.ErrUsed) {
		t.Fatal(err)
	}
	h.emptyRedis()
	if err := h.redis.Codes().CreateCode(t.Context(), idp.HashToken(code), grant, time.Minute); err != nil {
		t.Fatal(err)
	}
	wantError(t, h.redeem(code), 400, "invalid_grant")
	wantError(t, h.userinfo(got["access_token"].(string)), 401, "invalid_token")
}

// ABUSE 53: an assertion is used, Redis is emptied, and the assertion comes again within its life.
func TestUsedAssertionStaysUsedWithoutRedis(t *testing.T) {
	s := newSigner(t)
	used, fresh := s.good(s.claims()), s.good(s.claims())
	if w := s.token(used); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.emptyRedis()
	wantError(t, s.token(used), 401, "invalid_client")
	if w := s.token(fresh); w.Code != http.StatusOK {
		t.Errorf("one that was not used: %d %s", w.Code, w.Body)
	}
}
