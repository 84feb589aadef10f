package authenticator_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/authenticator"
)

func setOf(t *testing.T, keys ...jose.JSONWebKey) string {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestClientKeys(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	big, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	ed, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	es, rs := jose.JSONWebKey{Key: p256.Public(), KeyID: "es"}, jose.JSONWebKey{Key: big.Public(), KeyID: "rs", Algorithm: "PS256", Use: "sig"}
	eddsa := jose.JSONWebKey{Key: ed, KeyID: "ed"}
	set, err := authenticator.ParseClientKeys(setOf(t, es, rs, eddsa))
	if err != nil || len(set.Keys) != 3 {
		t.Fatalf("good keys: %v", err)
	}
	for find, want := range map[[2]string]bool{
		{"es", "ES256"}: true, {"rs", "PS256"}: true, {"es", "RS256"}: false, {"rs", "RS256"}: false, {"rs", "ES256"}: false, {"x", "ES256"}: false,
		{"", "ES256"}: true, {"", "PS256"}: true, {"", "RS256"}: false, {"ed", "EdDSA"}: true, {"ed", "ES256"}: false, {"es", "EdDSA"}: false, {"", "EdDSA"}: true,
	} {
		if _, found := authenticator.FindClientKey(set, find[0], find[1]); found != want {
			t.Errorf("%v: found %v", find, found)
		}
	}
	if _, found := authenticator.FindClientKey(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{es, es}}, "", "ES256"); found {
		t.Error("two keys may sign, and neither is named")
	}
	var many []jose.JSONWebKey
	for i := range 11 {
		many = append(many, jose.JSONWebKey{Key: p256.Public(), KeyID: fmt.Sprint("k", i)})
	}
	for name, c := range map[string]struct{ text, says string }{
		"nothing":          {"", "JWK Set"},
		"no object":        {"[]", "JWK Set"},
		"no keys":          {`{"keys":[]}`, "1 to 10"},
		"too many":         {setOf(t, many...), "1 to 10"},
		"too long":         {strings.Repeat(" ", 20<<10+1), "20 KiB"},
		"a private key":    {setOf(t, jose.JSONWebKey{Key: p256, KeyID: "es"}), "private"},
		"a shared secret":  {setOf(t, jose.JSONWebKey{Key: []byte(strings.Repeat("s", 32)), KeyID: "oct"}), "not valid"},
		"without a name":   {setOf(t, jose.JSONWebKey{Key: p256.Public()}), "name"},
		"twice":            {setOf(t, es, es), "twice"},
		"for encryption":   {setOf(t, jose.JSONWebKey{Key: p256.Public(), KeyID: "es", Use: "enc"}), "not for signing"},
		"another curve":    {setOf(t, jose.JSONWebKey{Key: p384.Public(), KeyID: "es"}), "P-256"},
		"a short RSA key":  {setOf(t, jose.JSONWebKey{Key: small.Public(), KeyID: "rs"}), "2,048"},
		"Ed25519 for RSA":  {setOf(t, jose.JSONWebKey{Key: ed, KeyID: "ed", Algorithm: "RS256"}), "EdDSA"},
		"a weak algorithm": {setOf(t, jose.JSONWebKey{Key: big.Public(), KeyID: "rs", Algorithm: "RS1"}), "RS256 or PS256"},
		"keys twice":       {`{"keys":[],"keys":[]}`, "JWK Set"},
	} {
		if _, err := authenticator.ParseClientKeys(c.text); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// ABUSE 13: a client publishes what it likes.
func TestPublishedKeys(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	key := func(name string) jose.JSONWebKey { return jose.JSONWebKey{Key: p256.Public(), KeyID: name} }
	many := make([]jose.JSONWebKey, 21)
	for i := range many {
		many[i] = key(fmt.Sprint(i))
	}
	member := func(key jose.JSONWebKey) string {
		text, err := key.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	good := member(key("es"))
	for name, row := range map[string]struct {
		text string
		keys int // 0: refused
	}{
		"one":              {setOf(t, key("es")), 1},
		"twenty":           {setOf(t, many[:20]...), 20},
		"twenty-one":       {setOf(t, many...), 0},
		"without a name":   {setOf(t, key("")), 1},
		"for encryption":   {setOf(t, key("es"), jose.JSONWebKey{Key: p256.Public(), KeyID: "es", Use: "enc"}), 1},
		"of a new kind":    {`{"keys":[{"kty":"AKP","alg":"ML-DSA-44","pub":"AA","kid":"pq"},` + good + `]}`, 1},
		"short RSA":        {setOf(t, key("es"), jose.JSONWebKey{Key: small.Public(), KeyID: "rs"}), 1},
		"short RSA alone":  {setOf(t, jose.JSONWebKey{Key: small.Public(), KeyID: "rs"}), 0},
		"private":          {setOf(t, key("es"), jose.JSONWebKey{Key: p256, KeyID: "leak"}), 0},
		"private, to seal": {setOf(t, key("es"), jose.JSONWebKey{Key: p256, KeyID: "leak", Use: "enc"}), 0},
		"shared":           {setOf(t, key("es"), jose.JSONWebKey{Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "hmac"}), 0},
		"one name twice":   {setOf(t, key("es"), key("es")), 0},
		"none":             {`{"keys":[]}`, 0},
		"of no kind":       {`{"keys":[{"kty":"AKP"}]}`, 0},
		"a page":           {"<html>", 0},
		"a list":           {"[" + good + "]", 0},
		"a key":            {good, 0},
		"two lists":        {`{"keys":[` + good + `],"keys":[` + good + `]}`, 0},
	} {
		set, err := authenticator.ParsePublishedKeys([]byte(row.text))
		if (err == nil) != (row.keys > 0) || len(set.Keys) != row.keys {
			t.Errorf("%s: %d keys, %v", name, len(set.Keys), err)
		}
	}
}

// What is taken is public and strong, whatever the text.
func FuzzPublishedKeys(f *testing.F) {
	for _, text := range []string{
		`{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"1"}]}`,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"oct","k":"AA"}]}`, `{"keys":[{"kty":"EC","x5c":["AA"]}]}`, `{"keys":null}`, `[]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := authenticator.ParsePublishedKeys(text)
		if err != nil && len(set.Keys) > 0 {
			t.Fatalf("%d keys with %v", len(set.Keys), err)
		}
		for _, key := range set.Keys {
			if public, isRSA := key.Key.(*rsa.PublicKey); !key.IsPublic() || !key.Valid() || isRSA && public.N.BitLen() < 2048 {
				t.Fatalf("%+v was taken", key)
			}
		}
	})
}
