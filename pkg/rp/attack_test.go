package rp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/rp"
)

// thief is a server of an attacker: it counts what comes, and keeps what came with it.
type thief struct {
	*httptest.Server
	calls atomic.Int32
}

func newThief(t *testing.T, handler http.HandlerFunc) *thief {
	t.Helper()
	s := &thief{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// refused fails unless the sign-in ends with this status, and signs nobody in.
func refused(t *testing.T, d *dishonest, want int, change func(*rp.Config)) {
	t.Helper()
	if status, person := signIn(t, d, change); status != want || person != "" {
		t.Errorf("%d, signed in as %q", status, person)
	}
}

// A token says nothing about the keys that it is to be verified with (RFC 8725, section 3.10).
func TestTokensThatBringTheirOwnKeys(t *testing.T) { // ABUSE 8
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: own.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}, {Key: own.Public(), KeyID: "2"}}}
	evil := newThief(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, set) })
	for name, headers := range map[string]map[jose.HeaderKey]any{
		"jku":                    {"kid": "1", "jku": evil.URL},
		"jku of another kid":     {"kid": "2", "jku": evil.URL},
		"jku and no kid":         {"jku": evil.URL},
		"x5u":                    {"kid": "1", "x5u": evil.URL},
		"jwk":                    {"kid": "1", "jwk": jose.JSONWebKey{Key: own.Public(), KeyID: "1"}},
		"jwk and no kid":         {"jwk": jose.JSONWebKey{Key: own.Public()}},
		"a path for a kid":       {"kid": "../../../../dev/null"},
		"an address for a kid":   {"kid": evil.URL},
		"an unknown crit header": {"kid": "1", "crit": []string{"x"}, "x": true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDishonest(t)
			d.sign = func(p []byte) string { return signedWith(t, jose.ES256, own, headers, p) }
			refused(t, d, http.StatusBadGateway, nil)
			if status := tellApp(t, d, signedWith(t, jose.ES256, own, headers, []byte(`{}`))); status != http.StatusBadRequest {
				t.Errorf("as a logout token: %d", status)
			}
		})
	}
	if n := evil.calls.Load(); n != 0 {
		t.Errorf("the attacker's address was asked %d times", n)
	}
	d := newDishonest(t) // the headers alone, over a good signature, change nothing: they are left alone
	d.sign = func(p []byte) string {
		return signedWith(t, jose.ES256, d.key, map[jose.HeaderKey]any{"kid": "1", "jku": evil.URL}, p)
	}
	if status, person := signIn(t, d, nil); status != http.StatusOK || person == "" || evil.calls.Load() != 0 {
		t.Errorf("%d %q, asked %d times", status, person, evil.calls.Load())
	}
}

// A public key is no secret: nothing may be verified with it that it was not made for (RFC 8725, section 2.1).
func TestThePublicKeyTakenForASecret(t *testing.T) { // ABUSE 8
	d := newDishonest(t)
	der, err := x509.MarshalPKIXPublicKey(d.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(d.keys[0])
	if err != nil {
		t.Fatal(err)
	}
	raw, err := d.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][]byte{
		"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "JWK": jwk, "point": raw, "x": raw[1:33],
	} {
		for alg, least := range map[jose.SignatureAlgorithm]int{jose.HS256: 32, jose.HS384: 48, jose.HS512: 64} {
			if len(key) < least { // the library does not sign with it
				continue
			}
			d.sign = func(p []byte) string { return signed(t, alg, key, p) }
			if status, person := signIn(t, d, nil); status != http.StatusBadGateway || person != "" {
				t.Errorf("%s with the %s: %d, signed in as %q", alg, name, status, person)
			}
		}
	}
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "ES256", ""} { // unsigned, whatever it says
		d.sign = func(p []byte) string { return encode([]byte(`{"alg":"`+alg+`","kid":"1"}`)) + "." + encode(p) + "." }
		refused(t, d, http.StatusBadGateway, nil)
	}
}

