package oidcop

import (
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/apscloud/apsid/internal/idp"
)

// registration shows a client to the library. The library's router looks at AuthMethod and GrantTypes alone; the other methods
// are required by its interface, and return what is registered.
type registration struct{ idp.Client }

var _ op.Client = registration{}

// GetID returns the client_id.
func (r registration) GetID() string { return string(r.ID) }

// AuthMethod is the method it is registered for. The library asks only whether it is none.
func (r registration) AuthMethod() oidc.AuthMethod { return oidc.AuthMethod(r.Client.AuthMethod) }

// GrantTypes keeps machines and people apart: no client has the grants of both. An API has none.
func (r registration) GrantTypes() []oidc.GrantType {
	switch {
	case r.Kind == idp.ClientMachine:
		return []oidc.GrantType{oidc.GrantTypeClientCredentials}
	case r.Kind == idp.ClientAPI:
		return nil
	case r.RefreshTokens:
		return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
	default:
		return []oidc.GrantType{oidc.GrantTypeCode}
	}
}

// checkGrant holds a client to the grants that it is registered for; a request without one (a revocation) asks for none.
func checkGrant(client idp.Client, grant oidc.GrantType) error {
	if grant == "" || slices.Contains(registration{client}.GrantTypes(), grant) {
		return nil
	}
	return oidc.ErrUnauthorizedClient().WithDescription("This client is not registered for the grant_type %s.", grant)
}

// ResponseTypes is code, for apps.
func (r registration) ResponseTypes() []oidc.ResponseType {
	if !r.Kind.ForPeople() {
		return nil
	}
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

// ApplicationType is native or web.
func (r registration) ApplicationType() op.ApplicationType {
	if r.Kind == idp.ClientNative {
		return op.ApplicationTypeNative
	}
	return op.ApplicationTypeWeb
}

// AccessTokenType is a JWT unless the client is registered for opaque ones.
func (r registration) AccessTokenType() op.AccessTokenType {
	if r.ReferenceTokens {
		return op.AccessTokenTypeBearer
	}
	return op.AccessTokenTypeJWT
}

// RedirectURIs returns them as registered.
func (r registration) RedirectURIs() []string { return r.Client.RedirectURIs }

// PostLogoutRedirectURIs returns them as registered.
func (r registration) PostLogoutRedirectURIs() []string { return r.Client.PostLogoutRedirectURIs }

// IsScopeAllowed reports whether the client may ask for it.
func (r registration) IsScopeAllowed(scope string) bool { return mayAsk(r.Client, scope) }

// LoginURL is empty: package browser knows the addresses of the pages.
func (r registration) LoginURL(string) string { return "" }

// IDTokenLifetime is the provider's.
func (r registration) IDTokenLifetime() time.Duration { return DefaultPersonTokenLifetime }

// DevMode is never on.
func (r registration) DevMode() bool { return false }

// ClockSkew is none.
func (r registration) ClockSkew() time.Duration { return 0 }

// IDTokenUserinfoClaimsAssertion reports whether claims of a person stand in its ID tokens too.
func (r registration) IDTokenUserinfoClaimsAssertion() bool { return !r.UserinfoOnly }

// RestrictAdditionalIdTokenScopes restricts nothing.
//
//lint:ignore ST1003 the name is the library's
func (r registration) RestrictAdditionalIdTokenScopes() func([]string) []string { return same }

// RestrictAdditionalAccessTokenScopes restricts nothing.
func (r registration) RestrictAdditionalAccessTokenScopes() func([]string) []string { return same }

func same(scopes []string) []string { return scopes }
