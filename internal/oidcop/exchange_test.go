package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const stockAPI = "https://stock.example"

// newBehalf is an estate in which timesheets calls the APIs of payroll and of contacts for the person, that of contacts the one of books,
// and that the one of payroll.
func newBehalf(t testing.TB, on ...engines) *house {
	t.Helper()
	h := newEstate(t, on...)
	h.change("pay-api", func(c *idp.Client) { c.PartOf = "payroll" })
	h.change("rota-api", func(c *idp.Client) {
		c.PartOf, c.Exchanges = "contacts", []idp.Exchange{{API: "stock-api", Scopes: []string{"pay.read", "stock.read"}}}
	})
	h.change("stock-api", func(c *idp.Client) {
		c.PartOf, c.Exchanges = "books", []idp.Exchange{{API: "pay-api", Scopes: []string{"pay.read"}}}
	})
	h.change("timesheets", func(c *idp.Client) {
		c.Scopes = append(c.Scopes, "stock.read")
		c.Exchanges = []idp.Exchange{{API: "pay-api", Scopes: []string{"pay.read"}}, {API: "rota-api", Scopes: []string{"pay.read", "rota.read", "stock.read"}}}
	})
	return h
}

const behalfScope = "openid offline_access rota.read rota.write pay.read stock.read"

// exchange asks for a token for an API for the person of the subject token.
func (h *house) exchange(client, subject string, pairs ...string) *httptest.ResponseRecorder {
	form := with(url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {subject},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "resource": {payAPI},
	}, pairs...)
	return h.post("/oauth/token", form, client, secret)
}

