package rs_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/apsid"
	"github.com/apscloud/apsid/pkg/dpop"
	"github.com/apscloud/apsid/pkg/rs"
)

const (
	audience = "https://rota.example/api"
	origin   = "https://rota.example"
)

// world is a provider that signs whatever it is told to, and the API under test.
type world struct {
	t      *testing.T
	server *httptest.Server
	key    *ecdsa.PrivateKey
	now    time.Time
	away   atomic.Bool // the provider does not answer
	dead   sync.Map    // tokens that introspection calls inactive
	asked  atomic.Int32
	answer func(active bool) string // a signed answer of introspection; nil: there are none
	api    *rs.API
}

func newWorld(t *testing.T, change ...func(*rs.Config)) *world {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, key: key, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.server.Close)
	c := rs.Config{
		Issuer: w.server.URL, Audience: audience, URL: origin, ClientID: "rota-api", ClientSecret: "secret of the API",
		Now: func() time.Time { return w.now }, Logger: slog.New(slog.DiscardHandler),
	}
	for _, change := range change {
		change(&c)
	}
	w.api, err = rs.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	if w.away.Load() {
		http.Error(rw, "away", http.StatusServiceUnavailable)
		return
	}
	var body any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		body = map[string]string{"issuer": w.server.URL, "jwks_uri": w.server.URL + "/keys", "introspection_endpoint": w.server.URL + "/introspect"}
	case "/keys":
		body = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: w.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
	case "/introspect":
		w.asked.Add(1)
		id, secret, _ := r.BasicAuth()
		_, dead := w.dead.Load(r.FormValue("token"))
		active := id == "rota-api" && secret == "secret+of+the+API" && !dead
		if w.answer != nil && r.Header.Get("Accept") == "application/token-introspection+jwt" {
			_, _ = rw.Write([]byte(w.answer(active)))
			return
		}
		body = map[string]bool{"active": active}
	}
	_ = json.NewEncoder(rw).Encode(body)
}

// good is the content of a person's token; changes replace members, nil removes one.
func (w *world) good(changes ...map[string]any) map[string]any {
	claims := map[string]any{
		"iss": w.server.URL, "sub": "usr_ana", "aud": []string{audience}, "client_id": "timesheets", "jti": "tok_1", "scope": "rota.read rota.write",
		"practice_id": "prc_1", "sid": "ses_1", "acr": apsid.ACRMFA, "amr": []string{"pwd", "otp", "mfa"},
		"auth_time": w.now.Add(-10 * time.Minute).Unix(), "iat": w.now.Unix(), "exp": w.now.Add(5 * time.Minute).Unix(),
	}
	for _, change := range changes {
		maps.Copy(claims, change)
	}
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

func (w *world) sign(typ string, claims map[string]any) string {
	w.t.Helper()
	return signed(w.t, jose.JSONWebKey{Key: w.key, KeyID: "k"}, jose.ES256, typ, claims)
}

func signed(t *testing.T, key any, alg jose.SignatureAlgorithm, typ string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *world) token(changes ...map[string]any) string { return w.sign("at+jwt", w.good(changes...)) }

// ask sends a request through Require; headers come in pairs.
func (w *world) ask(needs rs.Needs, headers ...string) (*httptest.ResponseRecorder, rs.Token) {
	r := httptest.NewRequest("GET", "/shifts/7?week=9", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	var seen rs.Token
	answer := httptest.NewRecorder()
	w.api.Require(needs, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		seen, _ = rs.TokenFrom(r.Context())
		rw.WriteHeader(http.StatusNoContent)
	})).ServeHTTP(answer, r)
	return answer, seen
}

func (w *world) bearer(needs rs.Needs, token string) (*httptest.ResponseRecorder, rs.Token) {
	return w.ask(needs, "Authorization", "Bearer "+token)
}

func want(t *testing.T, answer *httptest.ResponseRecorder, status int, challenge string) {
	t.Helper()
	if answer.Code != status || answer.Header().Get("WWW-Authenticate") != challenge {
		t.Errorf("%d %q, want %d %q", answer.Code, answer.Header().Get("WWW-Authenticate"), status, challenge)
	}
}

