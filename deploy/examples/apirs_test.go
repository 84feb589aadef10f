package examples_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/pkg/dpop"
)

// rsAPI is the example that package rs protects, running.
type rsAPI struct {
	provider
	url string
	key *dpop.Key // of the app that calls it
}

func startRS(t *testing.T) rsAPI {
	t.Helper()
	p, address := startBinary(t), freeAddress(t)
	a := rsAPI{provider: p, url: "http://" + address}
	key, err := dpop.NewKey()
	must(t, err)
	a.key = key
	example{t.TempDir(), []string{built(t, "./api-rs")}}.start(t,
		"ISSUER="+p.issuer, "API_IDENTIFIER="+rotaAPI, "API_URL="+a.url, "CLIENT_ID=rota-api", "CLIENT_SECRET="+secret, "LISTEN="+address)
	awaitAnswer(t, a.url+"/shifts")
	return a
}

// ABUSE 10: it takes the tokens that are meant for it, and no others, as the other examples do.
func TestTheAPIOfPackageRSTakesItsOwnTokensOnly(t *testing.T) {
	t.Parallel()
	a := startRS(t)
	a.isProtected(t, a.url+"/shifts")
}

// RFC 9449: what is bound to a key is of no use without it, and one operation takes nothing else.
func TestTheAPIOfPackageRSTakesBoundTokens(t *testing.T) {
	t.Parallel()
	a := startRS(t)
	free := a.signIn(t, rotaAPI)["access_token"].(string)
	if status, _, challenge := a.call(t, http.MethodGet, "/pay", free, nil); status != http.StatusUnauthorized || !strings.HasPrefix(challenge, "DPoP ") {
		t.Errorf("a token that is bound to nothing: %d %q", status, challenge)
	}
	got := a.redeem(t, a.code(t, "rota", url.Values{"resource": {rotaAPI}}, nil), "rota", a.key)
	bound := got["access_token"].(string)
	if got["token_type"] != "DPoP" {
		t.Fatalf("%v", got)
	}
	if status, body, _ := a.call(t, http.MethodGet, "/pay", bound, a.key); status != http.StatusOK || !strings.Contains(body, `"app":"rota"`) {
		t.Errorf("%d %s", status, body)
	}
	thief, err := dpop.NewKey()
	must(t, err)
	for name, key := range map[string]*dpop.Key{"as a bearer token": nil, "with another key": thief} {
		if status, _, challenge := a.call(t, http.MethodGet, "/shifts", bound, key); status != http.StatusUnauthorized || !strings.HasPrefix(challenge, "DPoP ") {
			t.Errorf("%s: %d %q", name, status, challenge)
		}
	}
	if status, body, _ := a.call(t, http.MethodPost, "/shifts", bound, a.key); status != http.StatusOK { // and the provider, asked about it, says so
		t.Errorf("%d %s", status, body)
	}
}

// RFC 9470: the app is told which sign-in the operation needs, asks for it, and gets through.
func TestTheAPIOfPackageRSAsksForAStrongerSignIn(t *testing.T) {
	t.Parallel()
	a := startRS(t)
	weak := a.signIn(t, rotaAPI)["access_token"].(string)
	status, _, challenge := a.call(t, http.MethodPost, "/bank", weak, nil)
	if status != http.StatusUnauthorized || !strings.Contains(challenge, `error="insufficient_user_authentication"`) || !strings.Contains(challenge, `max_age="900"`) {
		t.Fatalf("%d %q", status, challenge)
	}
	wanted := regexp.MustCompile(`acr_values="([^"]+)"`).FindStringSubmatch(challenge)
	if wanted == nil {
		t.Fatalf("it does not say which: %q", challenge)
	}
	strong := a.redeem(t, a.code(t, "rota", url.Values{"resource": {rotaAPI}, "acr_values": {wanted[1]}, "max_age": {"900"}}, setUpMFA(t)), "rota", nil)["access_token"].(string)
	if status, body, challenge := a.call(t, http.MethodPost, "/bank", strong, nil); status != http.StatusOK {
		t.Errorf("%d %s %q", status, body, challenge)
	}
	a.post(t, "/oauth/revoke", url.Values{"token": {strong}}, "rota")
	if status, _, _ := a.call(t, http.MethodPost, "/bank", strong, nil); status != http.StatusUnauthorized {
		t.Errorf("revoked: %d", status)
	}
}

