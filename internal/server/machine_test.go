package server_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

func TestIntegrationGetsATokenOfItsPractice(t *testing.T) {
	for name, choose := range stores() {
		t.Run(name, func(t *testing.T) {
			c, clock := testworld.Config(t), &testenv.Clock{}
			choose(t, &c)
			d, _ := start(t, c, clock)
			provider, err := oidc.NewProvider(t.Context(), d.Manifest.Issuer)
			if err != nil {
				t.Fatal(err)
			}
			fusesign := machineOf(t, d.Manifest, "FuseSign")
			client := clientcredentials.Config{
				ClientID: fusesign.ClientID, ClientSecret: fusesign.ClientSecret, TokenURL: provider.Endpoint().TokenURL,
				Scopes: strings.Fields(fusesign.Scope), AuthStyle: oauth2.AuthStyleInHeader,
			}
			token, err := client.Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if token.RefreshToken != "" || token.Extra("id_token") != nil {
				t.Error("an integration got a refresh token or an ID token") // ABUSE 36
			}
			verified, err := provider.Verifier(&oidc.Config{SkipClientIDCheck: true, Now: clock.Now}).Verify(t.Context(), token.AccessToken)
			if err != nil {
				t.Fatal(err)
			}
			var claims struct {
				PracticeID string `json:"practice_id"`
				Scope      string `json:"scope"`
				ClientID   string `json:"client_id"`
			}
			if err := verified.Claims(&claims); err != nil {
				t.Fatal(err)
			}
			if verified.Subject != "fusesign" || claims.PracticeID != "prc_demo-harbour-finch" || claims.Scope != fusesign.Scope || claims.ClientID != "fusesign" {
				t.Errorf("subject %q, claims %+v", verified.Subject, claims)
			}

			client.Scopes = []string{"openid"} // ABUSE 36
			var refused *oauth2.RetrieveError
			if _, err := client.Token(t.Context()); !errors.As(err, &refused) || refused.ErrorCode != "invalid_scope" {
				t.Errorf("openid for a machine: %v", err)
			}
			client.ClientSecret, client.Scopes = "guess", nil
			if _, err := client.Token(t.Context()); !errors.As(err, &refused) || refused.ErrorCode != "invalid_client" {
				t.Errorf("a wrong secret: %v", err)
			}
		})
	}
}

func machineOf(t *testing.T, m demo.Manifest, name string) demo.Machine {
	t.Helper()
	for _, machine := range m.MachineClients {
		if machine.Name == name {
			return machine
		}
	}
	t.Fatalf("no %s in demo.json", name)
	return demo.Machine{}
}
