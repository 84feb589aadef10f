package oidcop_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
)

// listen serves the protocol surface on a real port and returns its harness.
func listen(t *testing.T) *house {
	t.Helper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	h := buildHouse(t, embedded(t), "http://"+listener.Addr().String())
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: h.mux}}
	server.Start()
	t.Cleanup(server.Close)
	return h
}

// The judges are libraries that apps use and that share nothing with ours.
func TestIndependentRelyingPartyAcceptsEverything(t *testing.T) {
	h := listen(t)
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, h.issuer)
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range []string{"timesheets", "rs", "opaque"} {
		t.Run(client, func(t *testing.T) {
			config := oauth2.Config{
				ClientID: client, ClientSecret: secret, Endpoint: provider.Endpoint(), RedirectURL: "https://" + client + ".example/cb",
				Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
			}
			pkce := oauth2.GenerateVerifier()
			code := h.browse(t, config.AuthCodeURL("state-1", oidc.Nonce("nonce-1"), oauth2.S256ChallengeOption(pkce)))
			token, err := config.Exchange(ctx, code, oauth2.VerifierOption(pkce))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := token.Extra("id_token").(string)
			judge := provider.VerifierContext(ctx, &oidc.Config{ClientID: client, SupportedSigningAlgs: []string{"ES256", "RS256"}})
			id, err := judge.Verify(ctx, raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := id.VerifyAccessToken(token.AccessToken); err != nil {
				t.Fatal(err)
			}
			if id.Nonce != "nonce-1" || id.Subject != "usr_ana" {
				t.Fatalf("%+v", id)
			}
			source := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken})
			fresh, err := source.Token()
			if err != nil {
				t.Fatal(err)
			}
			info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(fresh))
			if err != nil {
				t.Fatal(err)
			}
			if info.Subject != id.Subject || info.Email != "usr_ana@example.com" || info.EmailVerified {
				t.Fatalf("%+v", info)
			}
		})
	}
	machine := clientcredentials.Config{ClientID: "fusesign", ClientSecret: secret, TokenURL: provider.Endpoint().TokenURL, Scopes: []string{"documents.read"}}
	if token, err := machine.Token(ctx); err != nil || token.Type() != "Bearer" {
		t.Fatalf("%v %v", token, err)
	}
}

// browse goes through a sign-in like a browser with cookies, up to the app's door, and returns the code.
func (h *house) browse(t *testing.T, start string) string {
	t.Helper()
	back := h.answer(t, start)
	if back.Get("state") != "state-1" || back.Get("iss") != h.issuer {
		t.Fatalf("%v", back)
	}
	return back.Get("code")
}

// answer signs a person in at the request, and returns what the browser brings back to the app.
func (h *house) answer(t *testing.T, start string) url.Values {
	t.Helper()
	agent := http.Client{Jar: must(cookiejar.New(nil)), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(address string) *url.URL {
		answer, err := agent.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		to, err := answer.Location()
		if err != nil {
			body, _ := io.ReadAll(answer.Body)
			t.Fatalf("%s: %d %s", address, answer.StatusCode, body)
		}
		return to
	}
	step := strings.Split(get(start).Path, "/")
	h.desk.prove(step[3], "usr_ana", "prc_mfa", idp.ACRMFA)
	return get(h.issuer + browser.SigninPath(idp.ClientID(step[2]), step[3], "done")).Query()
}
