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
	maxPublishedKeys  = 20
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

// ParsePublishedKeys reads the keys that a client publishes at its jwks_uri: a JWK Set of at most twenty keys. A key that can't be used here
// is passed over, as it may be meant for others (RFC 7517, section 5), and so is one of RSA with less than 2,048 bits. A private or shared key
// among them is an error: all the world has it. So are two keys of one name, and a set in which no key is left. Its errors are for the
// person who publishes the keys.
func ParsePublishedKeys(text []byte) (jose.JSONWebKeySet, error) {
	var published struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &published); err != nil {
		return jose.JSONWebKeySet{}, errors.New("the answer is no JWK Set: a JSON object with a list of keys")
	}
	if len(published.Keys) == 0 || len(published.Keys) > maxPublishedKeys {
		return jose.JSONWebKeySet{}, fmt.Errorf("the answer must have 1 to %d keys", maxPublishedKeys)
	}
	var set jose.JSONWebKeySet
	why := "is of a kind that is not known here"
	for _, raw := range published.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil {
			continue
		}
		if !key.IsPublic() {
			return jose.JSONWebKeySet{}, fmt.Errorf("key %q is not a public one: replace it, and publish public keys only", key.KeyID)
		}
		if problem := keyProblem(key); problem != "" {
			why = problem
			continue
		}
		if slices.ContainsFunc(set.Keys, func(other jose.JSONWebKey) bool { return other.KeyID == key.KeyID }) {
			return jose.JSONWebKeySet{}, fmt.Errorf("key %q is there twice", key.KeyID)
		}
		set.Keys = append(set.Keys, key)
	}
	if len(set.Keys) == 0 {
		return set, fmt.Errorf("none of the keys can be used: the last %s", why)
	}
	return set, nil
}

func clientKeyProblem(key jose.JSONWebKey) string {
	if key.KeyID == "" || len(key.KeyID) > 200 {
		return "needs a name (kid) of at most 200 characters"
	}
	return keyProblem(key)
}

func keyProblem(key jose.JSONWebKey) string {
	switch {
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
