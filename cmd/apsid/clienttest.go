package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/pkg/adminclient"
)

// errWouldBeRefused ends a test of a request that the provider would not take.
var errWouldBeRefused = errors.New("the request would be refused")

// clientTest looks at a request of an app as the provider would, with the registration as it is.
type clientTest struct {
	onClient
	Authorize     string `placeholder:"URL" help:"An authorization URL, as the app sends browsers there." xor:"request"`
	Token         string `placeholder:"FORM" help:"The body of a request to the token endpoint: grant_type=…&code=…" xor:"request"`
	Authorization string `placeholder:"HEADER" help:"The Authorization header of that request, if it has one: Basic …"`
}

// Run implements the command.
func (c *clientTest) Run(ctx context.Context, out io.Writer) error {
	if c.Authorize == "" && c.Token == "" {
		return &config.Problem{Key: "authorize", Text: "is needed, or --token"}
	}
	api, err := c.connect(ctx)
	if err != nil {
		return err
	}
	found, err := api.Registration(ctx, c.Client)
	if err != nil {
		return err
	}
	x, err := c.explain(api.Issuer(), found)
	if err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(out, map[string][]string{"refused": x.Refused, "noted": x.Noted})
	} else {
		err = printExplanation(out, x)
	}
	if err == nil && len(x.Refused) > 0 {
		err = errWouldBeRefused
	}
	return err
}

func (c *clientTest) explain(issuer string, found adminclient.Registration) (oidcop.Explanation, error) {
	client := policy.InForce(registered(found), time.Now())
	if c.Authorize != "" {
		request, err := url.Parse(strings.TrimSpace(c.Authorize))
		if err != nil {
			return oidcop.Explanation{}, &config.Problem{Key: "authorize", Text: "is no URL"}
		}
		at, err := url.Parse(issuer)
		return oidcop.ExplainAuthorization(at, client, request), err
	}
	form, err := url.ParseQuery(strings.TrimSpace(c.Token))
	if err != nil {
		return oidcop.Explanation{}, &config.Problem{Key: "token", Text: "is no form"} // it may hold a secret
	}
	x := oidcop.ExplainToken(client, c.Authorization, form)
	if client.AuthMethod.BySecret() {
		x.Noted = append(x.Noted, secretsNote(found.Secrets, time.Now()))
	}
	return x, nil
}

// secretsNote says what is known of a client's secrets without knowing them.
func secretsNote(secrets []adminclient.Secret, now time.Time) string {
	live := 0
	for _, secret := range secrets {
		if secret.ExpiresAt.IsZero() || now.Before(secret.ExpiresAt) {
			live++
		}
	}
	return fmt.Sprintf("The client has live secrets: %d. Whether that of the request is one of them, the endpoint alone knows.", live)
}

// registered is what the protocol looks at of a registration.
func registered(r adminclient.Registration) idp.Client {
	return idp.Client{
		Registration: idp.Registration{
			ID: idp.ClientID(r.ID), Name: r.Name, Kind: idp.ClientKind(r.Kind), AuthMethod: idp.AuthMethod(r.AuthMethod), RedirectURIs: r.RedirectURIs,
			Scopes: r.Scopes, RefreshTokens: r.RefreshTokens, PKCERequired: r.PKCERequired, PKCEOptional: r.PKCEOptional,
			IDTokenAlg: r.IDTokenAlg, TokenEndpointAudience: r.TokenEndpointAudience, Profile: idp.SessionProfile(r.Profile),
			PushRequired: r.PushRequired, SecurityProfile: idp.SecurityProfile(r.SecurityProfile), FAPI2From: r.FAPI2From,
		},
		Disabled: r.Disabled,
	}
}

func printExplanation(out io.Writer, x oidcop.Explanation) error {
	lines := []string{"Nothing of the registration stands in the way."}
	if len(x.Refused) > 0 {
		lines = []string{"It would be refused:"}
		for _, each := range x.Refused {
			lines = append(lines, "  - "+each)
		}
	}
	for _, each := range x.Noted {
		lines = append(lines, "Note: "+each)
	}
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}
