package oidcop

import (
	"context"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// machineToken gives an integration a token of its own (RFC 6749, section 4.4): bound to its practice, about no person. It
// touches no store: client and keys are in memory. (An opaque token is kept in Redis.)
func (s *Server) machineToken(ctx context.Context, client idp.Client, form url.Values, now time.Time) (tokens, error) {
	if client.Kind != idp.ClientMachine {
		return tokens{}, oidc.ErrUnauthorizedClient().WithDescription("This grant is for integrations.")
	}
	if err := s.checkMachineForm(form); err != nil {
		return tokens{}, err
	}
	scopes, err := machineScopes(client, words(form.Get("scope")))
	if err != nil {
		return tokens{}, err
	}
	content := Reference{
		ClientID: client.ID, Subject: string(client.ID), PracticeID: client.PracticeID,
		Audience: []string{s.config.APIAudience}, Scopes: scopes,
		IssuedAt: now, ExpiresAt: now.Add(s.config.MachineTokenLifetime),
	}
	access, err := s.accessToken(ctx, content, client.ReferenceTokens)
	if err != nil {
		return tokens{}, err
	}
	s.deps.Usage.Used(client.ID, now)
	return response(access, content), nil
}

// checkMachineForm refuses what would make a machine's token something else: an audience that is people's, or a subject. The
// specification would have the latter ignored; whoever sends one believes it works, and should learn that it does not.
func (s *Server) checkMachineForm(form url.Values) error {
	for _, name := range []string{"resource", "audience"} {
		if form.Has(name) && form.Get(name) != s.config.APIAudience {
			return oidc.ErrInvalidTarget().WithDescription("This audience is not for integrations.")
		}
	}
	for _, name := range []string{"sub", "subject", "requested_subject", "username"} {
		if form.Has(name) {
			return oidc.ErrInvalidRequest().WithDescription("An integration acts as itself.")
		}
	}
	return nil
}

// machineScopes are those asked for, or all of the registration when none is (RFC 6749, section 3.3).
func machineScopes(client idp.Client, asked []string) ([]string, error) {
	if len(asked) == 0 {
		for _, scope := range client.Scopes {
			if mayAsk(client, scope) {
				asked = append(asked, scope)
			}
		}
		return asked, nil
	}
	for _, scope := range asked {
		if !mayAsk(client, scope) {
			return nil, oidc.ErrInvalidScope().WithDescription("The integration is not registered for a scope it asked for.")
		}
	}
	return asked, nil
}
