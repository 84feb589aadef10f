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
	"github.com/apscloud/apsid/internal/faulttest/rig"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/pkg/apsid"
)

func TestPersonSignsInToAnAppWithPasswordAndCode(t *testing.T) {
	all := stores()
	all["Postgres and a Redis Cluster"] = func(t *testing.T, c *demo.Config) {
		c.DatabaseURL = config.NewSecret(storetest.Postgres(t))
		c.RedisURL = config.NewSecret(rig.NewRedisCluster(t).URL())
	}
	for name, choose := range all {
		t.Run(name, func(t *testing.T) {
			c, clock := testworld.Config(t), &testenv.Clock{}
			choose(t, &c)
			d, _ := start(t, c, clock)
			tom, app := testworld.PersonOf(t, d.Manifest, "tom"), d.Manifest.Apps[0]
			s := testworld.NewVisitor(t, "")
			p := s.SignIn(s.Get(app.URL+"/details"), tom, clock)
			if p.At != app.URL+"/details" {
				t.Fatalf("came back to %s, not to the page that was asked for\n%s", p.At, p.Body)
			}
			wantClaims(t, p.Claims(), map[string]string{
				"name": "Tom Okafor", "email": tom.Username, "acr": apsid.ACRMFA, "amr": "pwd otp mfa", "practice_id": "prc_demo-harbour-finch",
			})

			// The same app again: no form. Another app: everything again.
			p = s.Get(app.URL + "/auth/login?return=/details")
			if p.At != app.URL+"/details" {
				t.Errorf("the same app asked again: %s %q", p.At, p.Step)
			}
			s.Get(d.Manifest.Apps[1].URL+"/details").On(t, "password")

			// Signed out: the form again, and the session is over at the provider too.
			p = s.Follow(http.MethodPost, app.URL+"/auth/logout", url.Values{})
			if p.At != app.URL+"/" {
				t.Errorf("after signing out at %s", p.At)
			}
			s.Get(app.URL+"/details").On(t, "password")
		})
	}
}

func TestPracticeWithoutMFASignsInByPassword(t *testing.T) {
	clock := &testenv.Clock{}
	d, _ := start(t, testworld.Config(t), clock)
	s := testworld.NewVisitor(t, "")
	p := s.SignIn(s.Get(d.Manifest.Apps[1].URL+"/details"), testworld.PersonOf(t, d.Manifest, "aroha"), clock)
	wantClaims(t, p.Claims(), map[string]string{"acr": apsid.ACRPassword, "amr": "pwd", "name": "Aroha Ngata"})
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
			c, clock := testworld.Config(t), &testenv.Clock{}
			choose(t, &c)
			d, _ := start(t, c, clock)
			for _, app := range d.Manifest.Apps {
				clock.Advance(time.Minute) // a code is good once
				judgeSignIn(t, d.Manifest, app, clock)
			}
		})
	}
}

func judgeSignIn(t *testing.T, m demo.Manifest, app demo.App, clock *testenv.Clock) {
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
	verifier, began := oauth2.GenerateVerifier(), clock.Now().Truncate(time.Second)
	s := testworld.NewVisitor(t, "")
	p := s.Get(client.AuthCodeURL("the-state", oidc.Nonce("the-nonce"), oauth2.S256ChallengeOption(verifier)))
	p = s.SignIn(p, testworld.PersonOf(t, m, "tom"), clock)
	answer, err := url.Parse(p.At)
	if err != nil {
		t.Fatal(err)
	}
	got := answer.Query()
	if got.Get("state") != "the-state" || got.Get("iss") != m.Issuer || got.Get("code") == "" {
		t.Fatalf("answered %s\n%s", p.At, p.Body)
	}
	token, err := client.Exchange(ctx, got.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: app.ClientID, Now: clock.Now}).Verify(ctx, raw)
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
		!strings.HasPrefix(claims.SID, "ses_") || at.Before(began) || at.After(clock.Now().Add(time.Second)) {
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
	if info.Subject != idToken.Subject || info.Email != testworld.PersonOf(t, m, "tom").Username {
		t.Errorf("userinfo of %s, %s", info.Subject, info.Email)
	}
}

func TestTwoNodesShareASignIn(t *testing.T) {
	c, clock := testworld.Config(t), &testenv.Clock{}
	c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(testenv.Redis(t))
	var nodes []*url.URL
	var turn atomic.Int64
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(nodes[int(turn.Add(1))%len(nodes)])
		r.Out.Host = r.In.Host
	}})
	defer front.Close()
	c.Issuer = front.URL
	d, _ := start(t, c, clock)
	second, err := secondNode(t, d)
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
	s := testworld.NewVisitor(t, "")
	p := s.SignIn(s.Get(app.URL+"/details"), testworld.PersonOf(t, d.Manifest, "tom"), clock)
	wantClaims(t, p.Claims(), map[string]string{"acr": apsid.ACRMFA, "name": "Tom Okafor"})
	if turn.Load() < 8 {
		t.Errorf("only %d requests went through the front", turn.Load())
	}
}
