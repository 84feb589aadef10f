package oidcop_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
)

// strict is an app and an integration that keep FAPI 2.0, with the keys of both.
type strict struct {
	*signer
	holder *holder
}

func newStrict(t *testing.T) *strict {
	t.Helper()
	s := &strict{signer: newSigner(t)}
	s.holder = s.house.holder()
	s.withKeys("lodgements", jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.es.Public(), KeyID: "es"}, {Key: s.rsa.Public(), KeyID: "rsa"}}})
	for _, id := range []idp.ClientID{"lodgements", "fusesign"} {
		s.change(id, func(c *idp.Client) { c.SecurityProfile, c.IDTokenAlg = idp.SecurityFAPI2, "ES256" })
	}
	return s
}

// by is the form of a client with an assertion of its own.
func (s *strict) by(client string, form url.Values, change ...func(map[string]any)) url.Values {
	claims := s.claims(append([]func(map[string]any){set("iss", client), set("sub", client)}, change...)...)
	return with(form, "client_assertion", s.good(claims), "client_assertion_type", assertionType, "client_id", client)
}

// send posts a form with a proof for this path; none for proof == "".
func (s *strict) send(path string, form url.Values, proved bool) *httptest.ResponseRecorder {
	if !proved {
		return s.holder.form(path, form)
	}
	return s.holder.form(path, form, s.holder.proof("POST", path, ""))
}

func lodgement(pairs ...string) url.Values {
	return request(append([]string{"client_id", "lodgements", "redirect_uri", "https://lodgements.example/cb"}, pairs...)...)
}

