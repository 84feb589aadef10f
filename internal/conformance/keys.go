package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// keys are the provider's, as they stand in its JWK set.
type keys []map[string]any

// readKeys asks for the provider's keys.
func (r *run) readKeys(ctx context.Context) error {
	got, err := r.call(ctx, http.MethodGet, r.metadata.text("jwks_uri"), nil, nil)
	if err != nil {
		return err
	}
	set, isList := got.object["keys"].([]any)
	if !isList || len(set) == 0 {
		return r.stop("FetchServerKeys", fmt.Errorf("no keys: %.200s", got.body))
	}
	for _, each := range set {
		key, isObject := each.(map[string]any)
		if !isObject {
			return r.stop("FetchServerKeys", fmt.Errorf("a key is %v, want an object", each))
		}
		r.keys = append(r.keys, key)
	}
	return r.stop("ValidateServerJWKs", r.keys.areValid())
}

// areValid holds that each key can be read, in base64url without padding.
func (k keys) areValid() error {
	var all []error
	for _, key := range k {
		_, err := parsed(key)
		all = append(all, err)
	}
	return errors.Join(all...)
}

func (k keys) areNamed() error {
	for _, key := range k {
		if text(key, "kid") == "" {
			return fmt.Errorf("a key has no kid: %v", key)
		}
	}
	return nil
}

func (k keys) areDistinct() error {
	seen := map[string]bool{}
	for _, key := range k {
		kid := text(key, "kid")
		if seen[kid] {
			return fmt.Errorf("two keys have the kid %q", kid)
		}
		seen[kid] = true
	}
	return nil
}

// secretParts are the members of a key that only its owner may know (RFC 7518, section 6).
func secretParts() []string { return []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} }

// arePublic holds that no key has a part that only its owner may know.
func (k keys) arePublic() error {
	for _, key := range k {
		for _, secret := range secretParts() {
			if _, found := key[secret]; found {
				return fmt.Errorf("the key %v has %q, which must stay secret", key["kid"], secret)
			}
		}
	}
	return nil
}

// verify holds that one of the keys signed the token; with a kid, the one of that name.
func (k keys) verify(token *jose.JSONWebSignature) error {
	header := token.Signatures[0].Header
	for _, key := range k {
		if header.KeyID != "" && text(key, "kid") != header.KeyID {
			continue
		}
		candidate, err := parsed(key)
		if err != nil {
			return err
		}
		if _, err := token.Verify(candidate); err == nil {
			return nil
		}
	}
	return fmt.Errorf("no key of the provider signed it (%s, kid %q)", header.Algorithm, header.KeyID)
}

// parsed is the public part of a key.
func parsed(key map[string]any) (jose.JSONWebKey, error) {
	public := maps.Clone(key)
	for _, secret := range secretParts() {
		delete(public, secret)
	}
	written, err := json.Marshal(public)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	var read jose.JSONWebKey
	if err := json.Unmarshal(written, &read); err != nil {
		return jose.JSONWebKey{}, err
	}
	return read, nil
}
