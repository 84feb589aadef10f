package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// newFiling is a house in which timesheets and the apps of the group file with a tax authority.
func newFiling(t testing.TB) *house {
	t.Helper()
	h := newBehalf(t)
	for _, id := range []idp.ClientID{"timesheets", "books", "payroll"} {
		h.change(id, func(c *idp.Client) { c.Scopes = append(c.Scopes, "mfa_factors") })
	}
	return h
}

func (h *house) factorsOf(token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/session/factors", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return h.do(r)
}

// reference is that of the one factor in an ID token.
func (h *house) reference(tokens map[string]any) string {
	h.t.Helper()
	_, claims := h.open(tokens["id_token"].(string))
	list, _ := claims["mfa_factors"].([]any)
	if len(list) != 1 {
		h.t.Fatalf("%v", claims)
	}
	text, _ := list[0].(map[string]any)["unique_reference"].(string)
	return text
}

const filing = "openid offline_access mfa_factors pay.read"

// An app that files learns how the person signed in, and a refresh changes nothing of it.
func TestAnAppThatFilesLearnsTheFactors(t *testing.T) {
	h := newFiling(t)
	h.clock.pass(time.Date(2040, 4, 1, 13, 23, 59, 0, time.UTC).Sub(h.clock.read()))
	got := h.tokensFor(request("scope", filing))
	_, id := h.open(got["id_token"].(string))
	said := text(id["mfa_factors"])
	if !strings.HasPrefix(said, `[{"timestamp":"2040-04-01T13:23Z","type":"TOTP","unique_reference":"`) || strings.Contains(said, "aut_") {
		t.Fatalf("%s", said)
	}
	h.clock.pass(2 * time.Hour)
	for range 2 {
		got = decode(t, h.refresh(got["refresh_token"].(string)))
		if _, id := h.open(got["id_token"].(string)); text(id["mfa_factors"]) != said {
			t.Errorf("after a refresh: %s", text(id["mfa_factors"]))
		}
		h.clock.pass(time.Minute)
	}
	w := h.factorsOf(got["access_token"].(string))
	answer := decode(t, w)
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" || text(answer["mfa_factors"]) != said || answer["sub"] != "usr_ana" ||
		answer["sid"] != id["sid"] || answer["auth_time"] != id["auth_time"] {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The reference stays the same from sign-in to sign-in, and is another one at another app, for another factor and for another person.
func TestAReferenceIsOfOneFactorAtOneApp(t *testing.T) {
	h := newFiling(t)
	first := h.reference(h.tokensFor(request("scope", filing)))
	h.clock.pass(30 * 24 * time.Hour)
	if again := h.reference(h.tokensFor(request("scope", filing))); again != first || len(again) < 32 {
		t.Errorf("%q, and later %q", first, again)
	}
	at := func(app string) string {
		v := h.visitor()
		return h.reference(v.at(app, "scope", "openid mfa_factors"))
	}
	books := at("books")
	if payroll := at("payroll"); books == first || payroll == first || payroll == books {
		t.Errorf("%q, %q, %q", first, books, payroll)
	}
	// A session that joined the sign-in of another app of the group rests on the same factor, by another name.
	v := h.visitor()
	here, joined := v.enter("books", "usr_ana", "scope", "openid mfa_factors"), v.silently("payroll", "scope", "openid mfa_factors")
	if a, b := h.reference(here.first), h.reference(joined.first); a != books || b == a {
		t.Errorf("%q, and joined %q", a, b)
	}
	h.desk.factor = &[]idp.Factor{{Kind: idp.KindTOTP, ID: "aut_new_phone", At: h.clock.read()}}
	if other := h.reference(h.tokensFor(request("scope", filing))); other == first {
		t.Error("another authenticator has the same reference")
	}
}

func TestTheKindsOfFactors(t *testing.T) {
	h := newFiling(t)
	for kind, want := range map[idp.Kind]string{idp.KindTOTP: "TOTP", idp.KindSMS: "AUTH_CODE", idp.KindPasskey: "OTHER"} {
		h.desk.factor = &[]idp.Factor{{Kind: kind, ID: "aut_one", At: h.clock.read()}}
		_, id := h.open(h.tokensFor(request("scope", filing))["id_token"].(string))
		if !strings.Contains(text(id["mfa_factors"]), `"type":"`+want+`"`) {
			t.Errorf("%s: %s", kind, text(id["mfa_factors"]))
		}
	}
	// A session of before: which factors they were is not known, and nothing is made up.
	h.desk.factor = &[]idp.Factor{}
	got := h.tokensFor(request("scope", filing))
	if _, id := h.open(got["id_token"].(string)); id["mfa_factors"] != nil || id["acr"] != "urn:aps:acr:mfa" {
		t.Errorf("%v", id)
	}
	if answer := decode(t, h.factorsOf(got["access_token"].(string))); answer["mfa_factors"] != nil || answer["sub"] != "usr_ana" {
		t.Errorf("%v", answer)
	}
	// A password alone is no second factor.
	w := h.redeem(location(h.visitor().signIn(request("scope", filing), "usr_ben")).Query().Get("code"))
	if _, id := h.open(decode(t, w)["id_token"].(string)); text(id["mfa_factors"]) != "[]" {
		t.Errorf("%v", id)
	}
}

// Nobody else learns them: it takes the registration, the scope, the person's own session and a token that is for this provider.
func TestWhoDoesNotLearnTheFactors(t *testing.T) {
	h := newFiling(t)
	h.change("contacts", func(c *idp.Client) { c.Scopes = []string{"openid", "profile"} })
	h.change("fusesign", func(c *idp.Client) { c.Scopes = append(c.Scopes, "mfa_factors") })
	h.known.Forget()
	lacks := h.tokensFor(request("scope", "openid"))
	if _, id := h.open(lacks["id_token"].(string)); id["mfa_factors"] != nil {
		t.Errorf("without the scope: %v", id)
	}
	w := h.factorsOf(lacks["access_token"].(string))
	if w.Code != http.StatusForbidden || decode(t, w)["error"] != "insufficient_scope" || w.Header().Get("WWW-Authenticate") != `Bearer realm="APS ID", error="insufficient_scope"` {
		t.Errorf("%d %q %s", w.Code, w.Header(), w.Body)
	}
	asked := h.tokensFor(request("scope", "openid", "claims", `{"id_token":{"mfa_factors":null}}`))
	if h.reference(asked) == "" {
		t.Error("an app that is registered can't ask for the claim by itself")
	}
	h.change("timesheets", func(c *idp.Client) { c.Scopes = []string{"offline_access", "openid", "pay.read"} })
	h.known.Forget()
	for _, pairs := range [][]string{{"scope", filing}, {"scope", "openid", "claims", `{"id_token":{"mfa_factors":{"essential":true}}}`}} {
		got := h.tokensFor(request(pairs...))
		if _, id := h.open(got["id_token"].(string)); id["mfa_factors"] != nil {
			t.Errorf("an app that is not registered: %v", id)
		}
		wantStatus(t, h.factorsOf(got["access_token"].(string)), http.StatusForbidden)
	}
	h.change("timesheets", func(c *idp.Client) { c.Scopes = append(c.Scopes, "mfa_factors") })
	h.known.Forget()

	got := h.tokensFor(request("scope", filing))
	mine := got["access_token"].(string)
	wantStatus(t, h.factorsOf(mine), http.StatusOK)
	machine := h.machine("scope", "mfa_factors")
	if machine.Code != http.StatusBadRequest || decode(t, machine)["error"] != "invalid_scope" {
		t.Errorf("an integration asks for it: %d %s", machine.Code, machine.Body)
	}
	k := h.holder()
	for name, token := range map[string]string{
		"an integration's token":     decode(t, h.machine("scope", "documents.read"))["access_token"].(string),
		"one for an API":             h.exchanged("timesheets", mine),
		"an ID token":                got["id_token"].(string),
		"a refresh token":            got["refresh_token"].(string),
		"one that is bound to a key": k.bound("scope", filing)["access_token"].(string),
	} {
		if w := h.factorsOf(token); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	// What was granted once is not given after the registration has lost it.
	h.change("timesheets", func(c *idp.Client) { c.Scopes = []string{"offline_access", "openid", "pay.read"} })
	h.known.Forget()
	wantStatus(t, h.factorsOf(mine), http.StatusForbidden)
	wantStatus(t, h.factorsOf("x"), http.StatusUnauthorized)
	h.clock.pass(25 * time.Hour)
	wantStatus(t, h.factorsOf(mine), http.StatusUnauthorized)
}

func wantStatus(t testing.TB, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Errorf("%d %s, want %d", w.Code, w.Body, status)
	}
}
