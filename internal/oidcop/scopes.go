package oidcop

import (
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// mayAsk reports whether a client may ask for the scope. The scopes of a person's token are never granted to a machine, even if
// its registration lists them; openid is open to every app.
func mayAsk(client idp.Client, scope string) bool {
	person := client.Kind.ForPeople()
	switch scope {
	case oidc.ScopeOpenID:
		return person
	case scopeFactors:
		return person && slices.Contains(client.Scopes, scope)
	case oidc.ScopeOfflineAccess:
		return person && client.RefreshTokens && slices.Contains(client.Scopes, scope)
	default:
		return slices.Contains(client.Scopes, scope)
	}
}

// within reports whether every scope asked for was granted.
func within(asked, granted []string) bool {
	for _, scope := range asked {
		if !slices.Contains(granted, scope) {
			return false
		}
	}
	return true
}
