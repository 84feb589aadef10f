package rp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
)

const (
	// assertionLife is how long a client assertion is good for: it is sent at once, and the provider's clock may differ.
	assertionLife = time.Minute
	// assertionForm is the value of client_assertion_type (RFC 7523, section 2.2).
	assertionForm = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// assertionType keeps the assertion apart from everything else that the key may sign (RFC 8725, section 3.11).
	assertionType = "client-authentication+jwt"
	minRSABits    = 2048
	maxKeyID      = 200
)

// ClientKey is a private key of the app, with which it proves who it is instead of sending a secret: `private_key_jwt` (RFC 7523;
// OpenID Connect Core, section 9). Its public half is registered at the provider under the same ID.
type ClientKey struct {
	// Signer is an ECDSA key on P-256 or an RSA key of 2,048 bits or more. One that stays in a device or a key service will do.
	Signer crypto.Signer
	// ID is the `kid` under which its public half is registered.
	ID string
	// Algorithm is ES256, EdDSA, PS256 or RS256, if the registration names one; "": the one that the key is for, and PS256 for an RSA key.
	Algorithm string
}

// ParseClientKey reads a private key from a JWK (RFC 7517), which names itself in its `kid`, or from PEM (PKCS #8, SEC 1 or PKCS #1):
// then set the ID of what is returned.
func ParseClientKey(text []byte) (ClientKey, error) {
	if block, _ := pem.Decode(text); block != nil {
		return parsePEM(block.Bytes)
	}
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(text, &jwk); err != nil {
		return ClientKey{}, errors.New("rp: client key: neither PEM nor a JWK") // the library's own error could quote the key
	}
	signer, ok := jwk.Key.(crypto.Signer)
	if !ok {
		return ClientKey{}, errors.New("rp: client key: not a private key")
	}
	return ClientKey{Signer: signer, ID: jwk.KeyID, Algorithm: jwk.Algorithm}, nil
}

func parsePEM(der []byte) (ClientKey, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return ClientKey{Signer: signer}, nil
		}
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return ClientKey{Signer: key}, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return ClientKey{Signer: key}, nil
	}
	return ClientKey{}, errors.New("rp: client key: no private key in the PEM")
}

// complete checks the key and fills in its algorithm.
func (k ClientKey) complete() (ClientKey, error) {
	var fits []string
	switch public := k.Signer.Public().(type) {
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P256() {
			fits = []string{string(jose.ES256)}
		}
	case ed25519.PublicKey:
		fits = []string{string(jose.EdDSA)}
	case *rsa.PublicKey:
		if public.N.BitLen() >= minRSABits {
			fits = []string{string(jose.PS256), string(jose.RS256)}
		}
	}
	switch {
	case len(fits) == 0:
		return k, errors.New("rp: ClientKey: must be on P-256, of Ed25519, or of RSA with 2,048 bits or more")
	case k.ID == "" || len(k.ID) > maxKeyID:
		return k, errors.New("rp: ClientKey: ID must be the `kid` of the registered key, at most 200 characters")
	case k.Algorithm == "":
		k.Algorithm = fits[0]
	case !slices.Contains(fits, k.Algorithm):
		return k, fmt.Errorf("rp: ClientKey: Algorithm %q: must be one of %v", k.Algorithm, fits)
	}
	return k, nil
}

// proof is how the app proves at the provider's endpoints who it is.
type proof interface {
	add(form url.Values, header http.Header, now time.Time) error
}

func newProof(c Config) (proof, error) {
	if c.ClientKey.Signer == nil {
		return bySecret{id: c.ClientID, secret: c.ClientSecret}, nil
	}
	k := c.ClientKey
	key := jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: cryptosigner.Opaque(k.Signer)}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType(assertionType).WithHeader("kid", k.ID))
	if err != nil {
		return nil, fmt.Errorf("rp: ClientKey: %w", err)
	}
	return byKey{id: c.ClientID, audience: c.Issuer, signer: signer}, nil
}

// bySecret is client_secret_basic. Both parts are encoded as in a form (RFC 6749, section 2.3.1).
type bySecret struct{ id, secret string }

func (p bySecret) add(_ url.Values, header http.Header, _ time.Time) error {
	r := http.Request{Header: header}
	r.SetBasicAuth(url.QueryEscape(p.id), url.QueryEscape(p.secret))
	return nil
}

// byKey is private_key_jwt.
type byKey struct {
	id, audience string
	signer       jose.Signer
}

// add signs an assertion for this one request. It is meant for the issuer alone, whichever endpoint it is sent to, so that no other
// provider that the app might use can spend it here.
func (p byKey) add(form url.Values, _ http.Header, now time.Time) error {
	claims, err := json.Marshal(map[string]any{
		"iss": p.id, "sub": p.id, "aud": p.audience, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	if err != nil {
		return err
	}
	signed, err := p.signer.Sign(claims)
	if err != nil {
		return fmt.Errorf("client assertion: %w", err)
	}
	assertion, err := signed.CompactSerialize()
	if err != nil {
		return fmt.Errorf("client assertion: %w", err)
	}
	form.Set("client_id", p.id)
	form.Set("client_assertion_type", assertionForm)
	form.Set("client_assertion", assertion)
	return nil
}
