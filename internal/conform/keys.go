package conform

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// Algorithms are those that an app may be registered for; the first one is what an app has that asks for none.
func Algorithms() []string { return []string{string(jose.RS256), string(jose.ES256)} }

// rsaBits is the length of the RSA keys of APS ID.
const rsaBits = 2048

// signingKey signs with one algorithm.
type signingKey struct {
	alg    jose.SignatureAlgorithm
	signer crypto.Signer
}

func (k signingKey) id() string { return "conform-" + string(k.alg) }

// keys sign tokens: the provider's own, and that of an attacker who uses the same key identifier.
type keys struct {
	own, stranger signingKey
	others        []signingKey // the provider's for the other algorithms: listed at jwks_uri, and not used for this app
}

// newKeys makes the keys of a provider at which the app is registered for this algorithm.
func newKeys(alg string) (keys, error) {
	var k keys
	for _, one := range Algorithms() {
		own, err := newKey(jose.SignatureAlgorithm(one))
		if err != nil {
			return keys{}, err
		}
		if one != alg {
			k.others = append(k.others, own)
			continue
		}
		k.own = own
		if k.stranger, err = newKey(own.alg); err != nil {
			return keys{}, err
		}
	}
	if k.own.signer == nil {
		return keys{}, fmt.Errorf("conform: no ID token is signed with %q", alg)
	}
	return k, nil
}

func newKey(alg jose.SignatureAlgorithm) (signingKey, error) {
	var signer crypto.Signer
	var err error
	if alg == jose.RS256 {
		signer, err = rsa.GenerateKey(rand.Reader, rsaBits)
	} else {
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return signingKey{}, fmt.Errorf("conform: %w", err)
	}
	return signingKey{alg: alg, signer: signer}, nil
}

// public is the document at jwks_uri.
func (k keys) public() jose.JSONWebKeySet {
	var set jose.JSONWebKeySet
	for _, one := range append([]signingKey{k.own}, k.others...) {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: one.signer.Public(), KeyID: one.id(), Algorithm: string(one.alg), Use: "sig"})
	}
	return set
}

// claims are the payload of a token.
type claims map[string]any

// sign returns a token of this type.
func sign(key signingKey, typ string, c claims) (string, error) {
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(typ)).WithHeader("kid", key.id())
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: key.alg, Key: key.signer}, options)
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
