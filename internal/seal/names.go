package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac/hmac"
	"github.com/tink-crypto/tink-go/v2/secretdata"
)

// names returns the key of blinded names. As long as a keyset has only its first key, it is derived from that (HKDF, RFC 5869);
// the first change of the keyset stores it as a key of its own, so that names stay the same when the first key is retired. That is
// a key for HMAC, and disabled, so that Tink takes it neither for sealing nor for opening; the previous release reads past it.
func (k *Keyset) names() ([]byte, error) {
	for _, e := range k.entries() {
		if stored := namesOf(e); stored != nil {
			return stored, nil
		}
	}
	for _, key := range insecurecleartextkeyset.KeysetMaterial(k.handle).GetKey() {
		material := key.GetKeyData().GetValue()
		if len(material) == 0 { // destroyed: a key derived from nothing could be derived by everyone
			continue
		}
		return hkdf.Key(sha256.New, material, nil, "apsid blind names", sha256.Size)
	}
	return nil, errors.New("seal: keyset without material")
}

// namesOf returns the material of the key of blinded names; nil for every other key.
func namesOf(e *keyset.Entry) []byte {
	key, ok := e.Key().(*hmac.Key)
	if !ok || e.KeyStatus() != keyset.Disabled {
		return nil
	}
	return key.KeyBytes().Data(insecuresecretdataaccess.Token{})
}

func addNames(manager *keyset.Manager, material []byte) error {
	parameters, err := hmac.NewParameters(hmac.ParametersOpts{
		KeySizeInBytes: sha256.Size, TagSizeInBytes: sha256.Size, HashType: hmac.SHA256, Variant: hmac.VariantNoPrefix,
	})
	if err != nil {
		return err
	}
	key, err := hmac.NewKey(secretdata.NewBytesFromData(material, insecuresecretdataaccess.Token{}), parameters, 0)
	if err != nil {
		return err
	}
	id, err := manager.AddKey(key)
	if err != nil {
		return err
	}
	return manager.Disable(id)
}

// renew puts a fresh key of blinded names in the place of the one that k has.
func (k *Keyset) renew(manager *keyset.Manager) error {
	fresh := make([]byte, sha256.Size)
	_, _ = rand.Read(fresh) // it never fails
	for _, e := range k.entries() {
		if namesOf(e) != nil {
			if err := manager.Delete(e.KeyID()); err != nil {
				return err
			}
		}
	}
	return addNames(manager, fresh)
}
