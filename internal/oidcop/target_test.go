package oidcop_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const (
	rotaAPI = "https://rota.example/api"
	payAPI  = "https://pay.example"
)

// newEstate is a house with two APIs. timesheets and opaque list scopes of both, fusesign of the first, contacts of none.
func newEstate(t testing.TB, on ...engines) *house {
	t.Helper()
	h := buildHouse(t, append(on, embedded(t))[0], issuer)
	api := func(id idp.ClientID, identifier string, scopes ...string) idp.Client {
		return idp.Client{
			Registration: idp.Registration{
				ID: id, Name: string(id), Kind: idp.ClientAPI, AuthMethod: idp.AuthSecret, IDTokenAlg: "RS256", Profile: idp.ProfileDefault,
				Identifier: identifier, Scopes: scopes,
			},
			Secrets:   []idp.ClientSecret{{Hash: idp.HashToken(secret)}},
			CreatedAt: h.clock.read(), UpdatedAt: h.clock.read(), Version: 1,
		}
	}
	off := api("off-api", "https://off.example", "off.read")
	off.Disabled = true
	for _, each := range []idp.Client{
		api("rota-api", rotaAPI, "rota.read", "rota.write"), api("pay-api", payAPI, "pay.read"), api("stock-api", "https://stock.example", "stock.read"), off,
	} {
		ctx := context.Background()
		if err := h.sql.InTx(ctx, func(tx *sqlstore.Tx) error { return tx.CreateClient(ctx, each) }); err != nil {
			t.Fatal(err)
		}
	}
	for id, scopes := range map[idp.ClientID][]string{
		"timesheets": {"off.read", "pay.read", "rota.read", "rota.write"}, "opaque": {"pay.read", "rota.read"}, "fusesign": {"rota.read"},
	} {
		h.change(id, func(c *idp.Client) { c.Scopes = append(c.Scopes, scopes...) })
	}
	return h
}

// asking is a request of timesheets that names these APIs.
func asking(scope string, resources ...string) url.Values {
	query := request("scope", scope)
	query["resource"] = resources
	return query
}

