package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/pkg/dpop"
)

// holder is a client that has a key of its own.
type holder struct {
	*house
	key   *dpop.Key
	nonce string
}

func (h *house) holder() *holder { return &holder{house: h, key: must(dpop.NewKey())} }

// proof is a good one for a request.
func (k *holder) proof(method, path, token string) string {
	return must(k.key.Sign(dpop.Request{Method: method, URL: issuer + path, AccessToken: token}, k.nonce, k.clock.read()))
}

// form posts a form with these proofs.
func (k *holder) form(path string, form url.Values, proofs ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !form.Has("client_id") {
		r.SetBasicAuth("timesheets", secret)
	}
	for _, proof := range proofs {
		r.Header.Add(dpop.Header, proof)
	}
	return k.do(r)
}

// ask brings a token to a resource by a scheme.
func (k *holder) bring(method, path, body, authorization string, proofs ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", authorization)
	for _, proof := range proofs {
		r.Header.Add(dpop.Header, proof)
	}
	return k.do(r)
}

// bound signs ana in and returns tokens that are bound to the key.
func (k *holder) bound(pairs ...string) map[string]any {
	k.t.Helper()
	got := decode(k.t, k.form("/oauth/token", redemption(k.visitor().code(request(pairs...))), k.proof("POST", "/oauth/token", "")))
	if got["token_type"] != "DPoP" {
		k.t.Fatalf("%v", got)
	}
	return got
}

// RFC 9449, sections 5 to 7: a token that is bound to a key is good with a proof of that key, and with nothing else.
func TestABoundTokenNeedsItsKey(t *testing.T) {
	h := newHouse(t)
	k, thief := h.holder(), h.holder()
	token := k.bound()["access_token"].(string)
	plain := h.visitor().tokens()["access_token"].(string)
	used := k.proof("GET", "/oauth/userinfo", token)
	for _, c := range []struct {
		name          string
		authorization string
		proofs        []string
		want          string // "": it is taken
	}{
		{"the first use", "DPoP " + token, []string{used}, ""},
		{"the scheme in lower case", "dpop " + token, []string{k.proof("GET", "/oauth/userinfo", token)}, ""},
		{"the same proof again", "DPoP " + token, []string{used}, "invalid_dpop_proof"},
		{"as a bearer token", "Bearer " + token, nil, "invalid_token"},
		{"as a bearer token with a proof", "Bearer " + token, []string{k.proof("GET", "/oauth/userinfo", token)}, "invalid_token"},
		{"no proof", "DPoP " + token, nil, "invalid_dpop_proof"},
		{"two proofs", "DPoP " + token, []string{k.proof("GET", "/oauth/userinfo", token), k.proof("GET", "/oauth/userinfo", token)}, "invalid_dpop_proof"},
		{"the thief's key", "DPoP " + token, []string{thief.proof("GET", "/oauth/userinfo", token)}, "invalid_token"},
		{"of another method", "DPoP " + token, []string{k.proof("POST", "/oauth/userinfo", token)}, "invalid_dpop_proof"},
		{"for another address", "DPoP " + token, []string{k.proof("GET", "/session/activity", token)}, "invalid_dpop_proof"},
		{"for another token", "DPoP " + token, []string{k.proof("GET", "/oauth/userinfo", plain)}, "invalid_dpop_proof"},
		{"for no token", "DPoP " + token, []string{k.proof("GET", "/oauth/userinfo", "")}, "invalid_dpop_proof"},
		{"a token that is bound to nothing", "DPoP " + plain, []string{k.proof("GET", "/oauth/userinfo", plain)}, "invalid_token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := k.bring("GET", "/oauth/userinfo", "", c.authorization, c.proofs...)
			if c.want == "" {
				if got := decode(t, w); w.Code != http.StatusOK || got["sub"] != "usr_ana" {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
				return
			}
			wantError(t, w, http.StatusUnauthorized, c.want)
			scheme, _, _ := strings.Cut(c.authorization, " ")
			challenge := w.Header().Get("WWW-Authenticate")
			if !strings.HasPrefix(challenge, scheme+" ") || !strings.Contains(challenge, `error="`+c.want+`"`) {
				t.Errorf("challenge %q", challenge)
			}
			if scheme == "DPoP" && !strings.Contains(challenge, `algs="ES256 PS256 EdDSA"`) {
				t.Errorf("challenge %q", challenge)
			}
		})
	}
}

