package oidcop

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
)

// The algorithms of signatures.
const (
	algES256 = "ES256" // access tokens, and ID tokens unless the client is registered for RS256
	algRS256 = "RS256"
)

// keySetTTL is how long the document of the public keys is kept. A key is published long before it signs, so apps still see it
// in time.
const keySetTTL = 10 * time.Second

// keySet is the document of the public keys, made again when it is older than keySetTTL.
type keySet struct {
	keys Keys

	mu    sync.Mutex
	bytes []byte
	until time.Time
}

func (k *keySet) document(now time.Time) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.bytes != nil && now.Before(k.until) {
		return k.bytes, nil
	}
	set := k.keys.Public()
	if err := checkPublic(set); err != nil {
		return nil, err
	}
	document, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	k.bytes, k.until = document, now.Add(keySetTTL)
	return document, nil
}

// checkPublic refuses to publish a key that is not public: it is the last check before the document is sent.
func checkPublic(set jose.JSONWebKeySet) error {
	for _, key := range set.Keys {
		if !key.IsPublic() {
			return &idp.Error{Code: idp.CodeInternal, Cause: fmt.Errorf("key %q is not a public key", key.KeyID)}
		}
	}
	return nil
}