func TestAGoodTokenOpens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer, token := w.bearer(rs.Needs{Scope: "rota.read"}, w.token())
	if answer.Code != http.StatusNoContent || token.Subject != "usr_ana" || token.PracticeID != "prc_1" || !token.IsPerson() || token.Thumbprint != "" {
		t.Fatalf("%d %+v", answer.Code, token)
	}
	machine, token := w.bearer(rs.Needs{Scope: "rota.read rota.write"}, w.token(map[string]any{"sub": "fusesign", "sid": nil, "acr": nil, "amr": nil, "auth_time": nil, "aud": audience}))
	if machine.Code != http.StatusNoContent || token.IsPerson() || !token.AuthTime.IsZero() {
		t.Fatalf("%d %+v", machine.Code, token)
	}
	for _, typ := range []string{"AT+JWT", "application/at+jwt"} {
		if answer, _ := w.bearer(rs.Needs{}, w.sign(typ, w.good())); answer.Code != http.StatusNoContent {
			t.Errorf("%s: %d", typ, answer.Code)
		}
	}
}

// RFC 9068, section 4: each check has a token that nothing else is wrong with.
func TestATokenThatIsWrongInOneThing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{
		"an ID token":          w.sign("JWT", w.good()),
		"a logout token":       w.sign("logout+jwt", w.good()),
		"no type":              signed(t, jose.JSONWebKey{Key: w.key, KeyID: "k"}, jose.ES256, "", w.good()),
		"another's key":        signed(t, jose.JSONWebKey{Key: stranger, KeyID: "k"}, jose.ES256, "at+jwt", w.good()),
		"an unknown key":       signed(t, jose.JSONWebKey{Key: stranger, KeyID: "x"}, jose.ES256, "at+jwt", w.good()),
		"a shared secret":      signed(t, jose.JSONWebKey{Key: []byte(strings.Repeat("k", 32)), KeyID: "k"}, jose.HS256, "at+jwt", w.good()),
		"unsigned":             strings.Join(strings.Split(w.token(), ".")[:2], ".") + ".",
		"text":                 "opaque",
		"a very long one":      w.token(map[string]any{"more": strings.Repeat("x", 9000)}),
		"claims that are none": w.token(map[string]any{"exp": "soon"}),
	}
	for name, change := range map[string]map[string]any{
		"another issuer": {"iss": "https://evil.example"}, "no issuer": {"iss": nil}, "another API": {"aud": []string{"https://pay.example/api"}},
		"no audience": {"aud": nil}, "no subject": {"sub": nil}, "no client": {"client_id": nil}, "no name": {"jti": nil}, "no end": {"exp": nil},
		"no beginning": {"iat": nil}, "over": {"exp": w.now.Unix()}, "of the future": {"iat": w.now.Add(11 * time.Second).Unix()},
		"not yet": {"nbf": w.now.Add(11 * time.Second).Unix()}, "signed in tomorrow": {"auth_time": w.now.Add(time.Hour).Unix()},
		"a bond that is not known here": {"cnf": map[string]any{"kid": "abc"}}, "one beside one that is": {"cnf": map[string]any{"x5t#S256": "abc", "kid": "abc"}},
		"a bond to nothing": {"cnf": map[string]any{"jkt": ""}}, "an empty bond": {"cnf": map[string]any{}}, "an actor without a name": {"act": map[string]any{"act": map[string]any{"sub": "x"}}},
	} {
		tokens[name] = w.token(change)
	}
	deep := map[string]any{"sub": "a"}
	for range 20 {
		deep = map[string]any{"sub": "a", "act": deep}
	}
	tokens["a chain without end"] = w.token(map[string]any{"act": deep})
	for name, token := range tokens {
		t.Run(name, func(t *testing.T) {
			answer, _ := w.bearer(rs.Needs{}, token)
			want(t, answer, http.StatusUnauthorized, `Bearer error="invalid_token"`)
		})
	}
}

