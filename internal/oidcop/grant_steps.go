package oidcop

import (
	"context"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// tokenRequest is a request at the token endpoint on its way: what came, what the steps found, and the answer of the last one.
type tokenRequest struct {
	client idp.Client // authenticated
	now    time.Time

	code  oidc.AccessTokenRequest // grant_type=authorization_code
	token idp.Secret              // grant_type=refresh_token
	scope []string                // grant_type=refresh_token: what is asked for; empty: all there is
	form  url.Values              // all of it
	jkt   string                  // the key of the proof that came with it (RFC 9449, section 5); "": none came

	x5t string // the certificate that it came with, of a client whose tokens are bound to one; "": bound to none

	grant  Grant             // what the code stands for
	old    idp.RefreshToken  // what is stored of the refresh token
	holder idp.SignedIn      // the session and its person
	over   error             // not nil: the session of the code is not alive, and this is why
	scopes []string          // of the machine, before it is known what its token is for
	target target            // what the access token is for
	first  *idp.RefreshToken // of a code: the first of its session, to be stored; nil: none
	answer tokens
}

// grantStep does one thing for a grant. The first that fails is the answer.
type grantStep func(context.Context, *tokenRequest) error

// token gives tokens for a grant (RFC 6749, section 3.2).
func (s *Server) token(ctx context.Context, asked formRequest) (any, error) {
	form, grant := asked.form, oidc.GrantType(asked.form.Get("grant_type"))
	if err := checkGrant(asked.client, grant); err != nil {
		return nil, err
	}
	r := tokenRequest{client: asked.client, now: asked.now, form: form, jkt: asked.jkt}
	switch grant {
	case oidc.GrantTypeCode:
		r.code = oidc.AccessTokenRequest{Code: form.Get("code"), RedirectURI: form.Get("redirect_uri"), CodeVerifier: form.Get("code_verifier")}
	case oidc.GrantTypeRefreshToken:
		r.token, r.scope = idp.NewSecret(form.Get("refresh_token")), words(form.Get("scope"))
	}
	if err := r.bind(asked.certificate); err != nil {
		return nil, err
	}
	if err := take(ctx, &r, s.steps(grant)); err != nil {
		return nil, err
	}
	return r.answer, nil
}

// checkGrant keeps machines and people apart: no client has the grants of both, and an API has none.
func checkGrant(client idp.Client, grant oidc.GrantType) error {
	var has bool
	switch grant {
	case oidc.GrantTypeClientCredentials:
		has = client.Kind == idp.ClientMachine && client.AuthMethod != idp.AuthNone // RFC 6749, section 4.4: confidential clients alone
	case oidc.GrantTypeCode:
		has = client.Kind.ForPeople()
	case oidc.GrantTypeRefreshToken:
		has = client.Kind.ForPeople() && client.RefreshTokens
	}
	if !has {
		return oidc.ErrUnauthorizedClient().WithDescription("This client is not registered for the grant_type %s.", grant)
	}
	return nil
}

// steps lists what is done for a grant, in its order. What is asked of every request stands before it: formGate takes one form,
// of a grant that there is, with the parameters without which there is nothing to look at, and authenticates the client in one way;
// then its registration is asked for the grant.
func (s *Server) steps(grant oidc.GrantType) []grantStep {
	switch grant {
	case oidc.GrantTypeCode:
		return []grantStep{
			s.findCodeSession, // before the code is spent: code.go says why
			s.consumeCode,     // once, whatever else is wrong with it; a second time ends its session
			s.spendCode(
				checkCodeAge,
				checkCodeClient,
				checkCodeRedirect,
				checkCodeVerifier,
				checkCodeKey,
				s.chooseCodeTarget,
				checkCodeSession,
				s.confirmSession,
				s.firstTokens,
			),
		}
	case oidc.GrantTypeRefreshToken:
		return []grantStep{
			s.findRefreshToken,
			checkRefreshClient,
			checkRefreshKey,
			s.checkRefreshReuse, // a second time, later than its app allows, ends its session
			checkRefreshAge,
			checkRefreshScope,
			s.chooseRefreshTarget,
			s.checkRefreshSession,
			s.confirmSession,
			s.rotateTokens, // the last thing done: what fails before it can be tried again
		}
	case oidc.GrantTypeClientCredentials:
		return []grantStep{
			checkMachineKind,
			checkMachineSubject,
			checkMachineScope,
			s.chooseMachineTarget,
			s.machineTokens,
		}
	default:
		return []grantStep{func(context.Context, *tokenRequest) error { return oidc.ErrUnsupportedGrantType() }}
	}
}

// take takes the steps until one fails.
func take(ctx context.Context, r *tokenRequest, steps []grantStep) error {
	for _, step := range steps {
		if err := step(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