// What is said of a bound token names its key: in the token, at introspection, and for opaque ones alike.
func TestABoundTokenSaysSo(t *testing.T) {
	h := newHouse(t)
	k := h.holder()
	tokens := k.bound()
	_, claims := h.open(tokens["access_token"].(string))
	if text(claims["cnf"]) != `{"jkt":"`+k.key.Thumbprint()+`"}` {
		t.Errorf("cnf %s", text(claims["cnf"]))
	}
	got := decode(t, h.post("/oauth/introspect", url.Values{"token": {tokens["access_token"].(string)}}, "timesheets", secret))
	if got["token_type"] != "DPoP" || text(got["cnf"]) != text(claims["cnf"]) {
		t.Errorf("%v", got)
	}
	machine := with(url.Values{"grant_type": {"client_credentials"}, "client_id": {"fusesign"}, "client_secret": {secret}}, "scope", "documents.read")
	h.change("fusesign", func(c *idp.Client) { c.AuthMethod = idp.AuthPost })
	token := decode(t, k.form("/oauth/token", machine, k.proof("POST", "/oauth/token", "")))
	if token["token_type"] != "DPoP" {
		t.Errorf("%v", token)
	}
	h.change("timesheets", func(c *idp.Client) { c.ReferenceTokens = true })
	opaque := k.bound()["access_token"].(string)
	if w := k.bring("GET", "/oauth/userinfo", "", "DPoP "+opaque, k.proof("GET", "/oauth/userinfo", opaque)); w.Code != http.StatusOK {
		t.Errorf("opaque: %d %s", w.Code, w.Body)
	}
	if w := h.userinfo(opaque); w.Code != http.StatusUnauthorized {
		t.Errorf("opaque, as a bearer token: %d", w.Code)
	}
}

// RFC 9449, section 10: a code that was asked for with a key is for who has the key.
func TestABoundCodeNeedsItsKey(t *testing.T) {
	h := newHouse(t)
	k, thief := h.holder(), h.holder()
	for name, redeem := range map[string]func(code string) *httptest.ResponseRecorder{
		"no proof": func(code string) *httptest.ResponseRecorder { return h.redeem(code) },
		"the thief": func(code string) *httptest.ResponseRecorder {
			return thief.form("/oauth/token", redemption(code), thief.proof("POST", "/oauth/token", ""))
		},
	} {
		if w := redeem(h.visitor().code(request("dpop_jkt", k.key.Thumbprint()))); w.Code != http.StatusBadRequest || decode(t, w)["error"] != "invalid_grant" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	k.bound("dpop_jkt", k.key.Thumbprint())
	if to := location(h.visitor().get("/authorize", request("dpop_jkt", "short"))).Query(); to.Get("error") != "invalid_request" {
		t.Errorf("%v", to)
	}
}

// RFC 9449, section 5: the refresh token of a public client is bound to the key that it was given for, through every rotation; that of a
// client that authenticates is not, and its tokens are bound to whatever key it shows.
func TestRefreshTokensOfPublicClientsAreBound(t *testing.T) {
	h := newHouse(t)
	k, thief := h.holder(), h.holder()
	page := []string{"client_id", "rota", "redirect_uri", "https://rota.example/cb"}
	code := h.visitor().code(request(page...))
	tokens := decode(t, k.form("/oauth/token", redemption(code, page...), k.proof("POST", "/oauth/token", "")))
	refresh := func(by *holder, token string, proved bool) *httptest.ResponseRecorder {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {"rota"}}
		if !proved {
			return by.form("/oauth/token", form)
		}
		return by.form("/oauth/token", form, by.proof("POST", "/oauth/token", ""))
	}
	for range 3 {
		token := tokens["refresh_token"].(string)
		wantError(t, refresh(thief, token, true), http.StatusBadRequest, "invalid_grant")
		wantError(t, refresh(k, token, false), http.StatusBadRequest, "invalid_grant")
		tokens = decode(t, refresh(k, token, true))
		if tokens["token_type"] != "DPoP" {
			t.Fatalf("%v", tokens)
		}
	}

	confidential := k.bound()["refresh_token"].(string)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {confidential}}
	next := decode(t, thief.form("/oauth/token", form, thief.proof("POST", "/oauth/token", ""))) // another key of the same client
	_, claims := h.open(next["access_token"].(string))
	if text(claims["cnf"]) != `{"jkt":"`+thief.key.Thumbprint()+`"}` {
		t.Errorf("%s", text(claims["cnf"]))
	}
}

