package oidcop_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
)

// What is explained is what the endpoint does: a request of which nothing is said is let in, and one of which something is said is not.
func TestExplanationsAreWhatTheEndpointDoes(t *testing.T) {
	h := newHouse(t)
	at := must(url.Parse(issuer))
	client, err := h.sql.FindClient(t.Context(), "timesheets")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pairs []string
		names []string // what stands in the refusals, in their order
	}{
		"good":              {nil, nil},
		"another address":   {[]string{"redirect_uri", "https://evil.example/cb"}, []string{"https://timesheets.example/cb"}},
		"another client":    {[]string{"client_id", "contacts"}, []string{"be timesheets"}},
		"neither":           {[]string{"code_challenge", "-", "code_challenge_method", "-", "nonce", "-"}, []string{"pkce"}},
		"three mistakes":    {[]string{"response_type", "token", "scope", "profile", "prompt", "dance"}, []string{"response_type", "openid", "prompt"}},
		"an unknown scope":  {[]string{"scope", "openid groups"}, nil},
		"plain, and claims": {[]string{"code_challenge_method", "plain", "claims", "["}, []string{"S256", "claims"}},
	} {
		query := request(c.pairs...)
		x := oidcop.ExplainAuthorization(at, client, &url.URL{Scheme: at.Scheme, Host: at.Host, Path: "/authorize", RawQuery: query.Encode()})
		if len(x.Refused) != len(c.names) {
			t.Errorf("%s: %q", name, x.Refused)
			continue
		}
		for i, part := range c.names {
			if !strings.Contains(x.Refused[i], part) {
				t.Errorf("%s: %q has no %q", name, x.Refused[i], part)
			}
		}
		location := h.visitor().get("/authorize", query).Header().Get("Location")
		if letIn := strings.HasPrefix(location, "/signin/"); letIn != (len(c.names) == 0) && name != "another client" {
			t.Errorf("%s: explained as %q, and sent to %q", name, x.Refused, location)
		}
	}
	if x := oidcop.ExplainAuthorization(at, client, must(url.Parse("https://elsewhere.example/authorize?"+request("scope", "openid groups").Encode()))); len(x.Refused) != 1 || !strings.Contains(strings.Join(x.Noted, " "), "groups") {
		t.Errorf("%+v", x)
	}
}

func TestTokenRequestsAreExplained(t *testing.T) {
	client := idp.Client{Registration: idp.Registration{
		ID: "rota", Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic, RedirectURIs: []string{"https://rota.example/back"}, Scopes: []string{"openid"},
	}}
	form := func(pairs ...string) url.Values {
		return with(url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "redirect_uri": {"https://rota.example/back"}}, pairs...)
	}
	const basic = "Basic cm90YTpzZWNyZXQ=" // rota:secret
	for name, c := range map[string]struct {
		header string
		form   url.Values
		names  []string
	}{
		"good":                {basic, form(), nil},
		"in the form":         {"", form("client_id", "rota", "client_secret", "x"), []string{"client_secret_post"}},
		"both":                {basic, form("client_secret", "x"), []string{"One way"}},
		"no code":             {basic, form("code", "-"), []string{"code"}},
		"another redirect":    {basic, form("redirect_uri", "https://rota.example/other"), []string{"redirect_uri"}},
		"a refresh it has no": {basic, form("grant_type", "refresh_token", "refresh_token", "x"), []string{"refresh_token"}},
		"another client":      {"Basic Y29udGFjdHM6eA==", form(), []string{"contacts"}},
	} {
		x := oidcop.ExplainToken(client, c.header, c.form)
		if len(x.Refused) != len(c.names) {
			t.Errorf("%s: %q", name, x.Refused)
			continue
		}
		for i, part := range c.names {
			if !strings.Contains(x.Refused[i], part) {
				t.Errorf("%s: %q has no %q", name, x.Refused[i], part)
			}
		}
	}
}

// A client that is known by its certificate sends no secret and no assertion.
func TestARequestWithACertificateIsExplained(t *testing.T) {
	client := idp.Client{Registration: idp.Registration{ID: "fusesign", Kind: idp.ClientMachine, AuthMethod: idp.AuthCertificate}}
	x := oidcop.ExplainToken(client, "", machine("fusesign"))
	if len(x.Refused) != 0 || len(x.Noted) != 1 || !strings.Contains(x.Noted[0], "certificate") {
		t.Errorf("%+v", x)
	}
	if x := oidcop.ExplainToken(client, "", with(machine("fusesign"), "client_secret", secret)); len(x.Refused) != 1 || !strings.Contains(x.Refused[0], "tls_client_auth") {
		t.Errorf("with a secret: %+v", x)
	}
}
