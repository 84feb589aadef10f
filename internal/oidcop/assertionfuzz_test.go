package oidcop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
)

// FuzzAssertion has a client sign whatever, and strangers send whatever: what is taken is a JWT of this client, for this issuer alone, of this
// time, and signed by its key.
func FuzzAssertion(f *testing.F) {
	const issuer, client = "https://id.example", "fusesign"
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	keys := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k"}}}
	find := func(func(jose.JSONWebKeySet) bool) (jose.JSONWebKeySet, error) { return keys, nil }
	now := time.Unix(1_800_000_000, 0)
	registered := map[bool]idp.Registration{false: {ID: client}, true: {ID: client, SecurityProfile: idp.SecurityFAPI2}}
	const good = `{"iss":"fusesign","sub":"fusesign","aud":"https://id.example","jti":"1","iat":1800000000,"exp":1800000060}`
	for _, payload := range []string{
		good, strings.Replace(good, `"https://id.example"`, `["https://id.example"]`, 1), strings.Replace(good, "1800000060", "1.80000006e9", 1),
		`{"aud":[[]],"exp":1e400}`, `{"iss":"fusesign","iss":"x"}`, "null", "[]", "",
	} {
		f.Add(payload, "", true)
	}
	f.Add(good, "eyJhbGciOiJub25lIn0.e30.", false)
	f.Fuzz(func(t *testing.T, payload, raw string, strict bool) {
		if _, reason, _ := openAssertion(registered[strict], issuer, raw, now, find); reason == "" {
			t.Fatalf("nobody signed %q", raw)
		}
		_ = assertedName(raw) // it is asked before anything is verified
		signed, err := signer.Sign([]byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		token, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		a, reason, _ := openAssertion(registered[strict], issuer, token, now, find)
		if payload == good && reason != "" {
			t.Fatalf("the good one is refused: %s", reason)
		}
		if reason != "" {
			return
		}
		var claims map[string]any
		if json.Unmarshal([]byte(payload), &claims) != nil {
			t.Fatalf("no object: %q", payload)
		}
		aud := claims["aud"]
		if list, is := aud.([]any); is && !strict && len(list) == 1 {
			aud = list[0]
		}
		ends := a.ExpiresAt.Time()
		if a.Issuer != client || a.Subject != client || assertedName(token) != client || aud != issuer || a.ID == "" ||
			ends.Before(now.Add(-time.Minute)) || ends.After(now.Add(6*time.Minute)) {
			t.Fatalf("taken: %q", payload)
		}
	})
}
