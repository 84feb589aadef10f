package oidcop_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/tally"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// signer is a client with keys: fusesign signs with them instead of sending a secret.
type signer struct {
	*house
	es    *ecdsa.PrivateKey
	rsa   *rsa.PrivateKey
	count int
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	s := &signer{house: newHouse(t)}
	s.es = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	s.rsa = must(rsa.GenerateKey(rand.Reader, 2048))
	other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	keys := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.es.Public(), KeyID: "es", Use: "sig", Algorithm: "ES256"}, {Key: s.rsa.Public(), KeyID: "rsa"}}}
	s.withKeys("fusesign", keys)
	s.withKeys("greedy", jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: other.Public(), KeyID: "other"}}})
	return s
}

func (s *signer) withKeys(id idp.ClientID, keys jose.JSONWebKeySet) {
	s.change(id, func(c *idp.Client) {
		c.AuthMethod, c.Secrets, c.PublicKeys = idp.AuthKey, nil, string(must(json.Marshal(keys)))
	})
}

// claims of a good assertion, each with an identifier of its own.
func (s *signer) claims(change ...func(map[string]any)) map[string]any {
	s.count++
	now := s.clock.read()
	all := map[string]any{
		"iss": "fusesign", "sub": "fusesign", "aud": issuer, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "jti": "jti-" + string(rune('a'+s.count)),
	}
	for _, each := range change {
		each(all)
	}
	return all
}

func set(name string, value any) func(map[string]any) {
	return func(all map[string]any) { all[name] = value }
}

func without(name string) func(map[string]any) {
	return func(all map[string]any) { delete(all, name) }
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, headers map[string]any, payload []byte) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range headers {
		options = options.WithHeader(jose.HeaderKey(name), value)
	}
	signed := must(must(jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)).Sign(payload))
	return must(signed.CompactSerialize())
}

// good signs claims as the client does.
func (s *signer) good(claims map[string]any) string {
	return sign(s.t.(*testing.T), jose.ES256, s.es, map[string]any{"kid": "es", "typ": "JWT"}, must(json.Marshal(claims)))
}

func (s *signer) token(assertion string, pairs ...string) *httptest.ResponseRecorder {
	return s.post("/oauth/token", with(url.Values{
		"grant_type": {"client_credentials"}, "client_assertion": {assertion}, "client_assertion_type": {assertionType},
	}, pairs...))
}

