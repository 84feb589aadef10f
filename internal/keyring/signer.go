package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
)

// signer signs with one key. The header of each `typ`, which is the same in every token, is written once; there are as many as this
// program has kinds of token.
type signer struct {
	kid     string
	alg     string
	private crypto.Signer
	headers sync.Map // of typ: the header in base64url, and the dot after it
}

// header is a JOSE header (RFC 7515, section 4.1).
type header struct {
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	Typ string `json:"typ"`
}

// sign returns payload in the compact serialization (RFC 7515, section 7.1).
func (s *signer) sign(typ string, payload []byte) (string, error) {
	head, err := s.header(typ)
	if err != nil {
		return "", err
	}
	encoding := base64.RawURLEncoding
	token := make([]byte, 0, len(head)+encoding.EncodedLen(len(payload))+1+encoding.EncodedLen(rsaBits/8))
	token = append(token, head...)
	token = encoding.AppendEncode(token, payload)
	signature, err := s.signature(sha256.Sum256(token))
	if err != nil {
		return "", err
	}
	token = append(token, '.')
	return string(encoding.AppendEncode(token, signature)), nil
}

func (s *signer) header(typ string) (string, error) {
	if written, ok := s.headers.Load(typ); ok {
		return written.(string), nil
	}
	text, err := json.Marshal(header{Alg: s.alg, Kid: s.kid, Typ: typ})
	if err != nil {
		return "", err
	}
	written, _ := s.headers.LoadOrStore(typ, base64.RawURLEncoding.EncodeToString(text)+".")
	return written.(string), nil
}

// signature is that of the algorithm of the key: for ES256 the two numbers, each in 32 bytes (RFC 7518, section 3.4), and for RS256 that of
// PKCS #1 v1.5 (section 3.3). A key has one algorithm: see material.
func (s *signer) signature(sum [sha256.Size]byte) ([]byte, error) {
	switch s.alg {
	case ES256:
		key, ok := s.private.(*ecdsa.PrivateKey)
		if !ok {
			return nil, errors.New("not a key for ES256")
		}
		x, y, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			return nil, err
		}
		var both [64]byte
		x.FillBytes(both[:32])
		y.FillBytes(both[32:])
		return both[:], nil
	case RS256:
		return s.private.Sign(rand.Reader, sum[:], crypto.SHA256)
	default:
		return nil, errors.New("unknown algorithm")
	}
}
