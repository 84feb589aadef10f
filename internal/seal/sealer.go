package seal

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/apscloud/apsid/internal/idp"
)

// Sealer seals and opens values at rest. It is safe for concurrent use.
type Sealer struct{ aead tink.AEAD }

// New returns a sealer over the keyset: its primary key seals, every enabled key opens. It refuses a keyset that is empty or
// made for something other than authenticated encryption.
func New(keys *keyset.Handle) (*Sealer, error) {
	if keys == nil {
		return nil, errors.New("seal: no keyset")
	}
	primitive, err := aead.New(keys)
	if err != nil {
		return nil, fmt.Errorf("seal: keyset can't seal: %w", err)
	}
	return &Sealer{aead: primitive}, nil
}

// Seal encrypts plaintext for the place named by context ("table/column/row"). Sealing the same value twice gives two
// different results.
func (s *Sealer) Seal(plaintext []byte, context string) ([]byte, error) {
	sealed, err := s.aead.Encrypt(plaintext, []byte(context))
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("seal %s: %w", context, err))
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same context. A value that was changed, moved to another context, or sealed with a key
// that the keyset does not hold (any more) is an idp.CodeInternal error: it says that the store was tampered with or that
// the keyset is the wrong one, and no input of a user can cause it.
func (s *Sealer) Open(sealed []byte, context string) ([]byte, error) {
	plaintext, err := s.aead.Decrypt(sealed, []byte(context))
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("open %s: %w", context, err))
	}
	return plaintext, nil
}