func TestClientsAuthenticateByKey(t *testing.T) {
	s := newSigner(t)
	payload := func() []byte { return must(json.Marshal(s.claims())) }
	for name, w := range map[string]*httptest.ResponseRecorder{
		"ES256":              s.token(s.good(s.claims())),
		"RS256":              s.token(sign(t, jose.RS256, s.rsa, map[string]any{"kid": "rsa"}, payload())),
		"PS256":              s.token(sign(t, jose.PS256, s.rsa, map[string]any{"kid": "rsa", "typ": "client-authentication+jwt"}, payload())),
		"no key named":       s.token(sign(t, jose.ES256, s.es, nil, payload())),
		"with its name":      s.token(s.good(s.claims()), "client_id", "fusesign"),
		"a clock ahead":      s.token(s.good(s.claims(set("iat", s.clock.read().Add(50*time.Second).Unix())))),
		"a clock behind":     s.token(s.good(s.claims(set("exp", s.clock.read().Add(-29*time.Second).Unix()), without("iat")))),
		"for a list of one":  s.token(s.good(s.claims(set("aud", []string{issuer})))),
		"without a time":     s.token(s.good(s.claims(without("iat")))),
		"at its longest":     s.token(s.good(s.claims(set("exp", s.clock.read().Add(5*time.Minute).Unix())))),
		"with a scope of it": s.token(s.good(s.claims()), "scope", "documents.read"),
	} {
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if at, found := s.used.Load(idp.ClientID("fusesign")); !found || !at.(time.Time).Equal(s.clock.read()) {
		t.Errorf("last used %v", at)
	}
	access, _ := decode(t, s.token(s.good(s.claims())))["access_token"].(string)
	w := s.post("/oauth/introspect", url.Values{"token": {access}, "client_assertion": {s.good(s.claims())}, "client_assertion_type": {assertionType}})
	if decode(t, w)["active"] != true {
		t.Errorf("introspection: %d %s", w.Code, w.Body)
	}
}

// ABUSE 9: each is invalid_client, and has its reason in the trail.
func TestAssertionsThatAreRefused(t *testing.T) {
	s := newSigner(t)
	in := func(d time.Duration) int64 { return s.clock.read().Add(d).Unix() }
	signed := func(change ...func(map[string]any)) string { return s.good(s.claims(change...)) }
	payload := func() []byte { return must(json.Marshal(s.claims())) }
	public := must(json.Marshal(jose.JSONWebKey{Key: s.es.Public()}))
	mallory := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	used := func() string {
		once := signed(set("exp", in(5*time.Minute)))
		s.token(once)
		return once
	}
	if w := s.token(signed(set("exp", in(5*time.Minute)))); w.Code != http.StatusOK {
		t.Fatalf("the good one: %d %s", w.Code, w.Body)
	}
	for name, c := range map[string]struct {
		assertion func() string
		reason    idp.Reason
	}{
		"used before":                {used, "assertion_replayed"},
		"meant for somebody else":    {func() string { return signed(set("aud", "https://evil.example")) }, "assertion_audience"},
		"meant for our endpoint":     {func() string { return signed(set("aud", issuer+"/oauth/token")) }, "assertion_audience"},
		"meant for several":          {func() string { return signed(set("aud", []string{issuer, "https://evil.example"})) }, "assertion_claims"},
		"meant for no one of a list": {func() string { return signed(set("aud", []string{})) }, "assertion_claims"},
		"meant for a number":         {func() string { return signed(set("aud", 7)) }, "assertion_claims"},
		"meant for a list of them":   {func() string { return signed(set("aud", []string{"https://evil.example"})) }, "assertion_audience"},
		"meant for nobody":           {func() string { return signed(without("aud")) }, "assertion_audience"},
		"over":                       {func() string { return signed(set("exp", in(-30*time.Second))) }, "assertion_expired"},
		"without an end":             {func() string { return signed(without("exp")) }, "assertion_expired"},
		"for too long":               {func() string { return signed(set("exp", in(301*time.Second))) }, "assertion_lifetime"},
		"for too long, and no start": {func() string { return signed(without("iat"), set("exp", in(361*time.Second))) }, "assertion_lifetime"},
		"of the future":              {func() string { return signed(set("iat", in(61*time.Second)), set("exp", in(2*time.Minute))) }, "assertion_early"},
		"not valid yet":              {func() string { return signed(set("nbf", in(61*time.Second))) }, "assertion_early"},
		"without an identifier":      {func() string { return signed(without("jti")) }, "assertion_id"},
		"issued by another":          {func() string { return signed(set("iss", "greedy")) }, "assertion_subject"},
		"about a person":             {func() string { return signed(set("sub", "usr_ana")) }, "unknown_client"},
		"about another":              {func() string { return signed(set("sub", "greedy")) }, "assertion_key"},
		"another client's key":       {func() string { return sign(t, jose.ES256, mallory, map[string]any{"kid": "es"}, payload()) }, "assertion_signature"},
		"an unknown key":             {func() string { return sign(t, jose.ES256, s.es, map[string]any{"kid": "../../etc/passwd"}, payload()) }, "assertion_key"},
		"a key of its own": {func() string {
			return sign(t, jose.ES256, mallory, map[string]any{"kid": "es", "jwk": json.RawMessage(public)}, payload())
		}, "unknown_client"},
		"a key somewhere": {func() string {
			return sign(t, jose.ES256, s.es, map[string]any{"kid": "es", "jku": "https://evil.example/keys"}, payload())
		}, "unknown_client"},
		"another type": {func() string {
			return sign(t, jose.ES256, s.es, map[string]any{"kid": "es", "typ": "at+jwt"}, payload())
		}, "unknown_client"},
		"a weaker algorithm": {func() string { return sign(t, jose.RS256, s.rsa, map[string]any{"kid": "es"}, payload()) }, "assertion_key"},
		"a shared secret":    {func() string { return sign(t, jose.HS256, public, map[string]any{"kid": "es"}, payload()) }, "unknown_client"},
		"unsigned": {func() string {
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"es"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload()) + "."
		}, "unknown_client"},
		"two subjects": {func() string {
			return sign(t, jose.ES256, s.es, map[string]any{"kid": "es"}, []byte(`{"sub":"greedy",`+string(payload()[1:])))
		}, "unknown_client"},
		"nonsense": {func() string { return "x" }, "unknown_client"},
	} {
		w := s.token(c.assertion())
		body := decode(t, w)
		if w.Code != http.StatusUnauthorized || body["error"] != "invalid_client" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		named := body["error_description"] != "Client authentication failed."
		if secret := c.reason == "unknown_client" || c.reason == "assertion_signature"; named == secret {
			t.Errorf("%s: the client is told %v", name, body["error_description"])
		}
		if left := s.events(idp.EventClientRejected); len(left) == 0 || left[0].Reason != c.reason {
			t.Errorf("%s: events %+v", name, left)
		}
		s.clock.pass(tally.Interval) // the rate of the trail
	}
}

