package oidcop_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// forge returns the token with its header changed, signed by sign (over the new header and the payload as it is).
func forge(token string, change func(header map[string]any), sign func(input []byte) []byte) string {
	parts := strings.Split(token, ".")
	header := make(map[string]any)
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[0])), &header); err != nil {
		panic(err)
	}
	change(header)
	input := base64.RawURLEncoding.EncodeToString(must(json.Marshal(header))) + "." + parts[1]
	return input + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(input)))
}

// ABUSE 8: each of these, as access token and as id_token_hint.
func TestForgedTokensAreNothing(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	got := v.tokens()
	mine := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	byMe := func(input []byte) []byte {
		sum := sha256.Sum256(input)
		r, s, err := ecdsa.Sign(rand.Reader, mine, sum[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	nothing := func([]byte) []byte { return nil }
	set := func(name string, value any) func(map[string]any) { return func(m map[string]any) { m[name] = value } }
	also := func(all ...func(map[string]any)) func(map[string]any) {
		return func(m map[string]any) {
			for _, f := range all {
				f(m)
			}
		}
	}
	jwk := map[string]any{}
	if err := json.Unmarshal(must(json.Marshal(jose.JSONWebKey{Key: mine.Public()})), &jwk); err != nil {
		t.Fatal(err)
	}
	// The attacker's HMAC key is our public key, in every spelling there is.
	public := h.ring.Public().Keys[0]
	der := must(x509.MarshalPKIXPublicKey(public.Key))
	hmacWith := func(key []byte) func([]byte) []byte {
		return func(input []byte) []byte {
			mac := hmac.New(sha256.New, key)
			mac.Write(input)
			return mac.Sum(nil)
		}
	}
	kept := func(input []byte) []byte {
		return must(base64.RawURLEncoding.DecodeString(strings.Split(got["access_token"].(string), ".")[2]))
	}

	for name, attack := range map[string]struct {
		change func(map[string]any)
		sign   func([]byte) []byte
	}{
		"alg none":               {set("alg", "none"), nothing},
		"alg None":               {set("alg", "None"), nothing},
		"alg none, signature on": {set("alg", "none"), kept},
		"HS256 by DER":           {set("alg", "HS256"), hmacWith(der)},
		"HS256 by JWK":           {set("alg", "HS256"), hmacWith(must(public.MarshalJSON()))},
		"HS256 by nothing":       {set("alg", "HS256"), hmacWith(nil)},
		"another key":            {set("alg", "ES256"), byMe},
		"its own key":            {set("jwk", jwk), byMe},
		"its own key, no kid":    {also(set("jwk", jwk), func(m map[string]any) { delete(m, "kid") }), byMe},
		"a key elsewhere":        {set("jku", "https://evil.example/keys"), byMe},
		"a certificate":          {set("x5u", "https://evil.example/cert"), byMe},
		"no kid":                 {func(m map[string]any) { delete(m, "kid") }, byMe},
		"a kid that is a path":   {set("kid", "../../../../dev/null"), byMe},
		"a kid that is SQL":      {set("kid", "' OR '1'='1"), byMe},
		"a kid that is a list":   {set("kid", []string{"a"}), byMe},
		"unencoded payload":      {also(set("b64", false), set("crit", []string{"b64"})), byMe},
		"an unknown crit":        {also(set("exp", 1), set("crit", []string{"exp"})), byMe},
		"RS256 under an EC key":  {set("alg", "RS256"), byMe},
		"zeros":                  {func(map[string]any) {}, func([]byte) []byte { return make([]byte, 64) }},
		"no signature":           {func(map[string]any) {}, nothing},
		"another typ":            {set("typ", "secevent+jwt"), byMe},
	} {
		t.Run(name, func(t *testing.T) {
			access := forge(got["access_token"].(string), attack.change, attack.sign)
			if w := h.userinfo(access); w.Code != http.StatusUnauthorized {
				t.Errorf("userinfo: %d %s", w.Code, w.Body)
			}
			if w := h.introspect(access); w["active"] != false || len(w) != 1 {
				t.Errorf("introspection: %v", w)
			}
			h.refusesHint(forge(got["id_token"].(string), attack.change, attack.sign))
		})
	}
}

// ABUSE 8: well-signed by us, and still not what it is taken for.
func TestOneTokenIsNotAnother(t *testing.T) {
	h := newHouse(t)
	got := h.visitor().tokens()
	for name, token := range map[string]string{
		"ID token": got["id_token"].(string), "refresh token": got["refresh_token"].(string), "nothing": "", "dots": "..", "words": "a b",
		"1 MB":         strings.Repeat("x", 1<<20) + ".y.z",
		"two in one":   got["access_token"].(string) + "." + got["access_token"].(string),
		"other claims": swapPayload(got["access_token"].(string), got["id_token"].(string)),
	} {
		if w := h.userinfo(token); w.Code != http.StatusUnauthorized {
			t.Errorf("%s as access token: %d %s", name, w.Code, w.Body)
		}
	}
	h.refusesHint(got["access_token"].(string))
	other := decode(t, h.post("/oauth/token", redemption(
		h.visitor().code(request("client_id", "rs", "redirect_uri", "https://rs.example/cb")), "redirect_uri", "https://rs.example/cb"), "rs", secret))
	h.refusesHint(other["id_token"].(string)) // another client's
}

// ABUSE 8: two values under one key, so that two parsers may see two tokens.
func TestDuplicateKeysInAHeaderAreRefused(t *testing.T) {
	h := newHouse(t)
	token := h.visitor().tokens()["access_token"].(string)
	parts := strings.Split(token, ".")
	header := must(base64.RawURLEncoding.DecodeString(parts[0]))
	parts[0] = base64.RawURLEncoding.EncodeToString(bytes.Replace(header, []byte(`{`), []byte(`{"alg":"none",`), 1))
	if w := h.userinfo(strings.Join(parts, ".")); w.Code != http.StatusUnauthorized {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func TestTokenOfAnotherIssuerUnderOurKeys(t *testing.T) {
	on := embedded(t)
	here, there := buildHouse(t, on, issuer), buildHouse(t, embedded(t), "http://127.0.0.1:4001") // one keyring
	if w := here.userinfo(there.visitor().tokens()["access_token"].(string)); w.Code != http.StatusUnauthorized {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func swapPayload(token, with string) string {
	a, b := strings.Split(token, "."), strings.Split(with, ".")
	return a[0] + "." + b[1] + "." + a[2]
}

// refusesHint expects that the hint is none, at both endpoints that take one.
func (h *house) refusesHint(hint string) {
	h.t.Helper()
	v := h.visitor()
	v.signIn(request(), "usr_ana")
	if to := location(v.get("/authorize", request("id_token_hint", hint, "prompt", "none"))).Query(); to.Get("error") != "invalid_request" {
		h.t.Errorf("authorize took the hint: %v", to)
	}
	w := v.get("/end_session", url.Values{"id_token_hint": {hint}, "client_id": {"timesheets"}})
	if w.Code != http.StatusOK || w.Body.String() != "confirm logout" {
		h.t.Errorf("logout took the hint: %d %s", w.Code, w.Body)
	}
}

// introspect asks as timesheets.
func (h *house) introspect(token string) map[string]any {
	h.t.Helper()
	w := h.post("/oauth/introspect", url.Values{"token": {token}}, "timesheets", secret)
	if w.Code != http.StatusOK {
		h.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return decode(h.t, w)
}
