package oidcop

import (
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
)

// The algorithms of signatures.
const (
	algES256 = "ES256" // access tokens, and ID tokens unless the client is registered for RS256
	algRS256 = "RS256"
)

// keySet is the document of the public keys, as they are now.
func (s *Server) keySet() ([]byte, error) {
	set := s.deps.Keys.Public()
	if err := checkPublic(set); err != nil {
		return nil, err
	}
	document, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
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