// RFC 9449, section 8: a nonce is ours, and not for long; every answer to a proof has the next.
func TestNonces(t *testing.T) {
	h := newHouse(t)
	k := h.holder()
	try := func() *httptest.ResponseRecorder {
		return k.form("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"none"}}, k.proof("POST", "/oauth/token", ""))
	}
	w := try()
	wantError(t, w, http.StatusBadRequest, "invalid_grant") // the proof was good
	k.nonce = w.Header().Get(dpop.NonceHeader)
	if k.nonce == "" {
		t.Fatal("no nonce was given")
	}
	h.clock.pass(5*time.Minute - time.Second)
	wantError(t, try(), http.StatusBadRequest, "invalid_grant")
	good := k.nonce
	h.clock.pass(time.Second)
	for name, nonce := range map[string]string{
		"old": good, "made up": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "changed": "B" + good[1:], "no base64": "!", "short": "AAAA",
	} {
		k.nonce = nonce
		w := try()
		if body := decode(t, w); w.Code != http.StatusBadRequest || body["error"] != "use_dpop_nonce" || w.Header().Get(dpop.NonceHeader) == "" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	token := k.holder().bound()["access_token"].(string)
	w = k.bring("GET", "/oauth/userinfo", "", "DPoP "+token, k.proof("GET", "/oauth/userinfo", token))
	wantError(t, w, http.StatusUnauthorized, "use_dpop_nonce")
}

// One proof counts once, of any number of requests that bring it at the same time.
func TestAProofCountsOnceByMany(t *testing.T) {
	h := newHouse(t)
	k := h.holder()
	token := k.bound()["access_token"].(string)
	proof := k.proof("GET", "/oauth/userinfo", token)
	answers := make(chan int)
	const many = 16
	for range many {
		go func() { answers <- k.bring("GET", "/oauth/userinfo", "", "DPoP "+token, proof).Code }()
	}
	taken := 0
	for range many {
		if <-answers == http.StatusOK {
			taken++
		}
	}
	if taken != 1 {
		t.Errorf("taken %d times", taken)
	}
}

// The inactivity contract takes a bound token as userinfo does.
func TestABoundTokenReportsActivity(t *testing.T) {
	h := newHouse(t)
	k := h.holder()
	code := h.visitor().code(request("client_id", "vault", "redirect_uri", "https://vault.example/cb"))
	r := httptest.NewRequest("POST", "/oauth/token", strings.NewReader(redemption(code, "redirect_uri", "https://vault.example/cb").Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set(dpop.Header, k.proof("POST", "/oauth/token", ""))
	r.SetBasicAuth("vault", secret)
	token := decode(t, h.do(r))["access_token"].(string)
	report := `{"idle_seconds":0}`
	h.clock.pass(4 * time.Minute)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"as a bearer token": k.bring("POST", "/session/activity", report, "Bearer "+token),
		"without a proof":   k.bring("POST", "/session/activity", report, "DPoP "+token),
		"another's key":     k.bring("POST", "/session/activity", report, "DPoP "+token, h.holder().proof("POST", "/session/activity", token)),
	} {
		if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := k.bring("POST", "/session/activity", report, "DPoP "+token, k.proof("POST", "/session/activity", token)); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The provider's own resources take a bound token with its proof alone.
func TestVerifyAccessAsksForTheProof(t *testing.T) {
	h := newHouse(t)
	server := must(h.rebuild(must(url.Parse(issuer))))
	k := h.holder()
	token := k.bound()["access_token"].(string)
	verify := func(authorization string, proofs ...string) (idp.Reference, bool, error) {
		r := httptest.NewRequest("GET", "/api/v1/users", nil)
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		for _, proof := range proofs {
			r.Header.Add(dpop.Header, proof)
		}
		return server.VerifyAccess(httptest.NewRecorder(), r, h.clock.read())
	}
	if got, found, err := verify("DPoP "+token, k.proof("GET", "/api/v1/users", token)); err != nil || !found || got.Subject != "usr_ana" {
		t.Errorf("%v, %v, %v", got, found, err)
	}
	if _, found, err := verify("Bearer " + token); !found || idp.CodeOf(err) != idp.CodeNotFound {
		t.Errorf("as a bearer token: %v, %v", found, err)
	}
	_, found, err := verify("DPoP " + token)
	unproved, is := err.(*oidcop.Unproved)
	if !found || !is || !strings.HasPrefix(unproved.Challenge(), "DPoP ") || idp.CodeOf(err) != idp.CodeNotFound {
		t.Errorf("without a proof: %v, %v", found, err)
	}
	if _, found, err := verify(""); found || err != nil {
		t.Errorf("without a token: %v, %v", found, err)
	}
}
