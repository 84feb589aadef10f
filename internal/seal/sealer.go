package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/apscloud/apsid/internal/idp"
)

// Sealer seals and opens values at rest. It is safe for concurrent use.
type Sealer struct {
	aead  tink.AEAD
	blind []byte
}

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
	blind, err := blindKey(keys)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead: primitive, blind: blind}, nil
}

// blindKey derives the key of Blind (HKDF, RFC 5869) from the first key of the keyset, the oldest: so that names stay the
// same on all nodes while a new key is being rolled out, and change only when the oldest is removed.
func blindKey(keys *keyset.Handle) ([]byte, error) {
	for _, key := range insecurecleartextkeyset.KeysetMaterial(keys).GetKey() {
		material := key.GetKeyData().GetValue()
		if len(material) == 0 { // destroyed: a key derived from nothing could be derived by everyone
			continue
		}
		return hkdf.Key(sha256.New, material, nil, "apsid blind names", sha256.Size)
	}
	return nil, errors.New("seal: keyset without material")
}

// Blind returns a name for text under which it can be counted or looked up, and from which it can't be guessed without the
// keyset: a telephone number has too few digits for a plain hash to hide it. The same text has a different name in a different
// place. Names may change when a key is removed, so nothing that must last is kept under one.
func (s *Sealer) Blind(text, place string) string {
	mac := hmac.New(sha256.New, s.blind)
	_, _ = fmt.Fprintf(mac, "%d:%s%s", len(place), place, text)
	return hex.EncodeToString(mac.Sum(nil))
}

// Seal encrypts plaintext for the place named by place ("table/column/row"). Sealing the same value twice gives two
// different results.
func (s *Sealer) Seal(plaintext []byte, place string) ([]byte, error) {
	sealed, err := s.aead.Encrypt(plaintext, []byte(place))
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("seal %s: %w", place, err))
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same place. A value that was changed, moved to another place, or sealed with a key
// that the keyset does not hold (any more) is an idp.CodeInternal error: it says that the store was tampered with or that
// the keyset is the wrong one, and no input of a user can cause it.
func (s *Sealer) Open(sealed []byte, place string) ([]byte, error) {
	plaintext, err := s.aead.Decrypt(sealed, []byte(place))
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("open %s: %w", place, err))
	}
	return plaintext, nil
}
