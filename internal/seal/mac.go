package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// MACSize is the length of a MAC in bytes: half of the hash, as RFC 2104, section 5, allows.
const MACSize = 16

// macs derives a key for MAC from each key of the keyset that opens (HKDF, RFC 5869), that of the primary first: what it proved before a
// rotation is proved after it, for as long as the keyset holds the key.
func (k *Keyset) macs() ([][]byte, error) {
	var derived [][]byte
	set := insecurecleartextkeyset.KeysetMaterial(k.handle)
	for _, key := range set.GetKey() {
		if key.GetStatus() != tinkpb.KeyStatusType_ENABLED {
			continue
		}
		mac, err := hkdf.Key(sha256.New, key.GetKeyData().GetValue(), nil, "apsid proofs", sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("seal: derive a key: %w", err)
		}
		if key.GetKeyId() == set.GetPrimaryKeyId() {
			derived = append([][]byte{mac}, derived...)
			continue
		}
		derived = append(derived, mac)
	}
	return derived, nil
}

// MAC proves that text was ours, in one place (HMAC-SHA-256, RFC 2104). Unlike sealing it wears no key out, however often it is done.
func (s *Sealer) MAC(text []byte, place string) []byte {
	return mac(s.held.Load().macs[0], text, place)
}

// VerifyMAC reports whether the proof is one that MAC made for the text in this place, with any key of the keyset.
func (s *Sealer) VerifyMAC(text []byte, place string, proof []byte) bool {
	for _, key := range s.held.Load().macs {
		if hmac.Equal(mac(key, text, place), proof) {
			return true
		}
	}
	return false
}

func mac(key, text []byte, place string) []byte {
	m := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(m, "%d:%s", len(place), place)
	_, _ = m.Write(text)
	return m.Sum(nil)[:MACSize]
}
