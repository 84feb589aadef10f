package authenticator

import (
	"crypto/pbkdf2"
	"crypto/sha1" // #nosec G505 -- what the origin used; the hash is replaced at the first sign-in
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
)

// identityHash is a hash of ASP.NET Core Identity, version 3 (Microsoft.AspNetCore.Identity, PasswordHasher): base64 of
// 0x01, then as big-endian 32-bit numbers the pseudo-random function, the iterations and the salt's length; the salt; the key.
type identityHash struct {
	prf        func() hash.Hash
	iterations int
	salt, key  []byte
}

const (
	identityMarker = 0x01
	identityHeader = 1 + 3*4 // bytes
)

func parseIdentity(encoded string) (storedHash, error) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) < identityHeader || raw[0] != identityMarker {
		return nil, errHash
	}
	iterations, saltSize := binary.BigEndian.Uint32(raw[5:]), binary.BigEndian.Uint32(raw[9:])
	rest := raw[identityHeader:]
	if iterations < 1 || iterations > maxIterations || saltSize < 1 || saltSize > maxSalt || int(saltSize) > len(rest) {
		return nil, errHash
	}
	salt, key := rest[:saltSize], rest[saltSize:]
	prf := identityPRF(binary.BigEndian.Uint32(raw[1:]))
	if prf == nil || !within(len(key), minKey, maxKey) {
		return nil, errHash
	}
	return identityHash{prf: prf, iterations: int(iterations), salt: salt, key: key}, nil
}

func identityPRF(number uint32) func() hash.Hash {
	switch number {
	case 0:
		return sha1.New
	case 1:
		return sha256.New
	case 2:
		return sha512.New
	default:
		return nil
	}
}

func (identityHash) current() bool { return false }

func (h identityHash) matches(a attempt) (bool, error) {
	for _, form := range a.forms() {
		key, err := pbkdf2.Key(h.prf, form, h.salt, h.iterations, len(h.key))
		if err != nil {
			return false, fmt.Errorf("%w: %w", errHash, err)
		}
		if subtle.ConstantTimeCompare(key, h.key) == 1 {
			return true, nil
		}
	}
	return false, nil
}
