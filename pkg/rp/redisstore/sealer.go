package redisstore

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

const keySize = 32

// sealer seals with the first of its keys and opens with any (AES-256-GCM, random nonces: sound for 2^32 sealings of one key,
// NIST SP 800-38D, section 8.3).
type sealer struct{ keys []cipher.AEAD }

func newSealer(keys [][]byte) (sealer, error) {
	if len(keys) == 0 {
		return sealer{}, errors.New("redisstore: Keys: none given")
	}
	var s sealer
	for i, key := range keys {
		if len(key) != keySize {
			return sealer{}, fmt.Errorf("redisstore: Keys: number %d has %d bytes, not %d", i+1, len(key), keySize)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return sealer{}, fmt.Errorf("redisstore: Keys: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return sealer{}, fmt.Errorf("redisstore: Keys: %w", err)
		}
		s.keys = append(s.keys, aead)
	}
	return s, nil
}

// #nosec G407 -- the mode draws its own nonce (cipher.NewGCMWithRandomNonce)
func (s sealer) seal(text, bound []byte) string { return string(s.keys[0].Seal(nil, nil, text, bound)) }

// open returns false for what none of the keys sealed for this place.
func (s sealer) open(sealed string, bound []byte) ([]byte, bool) {
	for _, key := range s.keys {
		if text, err := key.Open(nil, nil, []byte(sealed), bound); err == nil {
			return text, true
		}
	}
	return nil, false
}
