package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// compact signs a JWT by hand (RFC 7515, section 3.1), because no library signs what the modules need: headers and claims that are wrong.
// algorithm is ES256, PS256 or RS256, whatever the header says.
func compact(header, claims map[string]any, key crypto.Signer, algorithm string) (string, error) {
	var signed string
	for i, part := range []map[string]any{header, claims} {
		written, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		if i > 0 {
			signed += "."
		}
		signed += base64.RawURLEncoding.EncodeToString(written)
	}
	signature, err := signature([]byte(signed), key, algorithm)
	if err != nil {
		return "", err
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func signature(text []byte, key crypto.Signer, algorithm string) ([]byte, error) {
	sum := sha256.Sum256(text)
	switch private := key.(type) {
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, sum[:])
		if err != nil {
			return nil, err
		}
		const size = 32 // of each half, for P-256 (RFC 7518, section 3.4)
		both := make([]byte, 2*size)
		r.FillBytes(both[:size])
		s.FillBytes(both[size:])
		return both, nil
	case *rsa.PrivateKey:
		if algorithm == "RS256" {
			return rsa.SignPKCS1v15(nil, private, crypto.SHA256, sum[:])
		}
		return rsa.SignPSS(rand.Reader, private, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	default:
		return nil, fmt.Errorf("a key of the type %T signs nothing here", key)
	}
}
