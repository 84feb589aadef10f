package oidcop

import (
	"context"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// A machine gets a token of its own (RFC 6749, section 4.4): bound to its practice, about no person. That touches no store:
// client and keys are in memory. (An opaque token is kept in Redis.)

// checkMachineKind: people's apps have no use for it.
func checkMachineKind(_ context.Context, r *tokenRequest) error {
	if r.client.Kind != idp.ClientMachine {
		return oidc.ErrUnauthorizedClient().WithDescription("This grant is for integrations.")
	}
	return nil
}

// checkMachineSubject refuses a subject. The specification would have it ignored; a client that sends one counts on it, and
// should learn that it does not work.
func checkMachineSubject(_ context.Context, r *tokenRequest) error {
	for _, name := range []string{"sub", "subject", "requested_subject", "username"} {
		if r.form.Has(name) {
			return oidc.ErrInvalidRequest().WithDescription("An integration acts as itself.")
		}
	}
	return nil
}

// checkMachineScope: those asked for, or all of the registration when none is (RFC 6749, section 3.3).
func checkMachineScope(_ context.Context, r *tokenRequest) (err error) {
	r.scopes, err = machineScopes(r.client, words(r.form.Get("scope")))
	return err
}

// machineTokens makes the token.
func (s *Server) machineTokens(ctx context.Context, r *tokenRequest) error {
	content := Reference{
		ClientID: r.client.ID, Subject: string(r.client.ID), PracticeID: r.client.PracticeID,
		Audience: r.target.audience, Scopes: r.target.scopes,
		IssuedAt: r.now, ExpiresAt: r.now.Add(s.config.MachineTokenLifetime), JKT: r.jkt, X5T: r.x5t,
	}
	access, err := s.accessToken(ctx, content, r.client.ReferenceTokens)
	if err != nil {
		return err
	}
	s.deps.Usage.Used(r.client.ID, r.now)
	r.answer = response(access, content)
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
