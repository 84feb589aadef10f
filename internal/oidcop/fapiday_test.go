package oidcop_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// An app with a secret does what it always did until the day on which FAPI 2.0 is required of it, and nothing from then on.
func TestFAPI2IsRequiredFromADay(t *testing.T) {
	h := newHouse(t)
	day := h.clock.read().Add(10 * time.Minute)
	for _, id := range []idp.ClientID{"timesheets", "fusesign"} {
		h.change(id, func(c *idp.Client) { c.FAPI2From, c.IDTokenAlg = day, "RS256" })
	}
	app := h.visitor().enter("timesheets", "usr_ana")
	if w := h.machine(); w.Code != http.StatusOK {
		t.Fatalf("before the day: %d %s", w.Code, w.Body)
	}
	if w := app.renew(); w.Code != http.StatusOK {
		t.Fatalf("before the day: %d %s", w.Code, w.Body)
	}
	code := location(app.get("/authorize", requestOf("timesheets", "prompt", "none"))).Query().Get("code")
	h.clock.pass(day.Sub(h.clock.read()) - time.Second)
	if w := app.renew(); w.Code != http.StatusOK {
		t.Fatalf("a second before the day: %d %s", w.Code, w.Body)
	}
	h.clock.pass(time.Second)

	to := location(app.get("/authorize", requestOf("timesheets", "prompt", "none"))).Query()
	if to.Get("error") != "invalid_request" || !strings.Contains(to.Get("error_description"), "push") {
		t.Errorf("the authorization endpoint: %v", to)
	}
	for name, form := range map[string]url.Values{
		"/oauth/par":        requestOf("timesheets"),
		"/oauth/token code": redemption(code, "redirect_uri", "https://timesheets.example/cb"),
		"/oauth/token":      {"grant_type": {"refresh_token"}, "refresh_token": {app.renewal}},
		"/oauth/introspect": {"token": {app.access}},
		"/oauth/revoke":     {"token": {app.access}},
	} {
		path, _, _ := strings.Cut(name, " ")
		w := h.post(path, form, "timesheets", secret)
		wantError(t, w, http.StatusUnauthorized, "invalid_client")
		if said := decode(t, w)["error_description"].(string); !strings.Contains(said, "FAPI 2.0") || !strings.Contains(said, "private_key_jwt") {
			t.Errorf("%s: %s", name, said)
		}
	}
	wantError(t, h.machine(), http.StatusUnauthorized, "invalid_client")
}

// Who is ready notices nothing: the day turns RS256, the other audience and the optional PKCE off, and nothing else.
func TestWhoIsReadyKeepsWorkingFromTheDay(t *testing.T) {
	s := newStrict(t)
	day := s.clock.read().Add(time.Minute)
	s.change("lodgements", func(c *idp.Client) {
		c.SecurityProfile, c.FAPI2From, c.IDTokenAlg = idp.SecurityUsual, day, "RS256"
		c.PKCEOptional, c.TokenEndpointAudience = true, true
	})
	atToken := set("aud", issuer+"/oauth/token")
	if w := s.send("/oauth/par", s.by("lodgements", lodgement(), atToken), true); w.Code != http.StatusCreated {
		t.Fatalf("before the day: %d %s", w.Code, w.Body)
	}
	bare := lodgement("code_challenge", "-", "code_challenge_method", "-")
	if w := s.send("/oauth/par", s.by("lodgements", bare), true); w.Code != http.StatusCreated {
		t.Fatalf("before the day: %d %s", w.Code, w.Body)
	}
	s.clock.pass(time.Minute)
	wantError(t, s.send("/oauth/par", s.by("lodgements", lodgement(), atToken), true), http.StatusUnauthorized, "invalid_client")
	wantError(t, s.send("/oauth/par", s.by("lodgements", bare), true), http.StatusBadRequest, "invalid_request")
	tokens := decode(t, s.redeem(s.codeFor(lodgement())))
	header, _ := s.open(tokens["id_token"].(string))
	if tokens["token_type"] != "DPoP" || header["alg"] != "ES256" {
		t.Errorf("%v %v", tokens["token_type"], header)
	}
}
