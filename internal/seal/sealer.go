package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/apscloud/apsid/internal/idp"
)

// PrefixSize is how many bytes at the beginning of a sealed value tell which key sealed it.
const PrefixSize = 5

// tinkVersion is the first byte of what Tink seals; the four bytes of the key's identifier follow.
const tinkVersion = 1

// Prefix is how everything begins that a key seals.
func Prefix(id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{tinkVersion}, id) }

// KeyOf tells which key sealed a value, from its beginning; false for what no key sealed.
func KeyOf(sealed []byte) (id uint32, found bool) {
	if len(sealed) < PrefixSize || sealed[0] != tinkVersion {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:PrefixSize]), true
}

// Sealer seals and opens values at rest. It is safe for concurrent use.
type Sealer struct{ held atomic.Pointer[held] }

// held is a keyset in use.
type held struct {
	keys  *Keyset
	names []byte
	macs  [][]byte // the primary key's first
}

// New returns a sealer over the keyset: its primary key seals, every enabled key opens.
func New(keys *Keyset) (*Sealer, error) {
	if keys == nil {
		return nil, errors.New("seal: no keyset")
	}
	s := &Sealer{}
	return s, s.put(keys)
}

func (s *Sealer) put(keys *Keyset) error {
	names, err := keys.names()
	if err != nil {
		return err
	}
	macs, err := keys.macs()
	if err != nil {
		return err
	}
	s.held.Store(&held{keys: keys, names: names, macs: macs})
	return nil
}

// Replace seals and opens with another keyset from now on. It refuses one that does not open what the present one seals: it is another
// installation's, or an older one that came back.
func (s *Sealer) Replace(keys *Keyset) error {
	for _, k := range s.Keys() {
		if !k.Primary {
			continue
		}
		if held, err := keys.find(k.ID); err != nil || !held.Opens {
			return fmt.Errorf("seal: the new keyset lacks key %d, which seals today", k.ID)
		}
	}
	return s.put(keys)
}

// Keys lists the keys in use.
func (s *Sealer) Keys() []Key { return s.held.Load().keys.Keys() }

// Blind returns a name for text under which it can be counted or looked up, and from which it can't be guessed without the
// keyset: a telephone number has too few digits for a plain hash to hide it. The same text has a different name in a different
// place. Names stay when keys are added, promoted and retired, and change when a key is retired that leaked: so nothing that must
// last is kept under one.
func (s *Sealer) Blind(text, place string) string {
	mac := hmac.New(sha256.New, s.held.Load().names)
	_, _ = fmt.Fprintf(mac, "%d:%s%s", len(place), place, text)
	return hex.EncodeToString(mac.Sum(nil))
}

// Seal encrypts plaintext for the place named by place ("table/column/row"). Sealing the same value twice gives two
// different results.
func (s *Sealer) Seal(plaintext []byte, place string) ([]byte, error) {
	sealed, err := s.held.Load().keys.aead.Encrypt(plaintext, []byte(place))
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("seal %s: %w", place, err))
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same place. A value that was changed, moved to another place, or sealed with a key
// that the keyset does not hold (any more) is an idp.CodeInternal error: it says that the store was tampered with or that
// the keyset is the wrong one, and no input of a user can cause it.
func (s *Sealer) Open(sealed []byte, place string) ([]byte, error) {
	plaintext, err := s.held.Load().keys.aead.Decrypt(sealed, []byte(place))
	if err != nil {
		return nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("open %s: %w", place, err))
	}
	return plaintext, nil
}