// RFC 8693: another app calls for the person, the API sees which, and keeps some things for its own app.
func TestTheAPIOfPackageRSSeesWhoCallsForThePerson(t *testing.T) {
	t.Parallel()
	a := startRS(t)
	own := a.redeem(t, a.code(t, "payroll", url.Values{"acr_values": {"urn:aps:acr:mfa"}}, setUpMFA(t)), "payroll", nil)["access_token"].(string)
	if status, _, _ := a.call(t, http.MethodGet, "/shifts", own, nil); status != http.StatusUnauthorized {
		t.Errorf("the app's own token: %d", status)
	}
	exchange := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {own}, "resource": {rotaAPI},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
	}
	token := a.token(t, exchange, "payroll")["access_token"].(string)
	status, body, _ := a.call(t, http.MethodGet, "/shifts", token, nil)
	var seen struct {
		Person, App string
		Actors      []string `json:"for_the_person"`
	}
	must(t, json.Unmarshal([]byte(body), &seen))
	if status != http.StatusOK || seen.App != "payroll" || !strings.HasPrefix(seen.Person, "usr_") || !slices.Equal(seen.Actors, []string{"payroll"}) {
		t.Errorf("%d %s", status, body)
	}
	if status, body, _ := a.call(t, http.MethodPost, "/shifts", token, nil); status != http.StatusOK { // the provider, asked about it, says so
		t.Errorf("%d %s", status, body)
	}
	if status, body, _ := a.call(t, http.MethodPost, "/bank", token, nil); status != http.StatusForbidden || !strings.Contains(body, "calls for the person") {
		t.Errorf("what only the person's own app may: %d %s", status, body)
	}
	exchange.Set("scope", "rota.read")
	reads := a.token(t, exchange, "payroll")["access_token"].(string)
	if status, body, challenge := a.call(t, http.MethodPost, "/shifts", reads, nil); status != http.StatusForbidden || !strings.Contains(challenge, "insufficient_scope") {
		t.Errorf("with less scope: %d %s %q", status, body, challenge)
	}
	a.post(t, "/oauth/revoke", url.Values{"token": {token}}, "payroll")
	if status, _, _ := a.call(t, http.MethodPost, "/shifts", token, nil); status != http.StatusUnauthorized {
		t.Errorf("revoked: %d", status)
	}
}

// setUpMFA goes on after the password, for a person who sets MFA up.
func setUpMFA(t *testing.T) func(*testworld.Visitor, testworld.Page) testworld.Page {
	t.Helper()
	return func(v *testworld.Visitor, p testworld.Page) testworld.Page {
		p = v.Post(p.On(t, "choose").At, url.Values{"kind": {"totp"}})
		key := p.On(t, "totp-setup").One(t, regexp.MustCompile(`id="totp-key"[^>]*>([^<]+)<`))
		p = v.Post(p.At, url.Values{"code": {testworld.Code(t, key, &testenv.Clock{})}})
		return v.Post(p.On(t, "recovery-pin").At, url.Values{"pin": {"739418"}, "pin_confirm": {"739418"}})
	}
}

// code signs the person in at an app and returns the code; further is what comes after the password, nil if nothing.
func (p provider) code(t *testing.T, client string, more url.Values, further func(*testworld.Visitor, testworld.Page) testworld.Page) string {
	t.Helper()
	sum := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id": {client}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"s"}, "nonce": {"n"}, "scope": {"openid rota.read rota.write"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for name, values := range more {
		query[name] = values
	}
	v := testworld.NewVisitor(t, p.issuer)
	v.StopAt = callback
	page := v.Get("/authorize?" + query.Encode())
	page = v.Post(page.On(t, "password").At, url.Values{"username": {username}, "password": {password}})
	if further != nil {
		page = further(v, page)
	}
	to, err := url.Parse(page.At)
	must(t, err)
	if to.Query().Get("code") == "" {
		t.Fatalf("no code, but %s: %s", page.At, page.Body)
	}
	return to.Query().Get("code")
}

// redeem gets tokens for a code, bound to the key if there is one.
func (p provider) redeem(t *testing.T, code, client string, key *dpop.Key) (answer map[string]any) {
	t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.issuer+"/oauth/token", bytes.NewBufferString(form.Encode()))
	must(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(client, url.QueryEscape(secret))
	if key != nil {
		proof, err := key.Sign(dpop.Request{Method: http.MethodPost, URL: p.issuer + "/oauth/token"}, "", time.Now())
		must(t, err)
		request.Header.Set(dpop.Header, proof)
	}
	status, body, _ := send(t, http.DefaultClient, request)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	must(t, json.Unmarshal([]byte(body), &answer))
	return answer
}

// call asks the API with a token, and with a proof of the key if there is one.
func (a rsAPI) call(t *testing.T, method, path, token string, key *dpop.Key) (status int, body, challenge string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, a.url+path, http.NoBody)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	if key != nil {
		proof, err := key.Sign(dpop.Request{Method: method, URL: a.url + path, AccessToken: token}, "", time.Now())
		must(t, err)
		request.Header.Set("Authorization", "DPoP "+token)
		request.Header.Set(dpop.Header, proof)
	}
	return send(t, http.DefaultClient, request)
}
