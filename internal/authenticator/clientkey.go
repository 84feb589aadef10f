package authenticator

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// Bounds of the keys of one client.
const (
	maxClientKeys     = 10
	maxClientKeysText = 20 << 10
	minRSABits        = 2048 // NIST SP 800-131A Rev. 2, section 3
)

// ClientKeyAlgs lists the algorithms that a client's assertions may be signed with: none that shares a secret, and none that is
// weaker than ours.
func ClientKeyAlgs() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.ES256, jose.PS256, jose.EdDSA, jose.RS256}
}

// ParseClientKeys reads the public keys of a client that authenticates by private_key_jwt: a JWK Set (RFC 7517) of at most ten
// keys with names of their own, on P-256, of Ed25519 or of RSA with 2,048 bits or more. Its errors are for the person who registers the keys;
// a private key among them is an error.
func ParseClientKeys(text string) (jose.JSONWebKeySet, error) {
	var set jose.JSONWebKeySet
	if len(text) > maxClientKeysText {
		return set, errors.New("must be at most 20 KiB")
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return set, errors.New("must be a JWK Set: a JSON object with a list of keys")
	}
	if len(set.Keys) == 0 || len(set.Keys) > maxClientKeys {
		return set, fmt.Errorf("must have 1 to %d keys", maxClientKeys)
	}
	var names []string
	for _, key := range set.Keys {
		if problem := clientKeyProblem(key); problem != "" {
			return jose.JSONWebKeySet{}, fmt.Errorf("key %q %s", key.KeyID, problem)
		}
		if slices.Contains(names, key.KeyID) {
			return jose.JSONWebKeySet{}, fmt.Errorf("key %q is there twice", key.KeyID)
		}
		names = append(names, key.KeyID)
	}
	return set, nil
}

func clientKeyProblem(key jose.JSONWebKey) string {
	switch {
	case key.KeyID == "" || len(key.KeyID) > 200:
		return "needs a name (kid) of at most 200 characters"
	case key.Use != "" && key.Use != "sig":
		return "is not for signing"
	case !key.Valid():
		return "is not valid"
	case !key.IsPublic():
		return "is a private key: replace it, and register its public half only"
	}
	fits := key.Algorithm == "" || slices.Contains(algsOf(key), key.Algorithm)
	switch public := key.Key.(type) {
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() || !fits {
			return "must be on P-256, for ES256"
		}
	case ed25519.PublicKey:
		if !fits {
			return "must be for EdDSA"
		}
	case *rsa.PublicKey:
		if public.N.BitLen() < minRSABits || !fits {
			return "must have 2,048 bits or more, for RS256 or PS256"
		}
	default:
		return "must be of RSA, of Ed25519 or on P-256"
	}
	return ""
}

// algsOf lists what a key of this kind may sign with.
func algsOf(key jose.JSONWebKey) []string {
	switch key.Key.(type) {
	case *ecdsa.PublicKey:
		return []string{string(jose.ES256)}
	case ed25519.PublicKey:
		return []string{string(jose.EdDSA)}
	case *rsa.PublicKey:
		return []string{string(jose.RS256), string(jose.PS256)}
	default:
		return nil
	}
}

// FindClientKey returns the key of this name that may sign with the algorithm; without a name, the only one that may (RFC 7515, section
// 4.1.4: a kid is optional).
func FindClientKey(set jose.JSONWebKeySet, kid, alg string) (jose.JSONWebKey, bool) {
	var fits []jose.JSONWebKey
	for _, key := range set.Keys {
		mayUse := (key.Algorithm == "" || key.Algorithm == alg) && slices.Contains(algsOf(key), alg)
		if mayUse && (kid == "" || kid == key.KeyID) {
			fits = append(fits, key)
		}
	}
	if len(fits) == 0 || kid == "" && len(fits) > 1 {
		return jose.JSONWebKey{}, false
	}
	return fits[0], true
}
