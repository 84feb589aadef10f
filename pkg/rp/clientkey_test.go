package rp_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

func onP256(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ofRSA(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0") // the test has keys that are too short
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sent keeps the forms that an app posts to the provider's token and revocation endpoints.
type sent struct {
	mu    sync.Mutex
	forms []url.Values
	basic bool
}

func (s *sent) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/token" || r.URL.Path == "/revoke" {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		again := r.Clone(r.Context())
		again.Body = body
		if err := again.ParseForm(); err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.forms = append(s.forms, again.PostForm)
		s.basic = s.basic || r.Header.Get("Authorization") != ""
	}
	return http.DefaultTransport.RoundTrip(r)
}

// keyed is a world whose app signs with a key instead of sending a secret.
func keyed(t *testing.T, key rp.ClientKey, s *sent) *world {
	t.Helper()
	return newWorld(t, func(w *world, c *rp.Config) {
		c.ClientSecret, c.ClientKey = "", key
		c.Client = &http.Client{Transport: s, Timeout: 10 * time.Second}
		w.provider.Key("k1", key.Signer.Public())
	})
}

func TestAnAppWithAKey(t *testing.T) {
	for name, key := range map[string]rp.ClientKey{
		"ES256": {Signer: onP256(t), ID: "k1"},
		"PS256": {Signer: ofRSA(t, 2048), ID: "k1"},
		"RS256": {Signer: ofRSA(t, 2048), ID: "k1", Algorithm: "RS256"},
	} {
		t.Run(name, func(t *testing.T) {
			posted := &sent{}
			w := keyed(t, key, posted)
			s := w.signedIn("usr_mia")
			w.clock.advance(6 * time.Minute)
			s.fetch("/token")
			if w.provider.Refreshes() != 1 {
				t.Error("not refreshed")
			}
			w.provider.SignIn("usr_tom", nil) // in the same browser: the former session is given back
			s.open("/auth/login")
			eventually(t, "the former session is given back", func() bool { return len(w.provider.Sessions("usr_mia")) == 0 })
			if alive := w.provider.Sessions("usr_tom"); len(alive) != 1 {
				t.Errorf("sessions %v", alive)
			}
			posted.check(t, name, key.Signer.Public(), w)
		})
	}
}

// check holds every request to RFC 7523, section 3, and to what the provider asks for.
func (s *sent) check(t *testing.T, alg string, public crypto.PublicKey, w *world) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.forms) != 4 || s.basic { // a code, a refresh, a code, a revocation
		t.Fatalf("%d requests, basic %v", len(s.forms), s.basic)
	}
	names := map[string]bool{}
	for _, form := range s.forms {
		if form.Has("client_secret") || form.Get("client_id") != rptest.ClientID {
			t.Errorf("form %v", form)
		}
		token, err := jose.ParseSignedCompact(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatal(err)
		}
		header := token.Signatures[0].Protected
		if header.KeyID != "k1" || header.JSONWebKey != nil || header.ExtraHeaders[jose.HeaderType] != "client-authentication+jwt" || len(header.ExtraHeaders) != 1 {
			t.Errorf("header %+v", header)
		}
		payload, err := token.Verify(public)
		if err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			t.Fatal(err)
		}
		jti, _ := claims["jti"].(string)
		iat, _ := claims["iat"].(float64)
		exp, _ := claims["exp"].(float64)
		if claims["iss"] != rptest.ClientID || claims["sub"] != rptest.ClientID || claims["aud"] != w.provider.Issuer() ||
			exp-iat != 60 || len(jti) < 22 || names[jti] || len(claims) != 6 {
			t.Errorf("claims %v", claims)
		}
		names[jti] = true
	}
}

func TestAKeyThatIsNotRegistered(t *testing.T) {
	w := keyed(t, rp.ClientKey{Signer: onP256(t), ID: "k1"}, &sent{})
	w.provider.Key("k1", onP256(t).Public())
	w.provider.SignIn("usr_mia", nil)
	if p := w.surfer().open("/page"); p.status != http.StatusBadGateway || !strings.Contains(p.body, "unverified") {
		t.Errorf("%d %s", p.status, p.body)
	}
}

func TestMistakesWithKeys(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := rp.Config{
		Issuer: "https://id.example", ClientID: "app", RedirectURL: "https://app.example/auth/callback",
		ClientKey: rp.ClientKey{Signer: onP256(t), ID: "k1"}, CookieSecret: strings.Repeat("x", 32), Store: rp.NewMemoryStore(),
	}
	if _, err := rp.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*rp.Config){
		"ClientSecret":          func(c *rp.Config) { c.ClientSecret = "s" },
		"CookieSecret":          func(c *rp.Config) { c.CookieSecret = "" },
		"CookieSecret ":         func(c *rp.Config) { c.CookieSecret = "short" },
		"kid":                   func(c *rp.Config) { c.ClientKey.ID = "" },
		"P-256":                 func(c *rp.Config) { c.ClientKey.Signer = p384 },
		"2,048":                 func(c *rp.Config) { c.ClientKey.Signer = ofRSA(t, 1024) },
		`Algorithm "RS256"`:     func(c *rp.Config) { c.ClientKey.Algorithm = "RS256" },
		`Algorithm "none"`:      func(c *rp.Config) { c.ClientKey.Algorithm = "none" },
		`Algorithm "HS256"`:     func(c *rp.Config) { c.ClientKey.Algorithm = "HS256" },
		"ClientSecret is missi": func(c *rp.Config) { c.ClientKey = rp.ClientKey{} },
	} {
		c := good
		spoil(&c)
		if _, err := rp.New(c); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	alone := good
	alone.Store, alone.CookieSecret = nil, ""
	if _, err := rp.New(alone); err != nil {
		t.Errorf("one process: %v", err)
	}
}

func TestClientKeysAreRead(t *testing.T) {
	es, rs := onP256(t), ofRSA(t, 2048)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(es)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(es)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(jose.JSONWebKey{Key: es, KeyID: "k1", Algorithm: "ES256"})
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	for name, c := range map[string]struct {
		text []byte
		want crypto.Signer
	}{
		"PKCS #8": {block("PRIVATE KEY", pkcs8), es}, "SEC 1": {block("EC PRIVATE KEY", sec1), es},
		"PKCS #1": {block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rs)), rs}, "JWK": {jwk, es},
	} {
		key, err := rp.ParseClientKey(c.text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if public, ok := key.Signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(c.want.Public()) {
			t.Errorf("%s: another key", name)
		}
		if name == "JWK" && (key.ID != "k1" || key.Algorithm != "ES256") {
			t.Errorf("JWK: %q %q", key.ID, key.Algorithm)
		}
	}
	public, err := json.Marshal(jose.JSONWebKey{Key: es.Public(), KeyID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"nothing": nil, "a public JWK": public, "a shared secret": []byte(`{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQ"}`),
		"a broken JWK": []byte(`{"kty":"EC","crv":"P-256","d":"c2VjcmV0"}`), "other PEM": block("CERTIFICATE", []byte("secret")),
	} {
		if _, err := rp.ParseClientKey(text); err == nil || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
