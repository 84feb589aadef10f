package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/apscloud/apsid/internal/idp"
)

// errKeyset says no more than this on purpose: the parser's own message could quote key material.
var errKeyset = errors.New("seal: not a keyset: expected Tink's JSON, or the base64 of it")

// Generate returns a keyset with one fresh AES-256-GCM key.
func Generate() (*keyset.Handle, error) {
	keys, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("seal: generate a keyset: %w", err)
	}
	return keys, nil
}

// Parse reads a keyset from a configuration value: Tink's JSON form, or the base64 of it for places that dislike braces.
func Parse(text idp.Secret) (*keyset.Handle, error) {
	trimmed := strings.TrimSpace(text.Reveal())
	raw := []byte(trimmed)
	if !strings.HasPrefix(trimmed, "{") {
		decoded, err := base64.StdEncoding.DecodeString(trimmed)
		if err != nil {
			return nil, errKeyset
		}
		raw = decoded
	}
	keys, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
	if err != nil {
		return nil, errKeyset
	}
	return keys, nil
}

// Encode writes the keyset, with its keys in the clear, in the form that Parse reads.
func Encode(keys *keyset.Handle) (idp.Secret, error) {
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(keys, keyset.NewJSONWriter(&text)); err != nil {
		return idp.Secret{}, fmt.Errorf("seal: encode a keyset: %w", err)
	}
	return idp.NewSecret(text.String()), nil
}