func TestWhomAnIDTokenIsFor(t *testing.T) { // ABUSE 8
	for name, c := range map[string]struct {
		aud, azp any
		in       bool
	}{
		"this app":                          {"app", nil, true},
		"a list of this app":                {[]string{"app"}, nil, true},
		"this app, in its own name":         {"app", "app", true},
		"this app, in another's name":       {"app", "contacts", false},
		"this app, in no one's name":        {"app", "", false},
		"this app, azp no text":             {"app", 7, false},
		"this app and another":              {[]string{"app", "contacts"}, nil, false},
		"another and this app, in its name": {[]string{"contacts", "app"}, "app", false},
		"this app twice":                    {[]string{"app", "app"}, "app", false},
		"another, in this app's name":       {"contacts", "app", false},
		"no one":                            {[]string{}, "app", false},
		"nothing":                           {nil, "app", false},
		"part of its name":                  {"ap", nil, false},
		"its name in another case":          {"APP", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDishonest(t)
			d.claims = func(claims map[string]any) {
				claims["aud"] = c.aud
				if c.azp != nil {
					claims["azp"] = c.azp
				}
			}
			if status, person := signIn(t, d, nil); (status == http.StatusOK) != c.in || (person != "") != c.in {
				t.Errorf("%d, signed in as %q", status, person)
			}
		})
	}
}

func TestWhenAnIDTokenWasMade(t *testing.T) {
	for name, c := range map[string]struct {
		claim string
		from  time.Duration // from now
		in    bool
	}{
		"made in the future":        {"iat", 2 * time.Minute, false},
		"made by a clock ahead":     {"iat", 30 * time.Second, true},
		"proved in the future":      {"auth_time", 2 * time.Minute, false},
		"proved by a clock ahead":   {"auth_time", 30 * time.Second, true},
		"good in an hour":           {"nbf", time.Hour, false},
		"over":                      {"exp", -time.Second, false},
		"over long before":          {"exp", -1000 * time.Hour, false},
		"over in a second or three": {"exp", 3 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDishonest(t)
			d.claims = func(claims map[string]any) { claims[c.claim] = time.Now().Add(c.from).Unix() }
			if status, person := signIn(t, d, nil); (status == http.StatusOK) != c.in || (person != "") != c.in {
				t.Errorf("%d, signed in as %q", status, person)
			}
		})
	}
}

// RFC 9207, section 2.4: the answer names its issuer, so that no other provider's answer is taken for this one's.
func TestAnswersThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(url.Values)
		says   string
	}{
		"no iss":           {func(q url.Values) { q.Del("iss") }, rp.CodeMismatch},
		"an empty iss":     {func(q url.Values) { q.Set("iss", "") }, rp.CodeMismatch},
		"another's iss":    {func(q url.Values) { q.Set("iss", "https://evil.example") }, rp.CodeMismatch},
		"iss with a slash": {func(q url.Values) { q.Set("iss", q.Get("iss")+"/") }, rp.CodeMismatch},
		"iss twice":        {func(q url.Values) { q.Add("iss", q.Get("iss")) }, rp.CodeMismatch},
		"another's error": {func(q url.Values) {
			q.Del("code")
			q.Set("error", "access_denied")
			q.Set("iss", "https://evil.example")
		}, rp.CodeMismatch},
		"an error without iss": {func(q url.Values) { q.Del("code"); q.Set("error", "access_denied"); q.Del("iss") }, rp.CodeMismatch},
		"a code and an error":  {func(q url.Values) { q.Set("error", "access_denied") }, rp.CodeMismatch},
		"neither":              {func(q url.Values) { q.Del("code") }, rp.CodeMismatch},
		"two codes":            {func(q url.Values) { q.Add("code", "d") }, rp.CodeMismatch},
		"no state":             {func(q url.Values) { q.Del("state") }, rp.CodeStale},
		"another state":        {func(q url.Values) { q.Set("state", "x") }, rp.CodeStale},
		"a state cut short":    {func(q url.Values) { q.Set("state", q.Get("state")[:8]) }, rp.CodeStale},
		"a state made longer":  {func(q url.Values) { q.Set("state", q.Get("state")+"x") }, rp.CodeStale},
		"two states":           {func(q url.Values) { q.Add("state", "x") }, rp.CodeMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDishonest(t)
			d.back = c.change
			var said string
			refused(t, d, http.StatusBadRequest, func(config *rp.Config) {
				config.Failed = func(w http.ResponseWriter, _ *http.Request, f rp.Failure) {
					said = f.Code
					w.WriteHeader(f.Status)
				}
			})
			if said != c.says || len(d.forms) != 0 {
				t.Errorf("said %q after %d calls of the token endpoint", said, len(d.forms))
			}
		})
	}
}

