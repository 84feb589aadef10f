package oidcop

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/apscloud/apsid/internal/idp"
)

// protocol is the surface as the library sees it: each method hands a request to the type that answers it, and an error to the
// one function that maps errors. What it does not implement (device flow, the JWT bearer grant, token exchange) stays unimplemented
// in the embedded server.
type protocol struct {
	op.UnimplementedServer
	s *Server
}

var _ op.Server = protocol{}

// VerifyClient authenticates the client (RFC 6749, section 2.3), and holds it to the grants that it is registered for.
func (p protocol) VerifyClient(ctx context.Context, r *op.Request[op.ClientCredentials]) (op.Client, error) {
	client, err := p.authenticate(ctx, r.Data, r.Header, r.Form)
	if err == nil {
		err = checkGrant(client, oidc.GrantType(r.Form.Get("grant_type")))
	}
	if err != nil {
		return nil, libraryError(p.s.refused(ctx, client.ID, err))
	}
	return registration{client}, nil
}

// CodeExchange redeems an authorization code (RFC 6749, section 4.1.3).
func (p protocol) CodeExchange(ctx context.Context, r *op.ClientRequest[oidc.AccessTokenRequest]) (*op.Response, error) {
	client, err := authenticated(r.Client)
	if err != nil {
		return nil, libraryError(p.s.refused(ctx, "", err))
	}
	return p.exchange(ctx, oidc.GrantTypeCode, tokenRequest{client: client, code: *r.Data, form: r.PostForm})
}

// RefreshToken rotates a refresh token (RFC 6749, section 6).
func (p protocol) RefreshToken(ctx context.Context, r *op.ClientRequest[oidc.RefreshTokenRequest]) (*op.Response, error) {
	client, err := authenticated(r.Client)
	if err != nil {
		return nil, libraryError(p.s.refused(ctx, "", err))
	}
	return p.exchange(ctx, oidc.GrantTypeRefreshToken, tokenRequest{
		client: client, token: idp.NewSecret(r.Data.RefreshToken), scope: words(r.PostForm.Get("scope")), form: r.PostForm,
	})
}

// ClientCredentialsExchange gives a machine its token (RFC 6749, section 4.4).
func (p protocol) ClientCredentialsExchange(ctx context.Context, r *op.ClientRequest[oidc.ClientCredentialsRequest]) (*op.Response, error) {
	client, err := authenticated(r.Client)
	if err != nil {
		return nil, libraryError(p.s.refused(ctx, "", err))
	}
	return p.exchange(ctx, oidc.GrantTypeClientCredentials, tokenRequest{client: client, form: r.PostForm})
}

func (p protocol) exchange(ctx context.Context, grant oidc.GrantType, r tokenRequest) (*op.Response, error) {
	r.now = p.s.deps.Clock()
	data, err := p.s.exchange(ctx, grant, r)
	return answer(ctx, p.s, r.client.ID, data, err)
}

// UserInfo answers with the claims of the person whose access token this is (OpenID Connect Core, section 5.3).
func (p protocol) UserInfo(ctx context.Context, r *op.Request[oidc.UserInfoRequest]) (*op.Response, error) {
	data, err := p.s.userinfo(ctx, r.Data.AccessToken, p.s.deps.Clock())
	return answer(ctx, p.s, "", data, err)
}

// Introspect says what a token is, to the clients that it concerns (RFC 7662).
func (p protocol) Introspect(ctx context.Context, r *op.Request[op.IntrospectionRequest]) (*op.Response, error) {
	client, err := p.authenticate(ctx, r.Data.ClientCredentials, r.Header, r.Form)
	if err != nil {
		return nil, libraryError(p.s.refused(ctx, "", err))
	}
	data, err := p.s.introspect(ctx, client, r.Data.Token, p.s.deps.Clock())
	return answer(ctx, p.s, client.ID, data, err)
}

// Revocation ends a token of the client's own (RFC 7009).
func (p protocol) Revocation(ctx context.Context, r *op.ClientRequest[oidc.RevocationRequest]) (*op.Response, error) {
	client, err := authenticated(r.Client)
	if err != nil {
		return nil, libraryError(p.s.refused(ctx, "", err))
	}
	err = p.s.revoke(ctx, client, r.Data.Token, p.s.deps.Clock())
	return answer(ctx, p.s, client.ID, nothing{}, err)
}

func (p protocol) authenticate(ctx context.Context, c *op.ClientCredentials, header http.Header, form url.Values) (idp.Client, error) {
	return p.s.authenticate(ctx, credentialsOf(c.ClientID, c.ClientSecret, header, form), p.s.deps.Clock())
}

// authenticated returns our client from the library's type for it.
func authenticated(c op.Client) (idp.Client, error) {
	r, ok := c.(registration)
	if !ok {
		return idp.Client{}, errors.New("a client that is none of ours")
	}
	return r.Client, nil
}

// nothing is the body of an answer that has nothing to report.
type nothing struct{}

func answer[T any](ctx context.Context, s *Server, client idp.ClientID, data T, err error) (*op.Response, error) {
	if err != nil {
		return nil, libraryError(s.refused(ctx, client, err))
	}
	return op.NewResponse(data), nil
}