// exchanged expects that it is given.
func (h *house) exchanged(client, subject string, pairs ...string) string {
	h.t.Helper()
	w := h.exchange(client, subject, pairs...)
	if w.Code != http.StatusOK {
		h.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return decode(h.t, w)["access_token"].(string)
}

// signedIn is ana's access token at timesheets.
func (h *house) signedIn() string {
	h.t.Helper()
	return h.tokensFor(request("scope", behalfScope))["access_token"].(string)
}

// wantRefused expects an error of this kind whose text says why.
func wantRefused(t testing.TB, w *httptest.ResponseRecorder, code, about string) {
	t.Helper()
	body := decode(t, w)
	said, _ := body["error_description"].(string)
	if w.Code != http.StatusBadRequest || body["error"] != code || !strings.Contains(said, about) || body["access_token"] != nil {
		t.Errorf("%d %s; want %s that says %q", w.Code, w.Body, code, about)
	}
}

// RFC 8693, sections 2.2.1 and 4.1: the new token says who acts for whom, and of the sign-in what the old one said.
func TestAnAppCallsAnAPIForItsPerson(t *testing.T) {
	h := newBehalf(t)
	subject := h.signedIn()
	_, before := h.open(subject)
	h.clock.pass(time.Minute)
	for name, pairs := range map[string][]string{
		"by resource":                nil,
		"by audience":                {"resource", "-", "audience", "pay-api"},
		"by audience, a URI":         {"resource", "-", "audience", payAPI},
		"by both":                    {"audience", "pay-api"},
		"with the scope":             {"scope", "pay.read"},
		"with the type of the token": {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
	} {
		w := h.exchange("timesheets", subject, pairs...)
		got := decode(t, w)
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
		if got["issued_token_type"] != "urn:ietf:params:oauth:token-type:access_token" || got["token_type"] != "Bearer" || got["expires_in"] != 240.0 ||
			got["refresh_token"] != nil || got["id_token"] != nil || got["session_expires_in"] != nil {
			t.Errorf("%s: %v", name, got)
		}
		token := h.wantAccess(got, `["`+payAPI+`"]`, "pay.read")
		_, claims := h.open(token)
		if text(claims["act"]) != `{"sub":"timesheets"}` || claims["client_id"] != "timesheets" || claims["exp"] != before["exp"] || claims["jti"] == before["jti"] {
			t.Errorf("%s: %v", name, claims)
		}
		for _, same := range []string{"iss", "sub", "sid", "acr", "amr", "auth_time", "practice_id"} {
			if text(claims[same]) != text(before[same]) || claims[same] == nil {
				t.Errorf("%s: %s is %v, and was %v", name, same, claims[same], before[same])
			}
		}
		seen := h.introspectAs("pay-api", token)
		if seen["active"] != true || text(seen["act"]) != `{"sub":"timesheets"}` || seen["sub"] != "usr_ana" || seen["scope"] != "pay.read" {
			t.Errorf("%s: the API learns %v", name, seen)
		}
	}
	events := h.events(idp.EventTokenExchanged)
	if len(events) != 1 || events[0].Actor.ID != "timesheets" || events[0].UserID != "usr_ana" || events[0].PracticeID != "prc_mfa" ||
		events[0].Details["api"] != "pay-api" || events[0].Details["scope"] != "pay.read" {
		t.Errorf("on record: %+v", events) // of six within a minute, one
	}
	h.exchanged("timesheets", subject, "resource", rotaAPI)
	if events := h.events(idp.EventTokenExchanged); len(events) != 2 {
		t.Errorf("an exchange for another API is not on record: %+v", events)
	}
}

// An API that was called for a person calls the next one: each names those before it, and no scope is added on the way.
func TestAChainOfCalls(t *testing.T) {
	h := newBehalf(t)
	first := h.exchanged("timesheets", h.signedIn(), "resource", rotaAPI)
	if _, claims := h.open(first); claims["scope"] != "rota.read pay.read stock.read" {
		t.Errorf("scope %v", claims["scope"])
	}
	second := h.exchanged("rota-api", first, "resource", stockAPI)
	_, claims := h.open(second)
	if text(claims["act"]) != `{"act":{"sub":"timesheets"},"sub":"rota-api"}` || claims["client_id"] != "rota-api" || claims["scope"] != "pay.read stock.read" {
		t.Errorf("%v", claims)
	}
	third := h.exchanged("stock-api", second)
	if seen := h.introspectAs("pay-api", third); seen["active"] != true || text(seen["act"]) != `{"act":{"act":{"sub":"timesheets"},"sub":"rota-api"},"sub":"stock-api"}` ||
		seen["scope"] != "pay.read" {
		t.Errorf("%v", seen)
	}

	h.change("pay-api", func(c *idp.Client) { c.Exchanges = []idp.Exchange{{API: "deep-api", Scopes: []string{"pay.read"}}} })
	h.change("off-api", func(c *idp.Client) { c.Disabled, c.PartOf = false, "vault" })
	h.change("pay-api", func(c *idp.Client) {
		c.Exchanges = []idp.Exchange{{API: "off-api", Scopes: []string{"off.read", "pay.read"}}, {API: "rota-api", Scopes: []string{"rota.read"}}}
	})
	h.known.Forget()
	wantRefused(t, h.exchange("pay-api", third, "resource", "https://off.example"), "invalid_target", "act for one another")
	wantRefused(t, h.exchange("pay-api", third, "resource", rotaAPI), "invalid_target", "comes back")

	h.change("pay-api", func(c *idp.Client) { c.PartOf = "timesheets" })
	h.known.Forget()
	wantRefused(t, h.exchange("stock-api", second), "invalid_target", "comes back") // to the app that the chain began at
	wantRefused(t, h.exchange("timesheets", first, "resource", rotaAPI), "invalid_target", "comes back")
}

// What is no access token of a person, that the client was given or is meant for, is exchanged for nothing.
func TestSubjectsThatAreRefused(t *testing.T) {
	h := newBehalf(t)
	got := h.tokensFor(request("scope", behalfScope))
	mine := got["access_token"].(string)
	h.change("books", func(c *idp.Client) { c.Exchanges = []idp.Exchange{{API: "pay-api", Scopes: []string{"pay.read"}}} })
	h.change("fusesign", func(c *idp.Client) { c.Scopes = []string{"pay.read", "rota.read"} })
	machine := decode(t, h.machine("resource", rotaAPI))["access_token"].(string)
	forRota := h.exchanged("timesheets", mine, "resource", rotaAPI)
	for name, c := range map[string]struct{ client, subject, about string }{
		"another client's token":                  {"books", mine, "neither issued"},
		"an API of the token of an app":           {"rota-api", mine, "neither issued"},
		"an API of the token for another API":     {"stock-api", forRota, "neither issued"},
		"an ID token":                             {"timesheets", got["id_token"].(string), "no access token"},
		"a refresh token":                         {"timesheets", got["refresh_token"].(string), "no access token"},
		"an integration's token":                  {"rota-api", machine, "integration's"},
		"rubbish":                                 {"timesheets", "x.y.z", "no access token"},
		"a text":                                  {"timesheets", "x", "no access token"},
		"a token with another end of its signing": {"timesheets", mine[:len(mine)-6] + "AAAAAA", "no access token"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, h.exchange(c.client, c.subject, "resource", map[bool]string{true: stockAPI, false: payAPI}[c.client == "rota-api"]), "invalid_request", c.about)
		})
	}
	wantRefused(t, h.exchange("timesheets", mine, "subject_token", "-"), "invalid_request", "is missing")
	wantRefused(t, h.exchange("timesheets", mine, "subject_token_type", "-"), "invalid_request", "is missing")
	for about, pairs := range map[string][]string{
		"only access tokens are exchanged": {"subject_token_type", "urn:ietf:params:oauth:token-type:id_token"},
		"only access tokens are given":     {"requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"},
		"no actor_token":                   {"actor_token", mine, "actor_token_type", "urn:ietf:params:oauth:token-type:access_token"},
		"There is no actor_token":          {"actor_token_type", "urn:ietf:params:oauth:token-type:access_token"},
		"Name the API":                     {"resource", "-"},
	} {
		wantRefused(t, h.exchange("timesheets", mine, pairs...), "invalid_request", about)
	}
	h.change("stock-api", func(c *idp.Client) { c.Identifier = issuer }) // a registration gone wrong: every app's own token would be meant for it
	h.known.Forget()
	wantRefused(t, h.exchange("stock-api", mine), "invalid_request", "neither issued")
	h.clock.pass(5 * time.Minute)
	wantRefused(t, h.exchange("timesheets", mine), "invalid_request", "expired")
}

