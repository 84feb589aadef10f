package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// rsaBits is the size of an RS256 key: the least that RFC 7518, section 3.3 allows, and enough until 2030 (NIST SP 800-57).
const rsaBits = 2048

// A key's identifier is idPrefix and 26 characters.
const (
	idPrefix = "key_"
	idLength = len(idPrefix) + 26
)

// isKeyID reports whether an identifier looks like that of a key of ours.
func isKeyID(kid string) bool {
	random, ours := strings.CutPrefix(kid, idPrefix)
	return ours && len(kid) == idLength && strings.Trim(random, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// newKey creates the key that s describes, with fresh material and a random identifier.
func newKey(s span, now time.Time) (Key, error) {
	private, err := generate(s.alg)
	if err != nil {
		return Key{}, idp.Wrap(idp.CodeInternal, fmt.Errorf("keyring: generate a key for %s: %w", s.alg, err))
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return Key{}, idp.Wrap(idp.CodeInternal, fmt.Errorf("keyring: encode a key for %s: %w", s.alg, err))
	}
	return Key{
		ID:          idp.NewID(idPrefix),
		Alg:         s.alg,
		Private:     idp.NewSecret(base64.StdEncoding.EncodeToString(der)),
		CreatedAt:   now.UTC(),
		SignFrom:    s.signFrom,
		SignUntil:   s.signUntil,
		VerifyUntil: s.verifyUntil,
	}, nil
}

func generate(alg string) (crypto.Signer, error) {
	switch alg {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	default:
		return nil, fmt.Errorf("unknown algorithm %q", alg)
	}
}

// material decodes the private key of k. It refuses material that is not of k's algorithm: a key that was stored for one
// must never sign under another.
func material(k Key) (crypto.Signer, error) {
	der, err := base64.StdEncoding.DecodeString(k.Private.Reveal())
	if err != nil {
		return nil, fmt.Errorf("keyring: key %s: not base64", k.ID)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("keyring: key %s: not PKCS#8", k.ID)
	}
	switch private := parsed.(type) {
	case *ecdsa.PrivateKey:
		if k.Alg == ES256 && private.Curve == elliptic.P256() {
			return private, nil
		}
	case *rsa.PrivateKey:
		if k.Alg == RS256 && private.N.BitLen() >= rsaBits {
			return private, nil
		}
	}
	return nil, errors.New("keyring: key " + k.ID + ": not a key for " + k.Alg)
}
