package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/pkg/apsid"
)

func TestPersonSignsInToAnAppWithPasswordAndCode(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			c, clock := demoConfig(t), &clock{}
			choose(t, &c)
			d, _ := start(t, c, clock)
			tom, app := userOf(t, d.Manifest, "tom"), d.Manifest.Apps[0]
			s := newSurfer(t)
			p := s.signIn(s.get(app.URL+"/details"), tom, clock.now())
			if p.url != app.URL+"/details" {
				t.Fatalf("came back to %s, not to the page that was asked for\n%s", p.url, p.body)
			}
			wantClaims(t, p.claims(), map[string]string{
				"name": "Tom Okafor", "email": tom.Username, "acr": apsid.ACRMFA, "amr": "pwd otp mfa", "practice_id": "prc_demo-harbour-finch",
			})

			// The same app again: no form. Another app: everything again.
			p = s.get(app.URL + "/auth/login?return=/details")
			if p.url != app.URL+"/details" {
				t.Errorf("the same app asked again: %s %q", p.url, p.step)
			}
			s.get(d.Manifest.Apps[1].URL+"/details").at(t, "password")

			// Signed out: the form again, and the session is over at the provider too.
			p = s.follow(http.MethodPost, app.URL+"/auth/logout", url.Values{})
			if p.url != app.URL+"/" {
				t.Errorf("after signing out at %s", p.url)
			}
			s.get(app.URL+"/details").at(t, "password")
		})
	}
}

func TestPracticeWithoutMFASignsInByPassword(t *testing.T) {
	clock := &clock{}
	d, _ := start(t, demoConfig(t), clock)
	s := newSurfer(t)
	p := s.signIn(s.get(d.Manifest.Apps[1].URL+"/details"), userOf(t, d.Manifest, "aroha"), clock.now())
	wantClaims(t, p.claims(), map[string]string{"acr": apsid.ACRPassword, "amr": "pwd", "name": "Aroha Ngata"})
}

func wantClaims(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
}

// An independent client library plays the app and judges what it gets.
func TestIDTokenTellsTheTruth(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			c, clock := demoConfig(t), &clock{}
			choose(t, &c)
			d, _ := start(t, c, clock)
			for _, app := range d.Manifest.Apps {
				clock.advance(time.Minute) // a code is good once
				judgeSignIn(t, d.Manifest, app, clock)
			}
		})
	}
}

func judgeSignIn(t *testing.T, m demo.Manifest, app demo.App, clock *clock) {
	t.Helper()
	ctx := t.Context()
	provider, err := oidc.NewProvider(ctx, m.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	client := oauth2.Config{
		ClientID: app.ClientID, ClientSecret: app.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: app.RedirectURIs[1],
		Scopes: []string{"openid", "profile", "email", "offline_access"},
	}
	verifier, began := oauth2.GenerateVerifier(), clock.now().Truncate(time.Second)
	s := newSurfer(t)
	p := s.get(client.AuthCodeURL("the-state", oidc.Nonce("the-nonce"), oauth2.S256ChallengeOption(verifier)))
	p = s.signIn(p, userOf(t, m, "tom"), clock.now())
	answer, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	got := answer.Query()
	if got.Get("state") != "the-state" || got.Get("iss") != m.Issuer || got.Get("code") == "" {
		t.Fatalf("answered %s\n%s", p.url, p.body)
	}
	token, err := client.Exchange(ctx, got.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: app.ClientID, Now: clock.now}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	var claims struct {
		ACR      string   `json:"acr"`
		AMR      []string `json:"amr"`
		AuthTime int64    `json:"auth_time"`
		SID      string   `json:"sid"`
	}
	if err := idToken.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	at := time.Unix(claims.AuthTime, 0)
	if claims.ACR != apsid.ACRMFA || !slices.Equal(claims.AMR, []string{"pwd", "otp", "mfa"}) || idToken.Nonce != "the-nonce" ||
		!strings.HasPrefix(claims.SID, "ses_") || at.Before(began) || at.After(clock.now().Add(time.Second)) {
		t.Errorf("%s: claims %+v, nonce %q, began %s", app.Name, claims, idToken.Nonce, began)
	}
	refreshed, err := client.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	if refreshed.RefreshToken == token.RefreshToken {
		t.Error("the refresh token did not rotate")
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(refreshed))
	if err != nil {
		t.Fatal(err)
	}
	if info.Subject != idToken.Subject || info.Email != userOf(t, m, "tom").Username {
		t.Errorf("userinfo of %s, %s", info.Subject, info.Email)
	}
}

func TestTwoNodesShareASignIn(t *testing.T) {
	c, clock := demoConfig(t), &clock{}
	c.DatabaseURL, c.RedisURL = config.NewSecret(testenv.Postgres(t)), config.NewSecret(testenv.Redis(t))
	var nodes []*url.URL
	var turn atomic.Int64
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(nodes[int(turn.Add(1))%len(nodes)])
		r.Out.Host = r.In.Host
	}})
	defer front.Close()
	c.Issuer = front.URL
	d, _ := start(t, c, clock)
	second, err := d.SecondNode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(second.Handler())
	defer func() {
		other.Close()
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	}()
	first, err := url.Parse("http://" + d.Address())
	if err != nil {
		t.Fatal(err)
	}
	there, err := url.Parse(other.URL)
	if err != nil {
		t.Fatal(err)
	}
	nodes = []*url.URL{first, there}
	app := d.Manifest.Apps[0]
	s := newSurfer(t)
	p := s.signIn(s.get(app.URL+"/details"), userOf(t, d.Manifest, "tom"), clock.now())
	wantClaims(t, p.claims(), map[string]string{"acr": apsid.ACRMFA, "name": "Tom Okafor"})
	if turn.Load() < 8 {
		t.Errorf("only %d requests went through the front", turn.Load())
	}
}
