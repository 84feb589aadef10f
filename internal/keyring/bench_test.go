package keyring_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"github.com/apscloud/apsid/internal/keyring"
)

// BenchmarkECDSA is the floor: one P-256 signature and nothing else.
func BenchmarkECDSA(b *testing.B) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256(payload)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ecdsa.SignASN1(rand.Reader, key, digest[:]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	ring := open(b, &memory{}, start())
	for _, alg := range []string{keyring.ES256, keyring.RS256} {
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ring.Sign(b.Context(), alg, "at+jwt", payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFind(b *testing.B) {
	ring := open(b, &memory{}, start())
	known := ring.Public().Keys[0].KeyID
	for name, kid := range map[string]string{"known": known, "unknown": "' OR 1=1 --"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ring.Find(b.Context(), kid, start())
			}
		})
	}
}