// Who may call whom is registered pair by pair.
func TestTargetsThatAreRefused(t *testing.T) {
	h := newBehalf(t)
	mine := h.signedIn()
	for name, resource := range map[string]string{
		"no pair": stockAPI, "no such API": "https://nowhere.example", "a disabled one": "https://off.example", "the provider": issuer, "the management API": "urn:aps:api",
	} {
		if w := h.exchange("timesheets", mine, "resource", resource); decode(t, w)["error"] != "invalid_target" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for name, audience := range map[string]string{"an app": "payroll", "itself": "timesheets", "no such client": "nobody", "the provider": issuer} {
		wantRefused(t, h.exchange("timesheets", mine, "resource", "-", "audience", audience), "invalid_target", "not registered")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	wantRefused(t, h.exchange("timesheets", mine, "audience", "rota-api"), "invalid_target", "not of one API")
	twice := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {mine}, "resource": {payAPI, rotaAPI},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
	}
	wantRefused(t, h.post("/oauth/token", twice, "timesheets", secret), "invalid_target", "more than once")

	// The reverse of a pair is none: an API that timesheets calls does not call timesheets.
	forPay := h.exchanged("timesheets", mine)
	h.change("rota-api", func(c *idp.Client) { c.Exchanges = nil })
	h.change("pay-api", func(c *idp.Client) {
		c.Exchanges = []idp.Exchange{{API: "stock-api", Scopes: []string{"pay.read", "stock.read"}}}
	})
	h.known.Forget()
	wantRefused(t, h.exchange("pay-api", forPay, "resource", rotaAPI), "invalid_target", "not registered")
	wantError(t, h.exchange("rota-api", mine), 400, "unauthorized_client")
	// An API that is part of no app has no rules to hold the person to.
	h.change("pay-api", func(c *idp.Client) { c.PartOf = "" })
	h.known.Forget()
	wantRefused(t, h.exchange("timesheets", mine), "invalid_target", "not registered")
	h.change("pay-api", func(c *idp.Client) { c.PartOf = "payroll" })
	h.change("payroll", func(c *idp.Client) { c.Disabled = true })
	h.known.Forget()
	wantRefused(t, h.exchange("timesheets", mine), "invalid_target", "not registered")
	// A registration gone wrong makes no API of the provider.
	h.change("stock-api", func(c *idp.Client) { c.Identifier = issuer })
	h.change("timesheets", func(c *idp.Client) { c.Exchanges = []idp.Exchange{{API: "stock-api", Scopes: []string{"stock.read"}}} })
	h.known.Forget()
	wantRefused(t, h.exchange("timesheets", mine, "resource", "-", "audience", "stock-api"), "invalid_target", "not registered")
}

func TestScopesOfAnExchange(t *testing.T) {
	h := newBehalf(t)
	mine := h.signedIn()
	for name, c := range map[string]struct{ resource, scope string }{
		"beyond the pair":                {rotaAPI, "rota.read rota.write"},
		"of another API":                 {payAPI, "pay.read rota.read"},
		"of the provider":                {payAPI, "openid"},
		"none that the API takes":        {rotaAPI, "stock.read"},
		"one that nobody has":            {payAPI, "pay.everything"},
		"a refresh token by another way": {payAPI, "pay.read offline_access"},
	} {
		if w := h.exchange("timesheets", mine, "resource", c.resource, "scope", c.scope); decode(t, w)["error"] != "invalid_scope" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	narrow := h.tokensFor(request("scope", "openid rota.read"))["access_token"].(string)
	wantRefused(t, h.exchange("timesheets", narrow), "invalid_scope", "Nothing")
	wantRefused(t, h.exchange("timesheets", narrow, "scope", "pay.read"), "invalid_scope", "wider")
	first := h.exchanged("timesheets", mine, "resource", rotaAPI, "scope", "rota.read")
	wantRefused(t, h.exchange("rota-api", first, "resource", stockAPI), "invalid_scope", "Nothing")
}

// Public clients, integrations and clients without a pair have no use for the grant.
func TestClientsThatMayNotExchange(t *testing.T) {
	h := newBehalf(t)
	mine := h.signedIn()
	wantError(t, h.exchange("contacts", mine), 401, "invalid_client") // it authenticates in the form
	for _, client := range []string{"books", "fusesign", "pay-api"} {
		wantError(t, h.exchange(client, mine), 400, "unauthorized_client")
	}
	pair := []idp.Exchange{{API: "pay-api", Scopes: []string{"pay.read"}}}
	for _, id := range []idp.ClientID{"loopback", "fusesign"} { // a registration gone wrong does not help either
		h.change(id, func(c *idp.Client) { c.Exchanges = pair })
	}
	h.change("stock-api", func(c *idp.Client) { c.AuthMethod = idp.AuthNone })
	h.known.Forget()
	wantError(t, h.exchange("fusesign", mine), 400, "unauthorized_client")
	for _, client := range []string{"loopback", "stock-api"} {
		form := url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {mine}, "resource": {payAPI},
			"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "client_id": {client},
		}
		wantError(t, h.post("/oauth/token", form), 400, "unauthorized_client")
	}
}

// ABUSE 10: it is for one API, and opens nothing of the provider.
func TestAnExchangedTokenOpensNothingElse(t *testing.T) {
	h := newBehalf(t)
	mine := h.signedIn()
	token := h.exchanged("timesheets", mine)
	for _, client := range []string{"rota-api", "stock-api", "rs"} {
		if seen := h.introspectAs(client, token); text(seen) != `{"active":false}` {
			t.Errorf("%s learns %v", client, seen)
		}
	}
	if seen := h.introspect(token); seen["active"] != true {
		t.Errorf("the app that has it learns %v", seen)
	}
	wantError(t, h.userinfo(token), 401, "invalid_token")
	report := httptest.NewRequest("POST", "/session/activity", strings.NewReader(`{"idle_seconds":0}`))
	report.Header.Set("Authorization", "Bearer "+token)
	report.Header.Set("Content-Type", "application/json")
	if w := h.do(report); w.Code != http.StatusUnauthorized {
		t.Errorf("a report with it: %d %s", w.Code, w.Body)
	}
	h.post("/oauth/revoke", url.Values{"token": {token}}, "pay-api", secret)
	if seen := h.introspectAs("pay-api", token); seen["active"] != true {
		t.Error("the API revoked it")
	}
	h.post("/oauth/revoke", url.Values{"token": {token}}, "timesheets", secret)
	if seen := h.introspectAs("pay-api", token); text(seen) != `{"active":false}` {
		t.Errorf("revoked by the app that has it: %v", seen)
	}
	// A token that was revoked is exchanged for nothing, and gives no more than it had.
	h.post("/oauth/revoke", url.Values{"token": {mine}}, "timesheets", secret)
	wantRefused(t, h.exchange("timesheets", mine), "invalid_request", "revoked")
}

// An API that is part of an app gives tokens about people to that app alone: another one would get around the app's rules by asking for
// one at its own sign-in.
func TestAnAPIOfAnAppIsNotAskedForByOthers(t *testing.T) {
	h := newBehalf(t)
	to := location(h.visitor().get("/authorize", asking("openid pay.read", payAPI))).Query()
	if to.Get("error") != "invalid_target" || !strings.Contains(to.Get("error_description"), "part of no other app") {
		t.Errorf("%v", to)
	}
	h.change("pay-api", func(c *idp.Client) { c.PartOf = "timesheets" })
	h.known.Forget()
	h.wantAccess(h.tokensFor(asking("openid pay.read", payAPI)), `["`+payAPI+`"]`, "pay.read")
}

// The API of an app that runs in a page calls another API with the token that the page sent it.
func TestAnAPICallsForThePersonOfItsOwnApp(t *testing.T) {
	h := newBehalf(t)
	h.change("rota-api", func(c *idp.Client) { c.PartOf = "timesheets" })
	h.known.Forget()
	got := h.tokensFor(asking("openid rota.read stock.read pay.read", rotaAPI))
	token := h.wantAccess(got, `["`+rotaAPI+`"]`, "rota.read stock.read pay.read")
	next := h.exchanged("rota-api", token, "resource", stockAPI, "scope", "stock.read")
	if seen := h.introspectAs("stock-api", next); seen["active"] != true || text(seen["act"]) != `{"sub":"rota-api"}` || seen["client_id"] != "rota-api" {
		t.Errorf("%v", seen)
	}
	for id, about := range map[idp.ClientID]string{"timesheets": "the app whose session it is", "rota-api": "the API that calls", "stock-api": "the API that it is for"} {
		h.change(id, func(c *idp.Client) { c.Disabled = true })
		h.known.Forget()
		asks := "stock-api"
		if asks == string(id) {
			asks = "rota-api"
		}
		if seen := h.introspectAs(asks, next); text(seen) != `{"active":false}` {
			t.Errorf("%s was disabled: %v", about, seen)
		}
		h.change(id, func(c *idp.Client) { c.Disabled = false })
		h.known.Forget()
	}
	if seen := h.introspectAs("stock-api", next); seen["active"] != true {
		t.Errorf("all of them enabled again: %v", seen)
	}
}

// RFC 9449: a token that is bound to a key is exchanged by who has the key, and the new one is bound to it too.
func TestABoundTokenIsExchangedByItsHolder(t *testing.T) {
	h := newBehalf(t)
	k, thief := h.holder(), h.holder()
	bound := k.bound("scope", behalfScope)["access_token"].(string)
	form := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {bound}, "resource": {payAPI},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
	}
	wantRefused(t, k.form("/oauth/token", form), "invalid_request", "bound to a key")
	wantRefused(t, k.form("/oauth/token", form, thief.proof("POST", "/oauth/token", "")), "invalid_request", "bound to a key")
	got := decode(t, k.form("/oauth/token", form, k.proof("POST", "/oauth/token", "")))
	if got["token_type"] != "DPoP" {
		t.Fatalf("%v", got)
	}
	if seen := h.introspectAs("pay-api", got["access_token"].(string)); seen["active"] != true || text(seen["cnf"]) != `{"jkt":"`+k.key.Thumbprint()+`"}` {
		t.Errorf("%v", seen)
	}
	// One that is bound to nothing is bound to the key of who exchanges it, if there is one.
	form.Set("subject_token", h.signedIn())
	got = decode(t, k.form("/oauth/token", form, k.proof("POST", "/oauth/token", "")))
	if _, claims := h.open(got["access_token"].(string)); got["token_type"] != "DPoP" || text(claims["cnf"]) != `{"jkt":"`+k.key.Thumbprint()+`"}` {
		t.Errorf("%v %v", got, claims)
	}
}

// An opaque token is exchanged as any other, and says as much.
func TestOpaqueTokensAreExchanged(t *testing.T) {
	h := newBehalf(t)
	h.change("timesheets", func(c *idp.Client) { c.ReferenceTokens = true })
	h.known.Forget()
	token := h.exchanged("timesheets", h.signedIn(), "resource", rotaAPI)
	if strings.Contains(token, ".") {
		t.Fatalf("not opaque: %s", token)
	}
	next := h.exchanged("rota-api", token, "resource", stockAPI)
	if seen := h.introspectAs("stock-api", next); seen["active"] != true || text(seen["act"]) != `{"act":{"sub":"timesheets"},"sub":"rota-api"}` {
		t.Errorf("%v", seen)
	}
	if _, err := h.redis.References().FindReference(t.Context(), idp.HashToken(token)); err == nil {
		t.Error("nodes of the previous release are told of it, and would not look at its chain")
	}
}