// RFC 6750, section 3.1; RFC 9470, section 3.
func TestWhatAnOperationNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	person, machine := w.token(), w.token(map[string]any{"sub": "fusesign", "sid": nil, "acr": nil, "auth_time": nil})
	weak := w.token(map[string]any{"acr": apsid.ACRPassword})
	const stepUp = `Bearer error="insufficient_user_authentication", acr_values="urn:aps:acr:mfa"`
	for name, c := range map[string]struct {
		token     string
		needs     rs.Needs
		status    int
		challenge string
	}{
		"a scope that it has":         {person, rs.Needs{Scope: "rota.write"}, 204, ""},
		"one of two scopes":           {person, rs.Needs{Scope: "rota.read pay.read"}, 403, `Bearer error="insufficient_scope", scope="rota.read pay.read"`},
		"a part of a scope":           {person, rs.Needs{Scope: "rota"}, 403, `Bearer error="insufficient_scope", scope="rota"`},
		"the strength that it has":    {person, rs.Needs{ACR: apsid.ACRMFA}, 204, ""},
		"less than it has":            {person, rs.Needs{ACR: apsid.ACRPassword}, 204, ""},
		"more than it has":            {weak, rs.Needs{ACR: apsid.ACRMFA}, 401, stepUp},
		"a person":                    {machine, rs.Needs{ACR: apsid.ACRMFA}, 401, stepUp},
		"a person, of any strength":   {machine, rs.Needs{MaxAge: time.Hour}, 401, `Bearer error="insufficient_user_authentication", max_age="3600"`},
		"an age that it has":          {person, rs.Needs{MaxAge: 10 * time.Minute}, 204, ""},
		"a younger one":               {person, rs.Needs{ACR: apsid.ACRMFA, MaxAge: 9 * time.Minute}, 401, stepUp + `, max_age="540"`},
		"a token that is bound":       {person, rs.Needs{Bound: true}, 401, `DPoP algs="ES256 PS256 EdDSA", error="invalid_token"`},
		"a strength that there isn't": {person, rs.Needs{ACR: "urn:other"}, 401, `Bearer error="insufficient_user_authentication", acr_values="urn:other"`},
	} {
		t.Run(name, func(t *testing.T) {
			answer, _ := w.bearer(c.needs, c.token)
			want(t, answer, c.status, c.challenge)
		})
	}
}

func TestWhereATokenIsLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token()
	for name, headers := range map[string][]string{
		"nowhere": nil, "another scheme": {"Authorization", "Basic " + token}, "no scheme": {"Authorization", token}, "empty": {"Authorization", "Bearer "},
		"twice": {"Authorization", "Bearer " + token, "Authorization", "Bearer " + token},
	} {
		answer, _ := w.ask(rs.Needs{}, headers...)
		if got := answer.Header().Values("WWW-Authenticate"); answer.Code != http.StatusUnauthorized || fmt.Sprint(got) != `[Bearer DPoP algs="ES256 PS256 EdDSA"]` {
			t.Errorf("%s: %d %q", name, answer.Code, got)
		}
	}
	r := httptest.NewRequest("GET", "/shifts?access_token="+token, nil)
	var refused *rs.Refusal
	if _, err := w.api.Verify(r, rs.Needs{}); !errors.As(err, &refused) || refused.Status() != http.StatusUnauthorized {
		t.Errorf("in the address: %v", err)
	}
}

// RFC 9449, section 7.
func TestATokenThatIsBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, err := dpop.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	thief, err := dpop.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	bound, free := w.token(map[string]any{"cnf": map[string]any{"jkt": key.Thumbprint()}}), w.token()
	prove := func(by *dpop.Key, method, path, token string) string {
		text, err := by.Sign(dpop.Request{Method: method, URL: origin + path, AccessToken: token}, "", w.now)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	once := prove(key, "GET", "/shifts/7", bound)
	answer, token := w.ask(rs.Needs{Bound: true}, "Authorization", "DPoP "+bound, "DPoP", once)
	if answer.Code != http.StatusNoContent || token.Thumbprint != key.Thumbprint() {
		t.Fatalf("%d %+v %q", answer.Code, token, answer.Header())
	}
	const invalid, unproved = `DPoP algs="ES256 PS256 EdDSA", error="invalid_token"`, `DPoP algs="ES256 PS256 EdDSA", error="invalid_dpop_proof"`
	for _, c := range []struct {
		name, authorization string
		proofs              []string
		challenge           string
	}{
		{"the same proof again", "DPoP " + bound, []string{once}, unproved},
		{"as a bearer token", "Bearer " + bound, nil, invalid},
		{"as a bearer token with a proof", "Bearer " + bound, []string{prove(key, "GET", "/shifts/7", bound)}, invalid},
		{"without a proof", "DPoP " + bound, nil, unproved},
		{"two proofs", "DPoP " + bound, []string{prove(key, "GET", "/shifts/7", bound), prove(key, "GET", "/shifts/7", bound)}, unproved},
		{"another's key", "DPoP " + bound, []string{prove(thief, "GET", "/shifts/7", bound)}, invalid},
		{"another method", "DPoP " + bound, []string{prove(key, "POST", "/shifts/7", bound)}, unproved},
		{"another path", "DPoP " + bound, []string{prove(key, "GET", "/shifts/8", bound)}, unproved},
		{"another token", "DPoP " + bound, []string{prove(key, "GET", "/shifts/7", free)}, unproved},
		{"a token that is free", "DPoP " + free, []string{prove(key, "GET", "/shifts/7", free)}, invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{"Authorization", c.authorization}
			for _, proof := range c.proofs {
				headers = append(headers, "DPoP", proof)
			}
			answer, _ := w.ask(rs.Needs{}, headers...)
			want(t, answer, http.StatusUnauthorized, c.challenge)
		})
	}
	later := prove(key, "GET", "/shifts/7", bound)
	w.now = w.now.Add(dpop.MaxAge)
	answer, _ = w.ask(rs.Needs{}, "Authorization", "DPoP "+bound, "DPoP", later)
	want(t, answer, http.StatusUnauthorized, unproved) // too old by now, and so need not be remembered
}

