package dpop_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/dpop"
)

const (
	tokenURL = "https://id.example.com/oauth/token"
	token    = "the access token" // #nosec G101 -- a name
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// member is an algorithm with a key for it.
type member struct {
	alg jose.SignatureAlgorithm
	key any
}

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func edKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// proof is one in the making: what a test changes is wrong in it.
type proof struct {
	of     member
	header map[string]any
	claims map[string]any
	public any // what stands in the header; nil: the public key of the member
}

func fresh(of member) proof {
	return proof{of: of, header: map[string]any{"typ": "dpop+jwt"}, claims: map[string]any{
		"jti": "one", "htm": "POST", "htu": tokenURL, "iat": now.Unix(),
	}}
}

// text signs it by hand, so that the test depends on nothing that it tests.
func (p proof) text(t testing.TB) string {
	t.Helper()
	header := maps.Clone(p.header)
	if _, given := header["alg"]; !given {
		header["alg"] = p.of.alg
	}
	if _, given := header["jwk"]; !given {
		public := p.public
		if public == nil {
			public = jose.JSONWebKey{Key: p.of.key.(crypto.Signer).Public()}
		}
		header["jwk"] = public
	}
	signed := encode(t, header) + "." + encode(t, p.claims)
	signature, err := sign(p.of, []byte(signed))
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func encode(t testing.TB, of map[string]any) string {
	t.Helper()
	for name, value := range of {
		if value == nil {
			delete(of, name)
		}
	}
	raw, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func sign(of member, text []byte) ([]byte, error) {
	switch key := of.key.(type) {
	case *ecdsa.PrivateKey:
		sum := crypto.SHA256.New()
		sum.Write(text)
		r, s, err := ecdsa.Sign(rand.Reader, key, sum.Sum(nil))
		if err != nil {
			return nil, err
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		both := make([]byte, 2*size)
		r.FillBytes(both[:size])
		s.FillBytes(both[size:])
		return both, nil
	case *rsa.PrivateKey:
		sum := crypto.SHA256.New()
		sum.Write(text)
		if of.alg == jose.RS256 {
			return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum.Sum(nil))
		}
		return rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum.Sum(nil), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	case ed25519.PrivateKey:
		return ed25519.Sign(key, text), nil
	default:
		return nil, errors.New("no such key")
	}
}

func verify(text string, of dpop.Request) (dpop.Proof, error) {
	return dpop.Verify([]string{text}, of, now)
}

// Each algorithm that is offered is taken, and the key of the proof is the one that tokens are bound to.
func TestAProofIsTaken(t *testing.T) {
	t.Parallel()
	for _, of := range []member{{jose.ES256, ecKey(t, elliptic.P256())}, {jose.PS256, rsaKey(t, 2048)}, {jose.EdDSA, edKey(t)}} {
		t.Run(string(of.alg), func(t *testing.T) {
			t.Parallel()
			got, err := verify(fresh(of).text(t), dpop.Request{Method: "POST", URL: tokenURL})
			if err != nil {
				t.Fatal(err)
			}
			sum, err := (&jose.JSONWebKey{Key: of.key.(crypto.Signer).Public()}).Thumbprint(crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			if want := base64.RawURLEncoding.EncodeToString(sum); got.Thumbprint != want {
				t.Errorf("the thumbprint is %s, want %s", got.Thumbprint, want)
			}
			if got.ID != "one" || got.Nonce != "" || !got.IssuedAt.Equal(now) || !got.Until().Equal(now.Add(dpop.MaxAge)) {
				t.Errorf("read as %+v", got)
			}
		})
	}
}

// RFC 9449, section 4.3, and what the Foundation's suite does with clients that write a proof in another, right way.
func TestWaysToWriteAProofThatAreRight(t *testing.T) {
	t.Parallel()
	of := member{jose.ES256, ecKey(t, elliptic.P256())}
	for name, change := range map[string]func(*proof){
		"scheme and host in upper case":  func(p *proof) { p.claims["htu"] = "HTTPS://ID.EXAMPLE.com/oauth/token" },
		"with the port of the scheme":    func(p *proof) { p.claims["htu"] = "https://id.example.com:443/oauth/token" },
		"with a query":                   func(p *proof) { p.claims["htu"] = tokenURL + "?a=b" },
		"with a fragment":                func(p *proof) { p.claims["htu"] = tokenURL + "#part" },
		"with an escape that needs none": func(p *proof) { p.claims["htu"] = "https://id.example.com/oauth/%74oken" },
		"with more claims":               func(p *proof) { p.claims["more"] = map[string]any{"a": 1} },
		"with an ath and no token":       func(p *proof) { p.claims["ath"] = "of something else" },
		"with a key id":                  func(p *proof) { p.header["kid"] = "k" },
		"seconds with a fraction":        func(p *proof) { p.claims["iat"] = float64(now.Unix()) + 0.5 },
		"10 seconds ahead":               func(p *proof) { p.claims["iat"] = now.Add(10 * time.Second).Unix() },
		"59 seconds old":                 func(p *proof) { p.claims["iat"] = now.Add(-59 * time.Second).Unix() },
		"exp to come":                    func(p *proof) { p.claims["exp"] = now.Add(time.Second).Unix() },
		"nbf 10 seconds ahead":           func(p *proof) { p.claims["nbf"] = now.Add(10 * time.Second).Unix() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fresh(of)
			change(&p)
			if _, err := verify(p.text(t), dpop.Request{Method: "POST", URL: tokenURL}); err != nil {
				t.Error(err)
			}
		})
	}
}

// RFC 9449, section 4.3: each check has a proof that nothing else is wrong with.
func TestAProofThatIsWrongInOneThing(t *testing.T) {
	t.Parallel()
	good := member{jose.ES256, ecKey(t, elliptic.P256())}
	big := rsaKey(t, 2048)
	private, err := json.Marshal(jose.JSONWebKey{Key: good.key})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*proof){
		"another type":           func(p *proof) { p.header["typ"] = "JWT" },
		"no type":                func(p *proof) { p.header["typ"] = nil },
		"a type that is no text": func(p *proof) { p.header["typ"] = 5 },
		"no key":                 func(p *proof) { p.header["jwk"] = nil },
		"a private key":          func(p *proof) { p.public = json.RawMessage(private) },
		"a symmetric key":        func(p *proof) { p.public = map[string]any{"kty": "oct", "k": "c2VjcmV0"} },
		"a point off the curve": func(p *proof) {
			p.public = map[string]any{"kty": "EC", "crv": "P-256", "x": b64(32, 1), "y": b64(32, 2)}
		},
		"the key of somebody else": func(p *proof) { p.public = jose.JSONWebKey{Key: ecKey(t, elliptic.P256()).Public()} },
		"alg none":                 func(p *proof) { p.header["alg"] = "none" },
		"alg HS256":                func(p *proof) { p.header["alg"] = "HS256" },
		"RS256":                    func(p *proof) { p.of = member{jose.RS256, big} },
		"another curve":            func(p *proof) { p.of = member{jose.ES384, ecKey(t, elliptic.P384())} },
		"ES256 with another curve": func(p *proof) { p.of = member{jose.ES256, ecKey(t, elliptic.P384())} },
		"a critical header":        func(p *proof) { p.header["crit"], p.header["b64"] = []string{"b64"}, false },
		"no jti":                   func(p *proof) { p.claims["jti"] = nil },
		"an empty jti":             func(p *proof) { p.claims["jti"] = "" },
		"a jti that is a number":   func(p *proof) { p.claims["jti"] = 7 },
		"a jti of 257 bytes":       func(p *proof) { p.claims["jti"] = strings.Repeat("x", 257) },
		"no htm":                   func(p *proof) { p.claims["htm"] = nil },
		"another method":           func(p *proof) { p.claims["htm"] = "GET" },
		"the method in lower case": func(p *proof) { p.claims["htm"] = "post" },
		"no htu":                   func(p *proof) { p.claims["htu"] = nil },
		"another path":             func(p *proof) { p.claims["htu"] = "https://id.example.com/oauth/par" },
		"the path in upper case":   func(p *proof) { p.claims["htu"] = "https://id.example.com/oauth/TOKEN" },
		"a longer path":            func(p *proof) { p.claims["htu"] = tokenURL + "/" },
		"an escaped slash":         func(p *proof) { p.claims["htu"] = "https://id.example.com/oauth%2Ftoken" },
		"another host":             func(p *proof) { p.claims["htu"] = "https://id.example.org/oauth/token" },
		"another port":             func(p *proof) { p.claims["htu"] = "https://id.example.com:444/oauth/token" },
		"another scheme":           func(p *proof) { p.claims["htu"] = "http://id.example.com/oauth/token" },
		"somebody in the address":  func(p *proof) { p.claims["htu"] = "https://id.example.com@evil.example/oauth/token" },
		"a user in the address":    func(p *proof) { p.claims["htu"] = "https://me@id.example.com/oauth/token" },
		"a path alone":             func(p *proof) { p.claims["htu"] = "/oauth/token" },
		"no iat":                   func(p *proof) { p.claims["iat"] = nil },
		"iat as a text":            func(p *proof) { p.claims["iat"] = "now" },
		"iat below zero":           func(p *proof) { p.claims["iat"] = -5 },
		"iat beyond all time":      func(p *proof) { p.claims["iat"] = json.RawMessage("1e300") },
		"a minute old":             func(p *proof) { p.claims["iat"] = now.Add(-time.Minute).Unix() },
		"an hour old":              func(p *proof) { p.claims["iat"] = now.Add(-time.Hour).Unix() },
		"11 seconds ahead":         func(p *proof) { p.claims["iat"] = now.Add(11 * time.Second).Unix() },
		"an hour ahead":            func(p *proof) { p.claims["iat"] = now.Add(time.Hour).Unix() },
		"exp past":                 func(p *proof) { p.claims["exp"] = now.Unix() },
		"nbf a minute ahead":       func(p *proof) { p.claims["nbf"] = now.Add(time.Minute).Unix() },
		"a nonce of 513 bytes":     func(p *proof) { p.claims["nonce"] = strings.Repeat("n", 513) },
		"a nonce that is a number": func(p *proof) { p.claims["nonce"] = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fresh(good)
			change(&p)
			got, err := verify(p.text(t), dpop.Request{Method: "POST", URL: tokenURL})
			if !errors.Is(err, dpop.ErrInvalid) || got != (dpop.Proof{}) {
				t.Errorf("taken as %+v, %v", got, err)
			}
		})
	}
}

// A short RSA key can be broken, and a long one is costly to check.
func TestKeysOfRSAHaveASensibleSize(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0") // Go makes none so short any more
	for bits, taken := range map[int]bool{1024: false, 2048: true, 4096: true, 4104: false} {
		_, err := verify(fresh(member{jose.PS256, rsaKey(t, bits)}).text(t), dpop.Request{Method: "POST", URL: tokenURL})
		if taken != (err == nil) || err != nil && !errors.Is(err, dpop.ErrInvalid) {
			t.Errorf("%d bits: %v", bits, err)
		}
	}
}

func b64(n int, of byte) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat(string([]byte{of}), n)))
}