// A client that is registered for it may name the token endpoint, and no other address of ours or anyone's.
func TestAssertionsMayBeMadeForTheTokenEndpoint(t *testing.T) {
	s := newSigner(t)
	made := func(aud any) string { return s.good(s.claims(set("aud", aud))) }
	s.change("fusesign", func(c *idp.Client) { c.TokenEndpointAudience = true })
	for aud, want := range map[string]int{issuer: 200, issuer + "/oauth/token": 200, issuer + "/oauth/revoke": 401, issuer + "/": 401, "https://evil.example/oauth/token": 401} {
		if w := s.token(made(aud)); w.Code != want {
			t.Errorf("for %s: %d %s", aud, w.Code, w.Body)
		}
	}
	if w := s.token(made([]string{issuer + "/oauth/token"})); w.Code != http.StatusOK {
		t.Errorf("for a list of one: %d %s", w.Code, w.Body)
	}
	wantError(t, s.token(made([]string{issuer, issuer + "/oauth/token"})), 401, "invalid_client")
}

// Without a kid, two keys that may sign with the algorithm are one too many.
func TestAnAssertionWithoutKeyNameNeedsOneKey(t *testing.T) {
	s := newSigner(t)
	second := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	s.withKeys("fusesign", jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.es.Public(), KeyID: "es"}, {Key: second.Public(), KeyID: "second"}}})
	payload := func() []byte { return must(json.Marshal(s.claims())) }
	wantError(t, s.token(sign(t, jose.ES256, s.es, nil, payload())), 401, "invalid_client")
	if w := s.token(sign(t, jose.ES256, second, map[string]any{"kid": "second"}, payload())); w.Code != http.StatusOK {
		t.Errorf("with its name: %d %s", w.Code, w.Body)
	}
}

// ABUSE 9: one way of authentication, and the one that is registered.
func TestOneWayOfAuthentication(t *testing.T) {
	s := newSigner(t)
	good := func() string { return s.good(s.claims()) }
	form := url.Values{"grant_type": {"client_credentials"}, "client_assertion": {good()}, "client_assertion_type": {assertionType}}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"assertion and secret":   s.token(good(), "client_id", "fusesign", "client_secret", secret),
		"assertion and basic":    s.post("/oauth/token", maps.Clone(form), "fusesign", secret),
		"another type":           s.token(good(), "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
		"without its type":       s.token(good(), "client_assertion_type", "-"),
		"without itself":         s.token("", "client_assertion", "-"),
		"in another's name":      s.token(good(), "client_id", "greedy"),
		"a secret instead":       s.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, "fusesign", secret),
		"a client with a secret": s.token(s.good(s.claims(set("iss", "contacts"), set("sub", "contacts")))),
	} {
		t.Run(name, func(t *testing.T) { wantError(t, w, 401, "invalid_client") })
	}
}

// ABUSE 9: fifty at once with one assertion: one of them is served.
func TestAssertionIsUsedOnce(t *testing.T) {
	s := newSigner(t)
	one := s.good(s.claims())
	var served atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if s.token(one).Code == http.StatusOK {
				served.Add(1)
			}
		})
	}
	all.Wait()
	if served.Load() != 1 {
		t.Errorf("served %d", served.Load())
	}
}

// ABUSE 9, 53: an assertion that is taken for a moment after its end is known for that moment too, also when Redis was emptied.
func TestAnAssertionIsNotUsedAgainAfterItsEnd(t *testing.T) {
	s := newSigner(t)
	once := s.good(s.claims())
	if w := s.token(once); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.clock.pass(time.Minute + 20*time.Second)
	wantError(t, s.token(once), 401, "invalid_client")
	s.emptyRedis()
	wantError(t, s.token(once), 401, "invalid_client")
	if w := s.token(s.good(s.claims(set("exp", s.clock.read().Add(-20*time.Second).Unix()), without("iat")))); w.Code != http.StatusOK {
		t.Errorf("another one of that age: %d %s", w.Code, w.Body)
	}
}

// ABUSE 54, 9: a backup was restored, and the database does not know any more which assertions were used. Those that may have been used
// before are refused, whatever they say of when they were made.
func TestAssertionsOfBeforeARestoreAreRefused(t *testing.T) {
	s := newSigner(t)
	old := map[string]string{
		"made before": s.good(s.claims()), "without a time": s.good(s.claims(without("iat"))),
		"by a clock ahead": s.good(s.claims(set("iat", s.clock.read().Add(time.Minute).Unix()), set("exp", s.clock.read().Add(6*time.Minute).Unix()))),
		"at its longest":   s.good(s.claims(set("exp", s.clock.read().Add(5*time.Minute).Unix()), without("iat"))),
	}
	s.epoch = idp.Epoch{Number: 1, Since: s.clock.read()}
	for name, assertion := range old {
		if w := s.token(assertion); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if left := s.events(idp.EventClientRejected); len(left) == 0 || left[0].Reason != idp.ReasonAssertionExpired {
			t.Errorf("%s: events %+v", name, left)
		}
	}
	s.clock.pass(61 * time.Second)
	if w := s.token(s.good(s.claims())); w.Code != http.StatusOK {
		t.Errorf("made after: %d %s", w.Code, w.Body)
	}
}