// A store of proofs that does not answer lets nobody in.
func TestProofsThatCannotBeRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *rs.Config) {
		c.Seen = func(_ context.Context, _ string, _ time.Time) (bool, error) { return true, errors.New("away") }
	})
	key, err := dpop.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	token := w.token(map[string]any{"cnf": map[string]any{"jkt": key.Thumbprint()}})
	proof, err := key.Sign(dpop.Request{Method: "GET", URL: origin + "/shifts/7", AccessToken: token}, "", w.now)
	if err != nil {
		t.Fatal(err)
	}
	if answer, _ := w.ask(rs.Needs{}, "Authorization", "DPoP "+token, "DPoP", proof); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", answer.Code)
	}
}

// What asks the provider learns what happened a moment ago; what does not asks it for nothing but keys.
func TestLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token()
	for range 3 {
		if answer, _ := w.bearer(rs.Needs{}, token); answer.Code != http.StatusNoContent {
			t.Fatal(answer.Code)
		}
	}
	if n := w.asked.Load(); n != 0 {
		t.Errorf("asked %d times", n)
	}
	if answer, _ := w.bearer(rs.Needs{Live: true}, token); answer.Code != http.StatusNoContent {
		t.Fatal(answer.Code)
	}
	w.dead.Store(token, true)
	answer, _ := w.bearer(rs.Needs{Live: true}, token)
	want(t, answer, http.StatusUnauthorized, `Bearer error="invalid_token"`)
	w.away.Store(true)
	if answer, _ := w.bearer(rs.Needs{Live: true}, token); answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" {
		t.Errorf("%d", answer.Code)
	}
	if answer, _ := w.bearer(rs.Needs{}, token); answer.Code != http.StatusNoContent {
		t.Errorf("with the keys that it knows: %d", answer.Code)
	}
}

// An API that starts before its provider lets nobody in, and everybody once the provider is there.
func TestTheProviderIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.away.Store(true)
	if answer, _ := w.bearer(rs.Needs{}, w.token()); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", answer.Code)
	}
	w.away.Store(false)
	w.now = w.now.Add(time.Second)
	if answer, _ := w.bearer(rs.Needs{}, w.token()); answer.Code != http.StatusNoContent {
		t.Errorf("%d", answer.Code)
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	t.Parallel()
	good := rs.Config{Issuer: "https://id.example", Audience: audience, URL: origin}
	for name, change := range map[string]func(*rs.Config){
		"no issuer": func(c *rs.Config) { c.Issuer = "" }, "an issuer without TLS": func(c *rs.Config) { c.Issuer = "http://id.example" },
		"no audience": func(c *rs.Config) { c.Audience = "" }, "no URL": func(c *rs.Config) { c.URL = "" }, "a URL with a path": func(c *rs.Config) { c.URL = origin + "/api" },
		"a client without a secret": func(c *rs.Config) { c.ClientID = "rota-api" },
	} {
		c := good
		change(&c)
		if _, err := rs.New(c); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := rs.New(good); err != nil {
		t.Error(err)
	}
}