// An answer is good once, and only in the browser that asked.
func TestAnAnswerIsGoodOnceAndInItsBrowser(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.SignIn("usr_mia", map[string]any{"name": "Mia", "email": "mia@x.example"})
	s := w.surfer()
	var callback string
	s.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/auth/callback" && callback == "" {
			callback = r.URL.RequestURI()
			return http.ErrUseLastResponse // it is caught before the browser brings it
		}
		return nil
	}
	s.open("/page")
	if callback == "" {
		t.Fatal("no answer was caught")
	}
	if p := w.surfer().open(callback); p.status != http.StatusBadRequest || !strings.Contains(p.body, rp.CodeStale) {
		t.Errorf("in another browser: %d %s", p.status, p.body)
	}
	if p := s.open(callback); p.status != http.StatusOK || p.body != "/page usr_mia" {
		t.Errorf("in its browser: %d %s", p.status, p.body)
	}
	if p := s.open(callback); p.status != http.StatusBadRequest || !strings.Contains(p.body, rp.CodeStale) {
		t.Errorf("again: %d %s", p.status, p.body)
	}
	s.open("/page").is(t, "/page usr_mia")
}

// No endpoint of the provider may send the app elsewhere: codes, secrets, assertions and tokens would go along.
func TestRedirectsOfTheProviderLeadNowhere(t *testing.T) {
	for _, path := range []string{"/token", "/userinfo", "/keys", "/.well-known/openid-configuration"} {
		for _, status := range []int{http.StatusMovedPermanently, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
			d := newDishonest(t)
			evil := newThief(t, func(w http.ResponseWriter, r *http.Request) { d.honest.ServeHTTP(w, r) }) // answers as the provider would
			d.claims = func(c map[string]any) { delete(c, "name") }                                        // so that userinfo is asked
			d.info = map[string]any{"sub": "usr_1", "name": "Mia", "email": "mia@x.example"}
			d.serve[path] = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, evil.URL+path, status) }
			refused(t, d, http.StatusBadGateway, func(c *rp.Config) { c.Client = &http.Client{Timeout: 10 * time.Second} }) // of an app that thought of nothing
			if n := evil.calls.Load(); n != 0 {
				t.Errorf("%d of %s led the app away", status, path)
			}
		}
	}
}

// endless writes until the reader goes away, or far more than any reader may take.
func endless(kind string, taken *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		chunk := []byte(`{"access_token":"` + strings.Repeat("x", 1<<16))
		for taken.Load() < 64<<20 {
			n, err := w.Write(chunk)
			taken.Add(int64(n))
			if err != nil {
				return
			}
			chunk = chunk[len(chunk)-1<<16:]
		}
	}
}