// A request has one proof, whole and unchanged.
func TestWhatIsNoProof(t *testing.T) {
	t.Parallel()
	text := fresh(member{jose.ES256, ecKey(t, elliptic.P256())}).text(t)
	parts := strings.Split(text, ".")
	for name, headers := range map[string][]string{
		"none": nil, "empty": {""}, "two": {text, text}, "two in one": {text + ", " + text}, "unsigned": {parts[0] + "." + parts[1] + "."},
		"two parts": {parts[0] + "." + parts[1]}, "other claims": {parts[0] + "." + b64(40, 'a') + "." + parts[2]}, "JSON": {`{"payload":"` + parts[1] + `"}`},
		"long": {text + strings.Repeat("x", 9<<10)}, "a space": {" " + text[1:]},
	} {
		if _, err := dpop.Verify(headers, dpop.Request{Method: "POST", URL: tokenURL}, now); !errors.Is(err, dpop.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// RFC 9449, section 4.3, point 12: a proof beside a token is for this token.
func TestAProofIsForItsToken(t *testing.T) {
	t.Parallel()
	key, err := dpop.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	of := dpop.Request{Method: "GET", URL: "https://api.example.com/clients?page=2", AccessToken: token}
	text, err := key.Sign(of, "n-1", now)
	if err != nil {
		t.Fatal(err)
	}
	got, err := verify(text, of)
	if err != nil || got.Thumbprint != key.Thumbprint() || got.Nonce != "n-1" {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, other := range map[string]string{"another token": "another", "none in the proof": token} {
		signed := of
		if signed.AccessToken = other; name == "none in the proof" {
			signed.AccessToken = ""
		}
		text, err := key.Sign(signed, "", now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verify(text, of); !errors.Is(err, dpop.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two proofs of one key have names of their own, and so have proofs of two keys with one jti.
func TestProofsHaveNames(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, key := range []any{ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())} {
		for _, id := range []string{"one", "two"} {
			p := fresh(member{jose.ES256, key})
			p.claims["jti"] = id
			got, err := verify(p.text(t), dpop.Request{Method: "POST", URL: tokenURL})
			if err != nil {
				t.Fatal(err)
			}
			names[got.Key()] = true
		}
	}
	if len(names) != 4 {
		t.Errorf("%d names for 4 proofs", len(names))
	}
}

func FuzzVerify(f *testing.F) {
	for _, of := range []member{{jose.ES256, ecKey(f, elliptic.P256())}, {jose.EdDSA, edKey(f)}} {
		p := fresh(of)
		text := p.text(f)
		f.Add(text, tokenURL)
		f.Add(text+"x", tokenURL+"?a")
	}
	f.Add("..", "")
	f.Fuzz(func(t *testing.T, text, address string) {
		got, err := verify(text, dpop.Request{Method: "POST", URL: address})
		if err != nil && (!errors.Is(err, dpop.ErrInvalid) || got != (dpop.Proof{})) {
			t.Errorf("%+v, %v", got, err)
		}
		if err == nil && (got.Thumbprint == "" || got.ID == "" || got.IssuedAt.Before(now.Add(-dpop.MaxAge)) || got.IssuedAt.After(now.Add(dpop.MaxAhead))) {
			t.Errorf("taken as %+v", got)
		}
	})
}