func (s *strict) push(form url.Values) string {
	s.t.Helper()
	w := s.send("/oauth/par", s.by("lodgements", form), true)
	if w.Code != http.StatusCreated {
		s.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return decode(s.t, w)["request_uri"].(string)
}

func (s *strict) codeFor(form url.Values) string {
	s.t.Helper()
	to := location(s.visitor().signIn(url.Values{"client_id": {"lodgements"}, "request_uri": {s.push(form)}}, "usr_ana"))
	if to.Query().Get("iss") != issuer {
		s.t.Fatalf("%s", to)
	}
	return to.Query().Get("code")
}

func (s *strict) redeem(code string, change ...func(map[string]any)) *httptest.ResponseRecorder {
	return s.send("/oauth/token", s.by("lodgements", redemption(code, "redirect_uri", "https://lodgements.example/cb"), change...), true)
}

// FAPI 2.0 Security Profile, section 5.3.2: the whole way of an app, and that of an integration.
func TestAnAppOfFAPI2(t *testing.T) {
	s := newStrict(t)
	tokens := decode(t, s.redeem(s.codeFor(lodgement())))
	if tokens["token_type"] != "DPoP" || tokens["refresh_token"] == nil {
		t.Fatalf("%v", tokens)
	}
	header, claims := s.open(tokens["id_token"].(string))
	if header["alg"] != "ES256" || claims["sub"] != "usr_ana" {
		t.Errorf("%v %v", header, claims)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
	for range 3 { // it stays, however often it is used (section 5.3.2.1, point 9)
		s.clock.pass(time.Minute)
		next := decode(t, s.send("/oauth/token", s.by("lodgements", refresh), true))
		if next["token_type"] != "DPoP" || next["refresh_token"] != nil {
			t.Fatalf("%v", next)
		}
		token := next["access_token"].(string)
		if w := s.holder.bring("GET", "/oauth/userinfo", "", "DPoP "+token, s.holder.proof("GET", "/oauth/userinfo", token)); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	machine := decode(t, s.send("/oauth/token", s.by("fusesign", url.Values{"grant_type": {"client_credentials"}}), true))
	if machine["token_type"] != "DPoP" {
		t.Errorf("%v", machine)
	}
}

// What a client of fapi2 may not leave out, or do in another way.
func TestWhatFAPI2Refuses(t *testing.T) {
	s := newStrict(t)
	through := func(query url.Values) {
		t.Helper()
		to := location(s.visitor().get("/authorize", query)).Query()
		if to.Get("error") != "invalid_request" || !strings.Contains(to.Get("error_description"), "push") || to.Get("iss") != issuer {
			t.Errorf("through the browser: %v", to)
		}
	}
	through(lodgement())
	through(lodgement("prompt", "none"))
	for name, form := range map[string]url.Values{
		"no PKCE":         lodgement("code_challenge", "-", "code_challenge_method", "-"),
		"PKCE by plain":   lodgement("code_challenge_method", "plain"),
		"a request_uri":   lodgement("request_uri", "urn:ietf:params:oauth:request_uri:x"),
		"a wrong address": lodgement("redirect_uri", "https://lodgements.example/other"),
	} {
		if w := s.send("/oauth/par", s.by("lodgements", form), true); w.Code != http.StatusBadRequest || decode(t, w)["error"] != "invalid_request" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}

	old := s.clock.read()
	for name, c := range map[string]struct {
		change []func(map[string]any)
	}{
		"a list of one audience":      {[]func(map[string]any){set("aud", []string{issuer})}},
		"a list with the issuer":      {[]func(map[string]any){set("aud", []string{issuer, "https://evil.example"})}},
		"the token endpoint":          {[]func(map[string]any){set("aud", issuer+"/oauth/token")}},
		"the endpoint of PAR":         {[]func(map[string]any){set("aud", issuer+"/oauth/par")}},
		"no subject":                  {[]func(map[string]any){without("sub")}},
		"expired five minutes ago":    {[]func(map[string]any){set("exp", old.Add(-5*time.Minute).Unix()), set("iat", old.Add(-6*time.Minute).Unix())}},
		"not before the next minutes": {[]func(map[string]any){set("nbf", old.Add(8*time.Minute).Unix())}},
	} {
		for _, path := range []string{"/oauth/par", "/oauth/token"} {
			form := lodgement()
			if path == "/oauth/token" {
				form = redemption("none", "redirect_uri", "https://lodgements.example/cb")
			}
			w := s.send(path, s.by("lodgements", form, c.change...), true)
			if w.Code != http.StatusUnauthorized || decode(t, w)["error"] != "invalid_client" {
				t.Errorf("%s at %s: %d %s", name, path, w.Code, w.Body)
			}
		}
	}
	rs256 := sign(t, jose.RS256, s.rsa, map[string]any{"kid": "rsa"}, must(json.Marshal(s.claims(set("iss", "lodgements"), set("sub", "lodgements")))))
	wantError(t, s.send("/oauth/par", with(lodgement(), "client_assertion", rs256, "client_assertion_type", assertionType), true), http.StatusUnauthorized, "invalid_client")
	ps256 := sign(t, jose.PS256, s.rsa, map[string]any{"kid": "rsa"}, must(json.Marshal(s.claims(set("iss", "lodgements"), set("sub", "lodgements")))))
	if w := s.send("/oauth/par", with(lodgement(), "client_assertion", ps256, "client_assertion_type", assertionType), true); w.Code != http.StatusCreated {
		t.Errorf("PS256: %d %s", w.Code, w.Body)
	}

	code := s.codeFor(lodgement())
	unproved := s.send("/oauth/token", s.by("lodgements", redemption(code, "redirect_uri", "https://lodgements.example/cb")), false)
	wantError(t, unproved, http.StatusBadRequest, "invalid_request") // no proof is not a wrong one
	if w := s.redeem(code); w.Code != http.StatusOK {                // the code was not spent by a request that lacked its proof
		t.Errorf("%d %s", w.Code, w.Body)
	}
	late := s.codeFor(lodgement())
	s.clock.pass(61*time.Second + 2*time.Minute)
	wantError(t, s.redeem(late), http.StatusBadRequest, "invalid_grant")
}

// A key that is named at PAR, at the authorization endpoint and at the token endpoint is the same.
func TestFAPI2BindsTheCodeToOneKey(t *testing.T) {
	s := newStrict(t)
	thief := s.house.holder()
	code := s.codeFor(lodgement())
	mine := s.holder
	s.holder = thief
	wantError(t, s.redeem(code), http.StatusBadRequest, "invalid_grant")
	s.holder = mine
	other := s.by("lodgements", lodgement("dpop_jkt", thief.key.Thumbprint()))
	wantError(t, s.send("/oauth/par", other, true), http.StatusBadRequest, "invalid_dpop_proof")
}
