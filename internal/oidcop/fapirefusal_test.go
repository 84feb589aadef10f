package oidcop_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/pkg/dpop"
)

// What the negative modules of the Foundation's plan send: each is refused in words that help, with a reference and one event.
func TestEachRefusalOfFAPI2IsRecordedOnce(t *testing.T) {
	s := newStrict(t)
	thief := s.house.holder()
	in := func(d time.Duration) int64 { return s.clock.read().Add(d).Unix() }
	push := func(form url.Values, change ...func(map[string]any)) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			return s.send("/oauth/par", s.by("lodgements", form, change...), true)
		}
	}
	raw := func(assertion func() string) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			return s.send("/oauth/par", with(lodgement(), "client_assertion", assertion(), "client_assertion_type", assertionType), true)
		}
	}
	claimsOf := func() map[string]any { return s.claims(set("iss", "lodgements"), set("sub", "lodgements")) }
	redeemBy := func(change func(*strict) func()) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			code := s.codeFor(lodgement())
			defer change(s)()
			return s.redeem(code)
		}
	}
	proving := func(change func(map[string]any)) func() *httptest.ResponseRecorder {
		return func() *httptest.ResponseRecorder {
			all := map[string]any{"jti": "once" + s.clock.read().String(), "htm": "POST", "htu": issuer + "/oauth/par", "iat": in(0)}
			change(all)
			key := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s.es}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")))
			signed := must(must(key.Sign(must(json.Marshal(all)))).CompactSerialize())
			return s.holder.form("/oauth/par", s.by("lodgements", lodgement()), signed)
		}
	}
	for name, c := range map[string]struct {
		ask    func() *httptest.ResponseRecorder
		names  string
		reason idp.Reason
	}{
		"no PKCE":               {push(lodgement("code_challenge", "-", "code_challenge_method", "-")), "code_challenge", "invalid_request"},
		"PKCE by plain":         {push(lodgement("code_challenge_method", "plain")), "S256", "invalid_request"},
		"a name that is pushed": {push(lodgement("request_uri", "urn:ietf:params:oauth:request_uri:x")), "request_uri", "invalid_request"},
		"a parameter twice": {func() *httptest.ResponseRecorder {
			f := s.by("lodgements", lodgement())
			f["scope"] = []string{"openid", "openid"}
			return s.send("/oauth/par", f, true)
		}, "scope", "invalid_request"},
		"another key than named": {push(lodgement("dpop_jkt", thief.key.Thumbprint())), "dpop_jkt", idp.ReasonInvalidProof},
		"another key with the code": {redeemBy(func(s *strict) func() {
			mine := s.holder
			s.holder = thief
			return func() { s.holder = mine }
		}), "dpop_jkt", "invalid_grant"},
		"a list of audiences":    {push(lodgement(), set("aud", []string{issuer, "https://evil.example"})), "aud", idp.ReasonAssertionClaims},
		"a list of one audience": {push(lodgement(), set("aud", []string{issuer})), "list", idp.ReasonAssertionClaims},
		"the token endpoint":     {push(lodgement(), set("aud", issuer+"/oauth/token")), "issuer", idp.ReasonAssertionAudience},
		"the endpoint of PAR":    {push(lodgement(), set("aud", issuer+"/oauth/par")), "issuer", idp.ReasonAssertionAudience},
		"no subject":             {push(lodgement(), without("sub")), "sub", idp.ReasonAssertionSubject},
		"over for five minutes": {func() *httptest.ResponseRecorder {
			return push(lodgement(), set("exp", in(-5*time.Minute)), set("iat", in(-6*time.Minute)))()
		}, "exp", idp.ReasonAssertionExpired},
		"RS256": {raw(func() string {
			return sign(t, jose.RS256, s.rsa, map[string]any{"kid": "rsa"}, must(json.Marshal(claimsOf())))
		}), "RS256", idp.ReasonAssertionForm},
		"no signature": {raw(func() string {
			return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString(must(json.Marshal(claimsOf()))) + "."
		}), "signed JWT", idp.ReasonAssertionForm},
		"a proof that is over":    {proving(func(c map[string]any) { c["exp"] = in(-time.Second) }), "exp is past", idp.ReasonInvalidProof},
		"a proof of the future":   {proving(func(c map[string]any) { c["nbf"] = in(time.Minute) }), "nbf", idp.ReasonInvalidProof},
		"a clock that is far off": {proving(func(c map[string]any) { c["iat"] = in(dpop.MaxAhead + time.Second) }), "iat", idp.ReasonInvalidProof},
		"no proof": {func() *httptest.ResponseRecorder {
			return s.send("/oauth/token", s.by("fusesign", url.Values{"grant_type": {"client_credentials"}}), false)
		}, "DPoP proof is missing", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) { s.refers(t, c.ask, c.names, c.reason) })
	}
}
