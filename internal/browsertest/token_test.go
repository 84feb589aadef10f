package browsertest_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// callback is the redirect URI that the demo registers for test clients; nothing listens there.
const callback = "http://127.0.0.1:9/callback"

// A client that we did not write (coreos/go-oidc, x/oauth2) plays each app and judges its ID token.
func scenarioForeignClientVerifiesTheIDToken(t *testing.T, s *stage) {
	mia := s.user(t, "mia")
	v := s.visit(t, mia)
	enrolTOTP(t, v)
	v.Catch(callback)

	client := s.app(t, timesheets)
	provider, err := oidc.NewProvider(t.Context(), s.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{
		ClientID: client.ClientID, ClientSecret: client.ClientSecret, RedirectURL: callback,
		Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
	verifier := oauth2.GenerateVerifier()
	v.Open(config.AuthCodeURL("some state", oidc.Nonce("some nonce"), oauth2.S256ChallengeOption(verifier)))
	answer, err := url.Parse(v.URL())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "state", answer.Query().Get("state"), "some state")
	equal(t, "iss", answer.Query().Get("iss"), s.Issuer)

	token, err := config.Exchange(t.Context(), answer.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.VerifierContext(t.Context(), &oidc.Config{ClientID: client.ClientID}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		ACR, Sid string
		AMR      []string
		AuthTime int64  `json:"auth_time"`
		Practice string `json:"practice_id"`
	}
	err = idToken.Claims(&claims)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "nonce", idToken.Nonce, "some nonce")
	equal(t, "acr", claims.ACR, "urn:aps:acr:mfa")
	for _, method := range []string{"pwd", "otp", "mfa"} {
		if !slices.Contains(claims.AMR, method) {
			t.Errorf("amr %v lacks %s", claims.AMR, method)
		}
	}
	if age := time.Since(time.Unix(claims.AuthTime, 0)); age < -5*time.Second || age > 5*time.Minute {
		t.Errorf("auth_time is %v ago", age)
	}
	if claims.Sid == "" || claims.Practice == "" {
		t.Errorf("sid %q, practice_id %q", claims.Sid, claims.Practice)
	}
	person, err := provider.UserInfo(t.Context(), config.TokenSource(t.Context(), token)) // it compares the subjects
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "email of userinfo", person.Email, mia.Username)
}

func (s *site) authorizeURL(t *testing.T) string { return s.discovered(t).Authorize }

func (s *site) endSessionURL(t *testing.T) string { return s.discovered(t).EndSession }

// endpoints are what discovery tells.
type endpoints struct {
	Authorize  string `json:"authorization_endpoint"`
	EndSession string `json:"end_session_endpoint"`
}

func (s *site) discovered(t *testing.T) endpoints {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), s.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	var found endpoints
	err = provider.Claims(&found)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