// tokensFor signs ana in at timesheets with this request.
func (h *house) tokensFor(query url.Values, pairs ...string) map[string]any {
	h.t.Helper()
	w := h.redeem(h.visitor().code(query), pairs...)
	if w.Code != http.StatusOK {
		h.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return decode(h.t, w)
}

// wantAccess expects a token that is for one audience, with these scopes.
func (h *house) wantAccess(got map[string]any, aud, scope string) string {
	h.t.Helper()
	token, _ := got["access_token"].(string)
	if token == "" {
		h.t.Fatalf("no token: %v", got)
	}
	header, claims := h.open(token)
	if header["typ"] != "at+jwt" || text(claims["aud"]) != aud || claims["scope"] != scope || got["scope"] != scope {
		h.t.Errorf("typ %v, aud %v, scope %q (said %q); want %s and %q", header["typ"], text(claims["aud"]), claims["scope"], got["scope"], aud, scope)
	}
	return token
}

func wantTarget(t testing.TB, w *httptest.ResponseRecorder, about string) {
	t.Helper()
	wantError(t, w, 400, "invalid_target")
	if said := decode(t, w)["error_description"].(string); !strings.Contains(said, about) {
		t.Errorf("%q does not say %q", said, about)
	}
}

func (h *house) introspectAs(client, token string) map[string]any {
	h.t.Helper()
	return decode(h.t, h.post("/oauth/introspect", url.Values{"token": {token}}, client, secret))
}

const ownAudience = `["timesheets","http://127.0.0.1:4000"]`

func TestATokenForAnAPIIsForItAlone(t *testing.T) {
	h := newEstate(t)
	got := h.tokensFor(asking("openid profile email rota.read pay.read offline_access", rotaAPI))
	token := h.wantAccess(got, `["`+rotaAPI+`"]`, "rota.read")
	_, claims := h.open(token)
	for claim, want := range map[string]any{
		"iss": h.issuer, "sub": "usr_ana", "client_id": "timesheets", "practice_id": "prc_mfa", "acr": "urn:aps:acr:mfa",
	} {
		if claims[claim] != want {
			t.Errorf("%s is %v", claim, claims[claim])
		}
	}
	if _, id := h.open(got["id_token"].(string)); text(id["aud"]) != `["timesheets"]` {
		t.Errorf("ID token for %v", id["aud"])
	}

	// The refresh token keeps the API, and so does the one after it.
	for range 2 {
		got = decode(t, h.refresh(got["refresh_token"].(string)))
		h.wantAccess(got, `["`+rotaAPI+`"]`, "rota.read")
	}
	// The provider is always among what was granted: userinfo and the activity endpoint are asked with that token.
	got = decode(t, h.refresh(got["refresh_token"].(string), "resource", h.issuer))
	own := h.wantAccess(got, ownAudience, "openid profile email rota.read pay.read offline_access")
	if w := h.userinfo(own); w.Code != http.StatusOK || decode(t, w)["name"] == nil {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestSeveralAPIsOneTokenEach(t *testing.T) {
	h := newEstate(t)
	query := asking("openid offline_access rota.read rota.write pay.read", payAPI, rotaAPI, payAPI)
	h.wantAccess(h.tokensFor(query), `["`+payAPI+`"]`, "pay.read") // the first, if the token request names none
	got := h.tokensFor(query, "resource", rotaAPI)
	h.wantAccess(got, `["`+rotaAPI+`"]`, "rota.read rota.write")
	got = decode(t, h.refresh(got["refresh_token"].(string), "resource", payAPI))
	h.wantAccess(got, `["`+payAPI+`"]`, "pay.read")
	got = decode(t, h.refresh(got["refresh_token"].(string), "resource", rotaAPI, "scope", "rota.write pay.read"))
	h.wantAccess(got, `["`+rotaAPI+`"]`, "rota.write")
	next := got["refresh_token"].(string)

	// What is refused leaves the refresh token alone.
	both := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {next}, "resource": {rotaAPI, payAPI}}
	wantTarget(t, h.post("/oauth/token", both, "timesheets", secret), "more than once")
	wantTarget(t, h.refresh(next, "resource", "https://stock.example"), "not among those")
	wantTarget(t, h.refresh(next, "resource", "https://nowhere.example"), "not among those")
	wantTarget(t, h.refresh(next, "resource", rotaAPI+"#x"), "fragment")
	wantError(t, h.refresh(next, "resource", rotaAPI, "scope", "openid pay.read"), 400, "invalid_scope")
	h.wantAccess(decode(t, h.refresh(next)), `["`+payAPI+`"]`, "pay.read")
}

// ABUSE 10: an app that names its API nowhere gets a token for itself, that no API takes, whatever its scopes say.
func TestAScopeOfAnAPIWithoutTheAPI(t *testing.T) {
	h := newEstate(t)
	token := h.wantAccess(h.tokensFor(asking("openid rota.read")), ownAudience, "openid rota.read")
	if seen := h.introspectAs("rota-api", token); text(seen) != `{"active":false}` {
		t.Errorf("%v", seen)
	}
	code := h.visitor().code(asking("openid rota.read"))
	wantTarget(t, h.redeem(code, "resource", rotaAPI), "not among those")
}

func TestResourcesThatAreRefused(t *testing.T) {
	h := newEstate(t)
	const scope = "openid rota.read pay.read off.read"
	ask := func(query url.Values) url.Values { return location(h.visitor().get("/authorize", query)).Query() }
	about := map[string]string{
		"rota": "absolute URI", "/api": "absolute URI", "": "absolute URI", "https://rota.example/%zz": "absolute URI", rotaAPI + "#": "fragment", rotaAPI + "#x": "fragment",
		"https://rota.example/" + strings.Repeat("a", 2000): "too long",
	}
	for resource, rule := range about {
		if to := ask(asking(scope, rotaAPI, resource)); to.Get("error") != "invalid_target" || !strings.Contains(to.Get("error_description"), rule) || to.Get("iss") != h.issuer {
			t.Errorf("%.40s: %v", resource, to)
		}
	}
	if to := ask(asking(scope, rotaAPI, payAPI, rotaAPI, payAPI, rotaAPI, payAPI)); to.Get("error") != "invalid_target" || !strings.Contains(to.Get("error_description"), "5") {
		t.Errorf("six: %v", to)
	}
	if to := ask(asking("openid pay.read", payAPI, rotaAPI)); to.Get("error") != "invalid_scope" {
		t.Errorf("without a scope of it: %v", to)
	}

	// Whether an API exists can't be told from the answer.
	unknown := ask(asking(scope, "https://nowhere.example"))
	if unknown.Get("error") != "invalid_target" || !strings.Contains(unknown.Get("error_description"), "resource") {
		t.Fatalf("%v", unknown)
	}
	for _, resource := range []string{
		"https://off.example", "https://stock.example", rotaAPI + "/", "https://ROTA.example/api", "urn:aps:api", "https://timesheets.example", h.issuer + "/",
	} {
		if to := ask(asking(scope, resource)); to.Encode() != unknown.Encode() {
			t.Errorf("%s: %v", resource, to)
		}
	}
	contacts := with(asking("openid rota.read", rotaAPI), "client_id", "contacts", "redirect_uri", "https://contacts.example/cb")
	if to := ask(contacts); to.Encode() != unknown.Encode() {
		t.Errorf("an app that lists none of its scopes: %v", to)
	}
}

// An API that is disabled, or taken from an app, gives no more tokens: a code and a refresh token of before help nobody.
func TestAnAPIIsTakenAway(t *testing.T) {
	h := newEstate(t)
	query := asking("openid offline_access rota.read", rotaAPI)
	code, refresh := h.visitor().code(query), h.tokensFor(query)["refresh_token"].(string)
	h.change("rota-api", func(c *idp.Client) { c.Disabled = true })
	h.clock.pass(31 * time.Second)
	wantTarget(t, h.redeem(code), "may ask for")
	wantTarget(t, h.refresh(refresh), "may ask for")
	wantError(t, h.post("/oauth/introspect", url.Values{"token": {"x"}}, "rota-api", secret), 401, "invalid_client")

	h.change("rota-api", func(c *idp.Client) { c.Disabled = false })
	h.change("timesheets", func(c *idp.Client) { c.Scopes = []string{"offline_access", "openid"} })
	h.clock.pass(31 * time.Second)
	wantTarget(t, h.refresh(refresh), "may ask for")
}

func TestIntegrationsAskForAPIs(t *testing.T) {
	h := newEstate(t)
	h.wantAccess(decode(t, h.machine("resource", rotaAPI)), `["`+rotaAPI+`"]`, "rota.read")
	h.wantAccess(decode(t, h.machine("resource", rotaAPI, "scope", "rota.read documents.read")), `["`+rotaAPI+`"]`, "rota.read")
	h.wantAccess(decode(t, h.machine()), `["urn:aps:api"]`, "documents.read documents.write rota.read")
	h.wantAccess(decode(t, h.machine("resource", "urn:aps:api", "audience", "urn:aps:api")), `["urn:aps:api"]`, "documents.read documents.write rota.read")
	wantTarget(t, h.machine("resource", payAPI), "may ask for")
	wantTarget(t, h.machine("resource", "https://nowhere.example"), "may ask for")
	wantTarget(t, h.machine("resource", h.issuer), "may ask for")
	wantTarget(t, h.machine("resource", "rota"), "absolute URI")
	wantTarget(t, h.machine("audience", rotaAPI), "resource")
	wantTarget(t, h.machine("audience", "urn:aps:api", "resource", rotaAPI), "resource")
	wantError(t, h.machine("resource", rotaAPI, "scope", "documents.read"), 400, "invalid_scope")
	both := url.Values{"grant_type": {"client_credentials"}, "resource": {rotaAPI, rotaAPI}}
	wantTarget(t, h.post("/oauth/token", both, "fusesign", secret), "more than once")
	if seen := h.introspectAs("rota-api", decode(t, h.machine("resource", rotaAPI))["access_token"].(string)); seen["active"] != true || seen["sub"] != "fusesign" {
		t.Errorf("%v", seen)
	}
}

func TestResolvingAnAPICostsNoSQL(t *testing.T) {
	h := newEstate(t)
	for range 50 {
		if w := h.machine("resource", rotaAPI); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		wantTarget(t, h.machine("resource", "https://nowhere.example/"+idp.NewID("")), "may ask for")
	}
	if n := h.clients.count(); n != 2 { // the integration, and all APIs
		t.Fatalf("the store was asked %d times", n)
	}
}

// ABUSE 10: a token that one API was shown is of no use at another, nor at any endpoint of the provider.
func TestATokenForAnAPIOpensNothingElse(t *testing.T) {
	h := newEstate(t)
	got := h.tokensFor(asking("openid profile offline_access rota.read pay.read", rotaAPI, payAPI))
	token := got["access_token"].(string)
	if seen := h.introspectAs("rota-api", token); seen["active"] != true || seen["sub"] != "usr_ana" || text(seen["aud"]) != `["`+rotaAPI+`"]` ||
		seen["scope"] != "rota.read" || seen["client_id"] != "timesheets" || seen["practice_id"] != "prc_mfa" || seen["exp"] == nil {
		t.Errorf("the API that it is for: %v", seen)
	}
	if seen := h.introspectAs("timesheets", token); seen["active"] != true {
		t.Errorf("the app that has it: %v", seen)
	}
	for _, client := range []string{"pay-api", "stock-api", "rs"} {
		if seen := h.introspectAs(client, token); text(seen) != `{"active":false}` {
			t.Errorf("%s learns %v", client, seen)
		}
	}
	wantError(t, h.userinfo(token), 401, "invalid_token")
	report := httptest.NewRequest("POST", "/session/activity", strings.NewReader(`{"idle_seconds":0}`))
	report.Header.Set("Authorization", "Bearer "+token)
	report.Header.Set("Content-Type", "application/json")
	if w := h.do(report); w.Code != http.StatusUnauthorized {
		t.Errorf("a report with it: %d %s", w.Code, w.Body)
	}
	for _, other := range []string{got["refresh_token"].(string), got["id_token"].(string), h.tokensFor(request())["access_token"].(string), "x", "a.b.c"} {
		if seen := h.introspectAs("rota-api", other); text(seen) != `{"active":false}` {
			t.Errorf("%.20s: the API learns %v", other, seen)
		}
	}
	h.post("/oauth/revoke", url.Values{"token": {token}}, "rota-api", secret) // not its own: nothing happens
	if seen := h.introspectAs("rota-api", token); seen["active"] != true {
		t.Fatal("an API revoked the token of an app")
	}
	if w := h.post("/oauth/introspect", url.Values{"token": {token}, "client_id": {"rota-api"}}); w.Code != http.StatusUnauthorized {
		t.Errorf("introspected without a secret: %d", w.Code)
	}
}

// Introspection counts at once what the token itself can't say.
func TestAnAPILearnsThatATokenIsOver(t *testing.T) {
	query := asking("openid offline_access rota.read", rotaAPI)
	for name, end := range map[string]func(h *house, got map[string]any){
		"revoked": func(h *house, got map[string]any) {
			h.post("/oauth/revoke", url.Values{"token": {got["access_token"].(string)}}, "timesheets", secret)
		},
		"its session ended": func(h *house, got map[string]any) {
			h.post("/oauth/revoke", url.Values{"token": {got["refresh_token"].(string)}}, "timesheets", secret)
		},
		"its app was disabled": func(h *house, _ map[string]any) {
			h.change("timesheets", func(c *idp.Client) { c.Disabled = true })
			h.clock.pass(31 * time.Second)
		},
		"expired": func(h *house, _ map[string]any) { h.clock.pass(5 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newEstate(t)
			got := h.tokensFor(query)
			if seen := h.introspectAs("rota-api", got["access_token"].(string)); seen["active"] != true {
				t.Fatalf("%v", seen)
			}
			end(h, got)
			if seen := h.introspectAs("rota-api", got["access_token"].(string)); text(seen) != `{"active":false}` {
				t.Errorf("%v", seen)
			}
		})
	}
}

func TestOpaqueTokensForAPIs(t *testing.T) {
	h := newEstate(t)
	query := with(asking("openid rota.read pay.read", rotaAPI, payAPI), "client_id", "opaque", "redirect_uri", "https://opaque.example/cb")
	got := decode(t, h.post("/oauth/token", redemption(h.visitor().code(query), "redirect_uri", "https://opaque.example/cb", "resource", payAPI), "opaque", secret))
	token, _ := got["access_token"].(string)
	if strings.Contains(token, ".") || token == "" {
		t.Fatalf("%v", got)
	}
	if seen := h.introspectAs("pay-api", token); seen["active"] != true || text(seen["aud"]) != `["`+payAPI+`"]` || seen["scope"] != "pay.read" {
		t.Errorf("%v", seen)
	}
	if seen := h.introspectAs("rota-api", token); text(seen) != `{"active":false}` {
		t.Errorf("another API learns %v", seen)
	}
	wantError(t, h.userinfo(token), 401, "invalid_token")
}

// ABUSE 36: an API answers requests, and never makes any: with its secret nobody gets a token.
func TestAnAPIGetsNoTokens(t *testing.T) {
	h := newEstate(t)
	code, refresh := h.visitor().code(request()), h.visitor().tokens()["refresh_token"].(string)
	for _, form := range []url.Values{
		redemption(code), {"grant_type": {"refresh_token"}, "refresh_token": {refresh}}, {"grant_type": {"client_credentials"}},
		{"grant_type": {"client_credentials"}, "resource": {rotaAPI}}, {"grant_type": {"client_credentials"}, "resource": {payAPI}, "scope": {"pay.read"}},
	} {
		wantError(t, h.post("/oauth/token", form, "rota-api", secret), 400, "unauthorized_client")
	}
	if w := h.redeem(code); w.Code != http.StatusOK {
		t.Errorf("the code of the app was spent: %s", w.Body)
	}
	w := h.visitor().get("/authorize", request("client_id", "rota-api"))
	if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" || !strings.Contains(w.Body.String(), "an API, at which nobody signs in") {
		t.Errorf("a person is sent to it: %d %s", w.Code, w.Body)
	}

	// Even a registration gone wrong does not make it an app, nor the provider.
	h.change("stock-api", func(c *idp.Client) {
		c.Identifier, c.RefreshTokens, c.RedirectURIs = h.issuer, true, []string{"https://stock.example/cb"}
		c.Scopes = []string{"email", "openid", "profile"}
	})
	h.clock.pass(31 * time.Second)
	wantError(t, h.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, "stock-api", secret), 400, "unauthorized_client")
	if w := h.visitor().get("/authorize", request("client_id", "stock-api", "redirect_uri", "https://stock.example/cb")); w.Code != http.StatusBadRequest {
		t.Errorf("with a redirect URI: %d", w.Code)
	}
	own := h.tokensFor(request("resource", h.issuer))["access_token"].(string)
	if seen := h.introspectAs("stock-api", own); text(seen) != `{"active":false}` {
		t.Errorf("an API that calls itself the provider learns %v", seen)
	}
}