func TestAnswersWithoutEnd(t *testing.T) {
	for _, path := range []string{"/token", "/userinfo", "/keys", "/.well-known/openid-configuration"} {
		for _, client := range []*http.Client{nil, {Timeout: 10 * time.Second}} {
			d := newDishonest(t)
			d.claims = func(c map[string]any) { delete(c, "name") }
			var taken atomic.Int64
			d.serve[path] = endless("application/json", &taken)
			refused(t, d, http.StatusBadGateway, func(c *rp.Config) { c.Client = client })
			if n := taken.Load(); n == 0 || n > 16<<20 { // what lies in the buffers between them
				t.Errorf("%s: %d bytes were taken", path, n)
			}
		}
	}
}

func TestTokensThatCannotBeUsed(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"of another type":       func(a map[string]any) { a["token_type"] = "DPoP" },
		"of no type":            func(a map[string]any) { delete(a, "token_type") },
		"no access token":       func(a map[string]any) { delete(a, "access_token") },
		"an empty access token": func(a map[string]any) { a["access_token"] = "" },
		"a number for a token":  func(a map[string]any) { a["access_token"] = 7 },
		"an ID token of null":   func(a map[string]any) { a["id_token"] = nil },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDishonest(t)
			d.answer = change
			refused(t, d, http.StatusBadGateway, nil)
		})
	}
	d := newDishonest(t)
	d.answer = func(a map[string]any) { a["token_type"] = "bearer" } // in any case (RFC 6749, section 5.1)
	if status, person := signIn(t, d, nil); status != http.StatusOK || person == "" {
		t.Errorf("%d %q", status, person)
	}
}

func TestProvidersThatAreNotTrusted(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"another issuer":              func(a map[string]any) { a["issuer"] = "https://evil.example" },
		"no token endpoint":           func(a map[string]any) { delete(a, "token_endpoint") },
		"no sign-in":                  func(a map[string]any) { delete(a, "authorization_endpoint") },
		"no keys":                     func(a map[string]any) { delete(a, "jwks_uri") },
		"no iss in answers":           func(a map[string]any) { delete(a, "authorization_response_iss_parameter_supported") },
		"the token endpoint in clear": func(a map[string]any) { a["token_endpoint"] = "http://id.example/token" },
		"the keys in clear":           func(a map[string]any) { a["jwks_uri"] = "http://id.example/keys" },
		"the sign-in in clear":        func(a map[string]any) { a["authorization_endpoint"] = "http://id.example/authorize" },
		"reports in clear":            func(a map[string]any) { a["session_activity_endpoint"] = "http://id.example/activity" },
		"sign-out to a script":        func(a map[string]any) { a["end_session_endpoint"] = "javascript:alert(1)" },
		"revocation with a password":  func(a map[string]any) { a["revocation_endpoint"] = "https://u:p@id.example/revoke" },
		"userinfo in clear":           func(a map[string]any) { a["userinfo_endpoint"] = "http://id.example/userinfo" },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDishonest(t)
			d.about = change
			refused(t, d, http.StatusBadGateway, nil)
			if len(d.forms) != 0 {
				t.Error("it was told a code")
			}
		})
	}
}

// The nonce does not tell tokens apart at a refresh: the type and the claims do.
func TestRefreshWithTokensOfOtherKinds(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"a logout token": func(c map[string]any) {
			c["events"] = map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}
		},
		"for others too":  func(c map[string]any) { c["aud"] = []any{c["aud"], "contacts"} },
		"another's":       func(c map[string]any) { c["azp"] = "contacts" },
		"without iat":     func(c map[string]any) { delete(c, "iat") },
		"of the future":   func(c map[string]any) { c["iat"] = c["exp"] },
		"proved tomorrow": func(c map[string]any) { c["auth_time"] = c["exp"] },
	} {
		w := newWorld(t, nil)
		s := w.signedIn("usr_mia")
		w.provider.Tamper(change)
		w.clock.advance(10 * time.Minute)
		if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, p.status, p.body)
		}
		eventually(t, "the refresh token is given back", func() bool { return len(w.provider.Sessions("usr_mia")) == 0 })
	}
}
