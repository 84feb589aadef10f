package conform

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

const keyID = "conform"

// keys sign tokens: the provider's own, and those of an attacker who uses the same key identifier.
type keys struct{ own, stranger *ecdsa.PrivateKey }

func newKeys() (keys, error) {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return keys{}, fmt.Errorf("conform: %w", err)
	}
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return keys{}, fmt.Errorf("conform: %w", err)
	}
	return keys{own: own, stranger: stranger}, nil
}

// public is the document at jwks_uri.
func (k keys) public() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &k.own.PublicKey, KeyID: keyID, Algorithm: string(jose.ES256), Use: "sig"}}}
}

// claims are the payload of a token.
type claims map[string]any

// sign returns a token of this type.
func sign(key *ecdsa.PrivateKey, typ string, c claims) (string, error) {
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(typ)).WithHeader("kid", keyID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		return "", fmt.Errorf("conform: %w", err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("conform: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("conform: %w", err)
	}
	return signed.CompactSerialize()
}

// unsigned returns a token with alg=none (RFC 7519, section 6).
func unsigned(typ string, c claims) (string, error) {
	header, err := json.Marshal(map[string]string{"alg": "none", "typ": typ})
	if err != nil {
		return "", fmt.Errorf("conform: %w", err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("conform: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode(header) + "." + encode(payload) + ".", nil
}
