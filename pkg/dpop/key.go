package dpop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Key is the key of a client, with which it signs proofs.
type Key struct {
	signer     jose.Signer
	thumbprint string
}

// NewKey makes a fresh one, for ES256. A client keeps it for as long as tokens that are bound to it are of use.
func NewKey() (*Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("dpop: %w", err)
	}
	return KeyOf(private, "ES256")
}

// KeyOf signs with a private key that the client has, by one of Algorithms.
func KeyOf(private crypto.PrivateKey, algorithm string) (*Key, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: private}, (&jose.SignerOptions{EmbedJWK: true}).WithType(typ))
	if err != nil {
		return nil, fmt.Errorf("dpop: %w", err)
	}
	thumbprint, err := (&jose.JSONWebKey{Key: private}).Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("dpop: %w", err)
	}
	return &Key{signer: signer, thumbprint: base64.RawURLEncoding.EncodeToString(thumbprint)}, nil
}

// Thumbprint is the SHA-256 of the public key in base64url (RFC 7638): the dpop_jkt of an authorization request.
func (k *Key) Thumbprint() string { return k.thumbprint }

// Sign makes the proof for one request. nonce is what the server gave last; "": none yet.
func (k *Key) Sign(of Request, nonce string, now time.Time) (string, error) {
	content := map[string]any{"jti": rand.Text(), "htm": of.Method, "htu": of.URL, "iat": now.Unix()}
	if of.AccessToken != "" {
		content["ath"] = hashOf(of.AccessToken)
	}
	if nonce != "" {
		content["nonce"] = nonce
	}
	payload, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("dpop: %w", err)
	}
	signed, err := k.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("dpop: %w", err)
	}
	return signed.CompactSerialize()
}
