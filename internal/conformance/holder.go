package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// outgoing is a request of a client before it is sent.
type outgoing struct {
	method, address string
	form            url.Values
	header          http.Header
	transport       http.RoundTripper // nil: the configuration's
}

// holder shows that a client has the key that its tokens are bound to. The modules know no more of it, so that one entry serves every
// way to bind tokens.
type holder interface {
	// prove adds to a request what shows the key. token is the access token that comes with the request; "": none.
	prove(to *outgoing, token string) error
	// scheme is that of a token which is bound to the key, in the Authorization header, and its token_type.
	scheme() string
}

// nobody shows no key.
type nobody struct{ by string }

func (nobody) prove(*outgoing, string) error { return nil }
func (n nobody) scheme() string              { return n.by }

// dpopKey shows its key by a proof (RFC 9449).
type dpopKey struct {
	key    *ecdsa.PrivateKey
	change func(*proof) // of a module that needs another proof; nil: none
}

func newDPoPKey() (*dpopKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return &dpopKey{key: key}, err
}

// but is the same key with proofs that are changed.
func (d *dpopKey) but(change func(*proof)) *dpopKey { return &dpopKey{key: d.key, change: change} }

func (*dpopKey) scheme() string { return "DPoP" }

// thumbprint names the key in an authorization request, as dpop_jkt (RFC 9449, section 10).
func (d *dpopKey) thumbprint() (string, error) {
	sum, err := (&jose.JSONWebKey{Key: d.key.Public()}).Thumbprint(crypto.SHA256)
	return base64.RawURLEncoding.EncodeToString(sum), err
}

// proof is one before it is signed (RFC 9449, section 4.2).
type proof struct {
	header, claims map[string]any
	signer         *ecdsa.PrivateKey
	name           string                       // of the HTTP header
	sent           func(signed string) []string // what is sent as the header; nil: the proof once
}

func (d *dpopKey) prove(to *outgoing, token string) error {
	public, err := jwk(jose.JSONWebKey{Key: d.key.Public()})
	if err != nil {
		return err
	}
	p := proof{
		header: map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": public},
		claims: map[string]any{"jti": rand.Text(), "htm": to.method, "htu": to.address, "iat": time.Now().Unix()},
		signer: d.key, name: "Dpop",
	}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		p.claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if d.change != nil {
		d.change(&p)
	}
	signed, err := compact(p.header, p.claims, p.signer, "ES256")
	if err != nil {
		return err
	}
	values := []string{signed}
	if p.sent != nil {
		values = p.sent(signed)
	}
	to.header[p.name] = values // as it is written: a name in another case is one of the tests
	return nil
}

// jwk is a key as an object.
func jwk(key jose.JSONWebKey) (object map[string]any, err error) {
	written, err := json.Marshal(key)
	if err != nil {
		return nil, err
	}
	return object, json.Unmarshal(written, &object)
}

// clone is a request that may be changed.
func (o outgoing) clone() outgoing {
	o.form, o.header = maps.Clone(o.form), o.header.Clone()
	if o.header == nil {
		o.header = http.Header{}
	}
	return o
}
