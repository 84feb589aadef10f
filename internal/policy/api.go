package policy

import (
	"slices"

	"github.com/apscloud/apsid/internal/idp"
)

// MayAskFor reports whether the client may have tokens for the API: it is registered for one of the API's scopes at least, and the API
// is not disabled.
func MayAskFor(api, client idp.Client) bool {
	return api.Kind == idp.ClientAPI && !api.Disabled && len(ScopesAt(api, client, client.Scopes)) > 0
}

// ScopesAt returns those of the granted scopes that a token of the client for the API has: the API's own, while the client is registered
// for them (RFC 8707, section 2.2).
func ScopesAt(api, client idp.Client, granted []string) []string {
	var scopes []string
	for _, scope := range granted {
		if slices.Contains(api.Scopes, scope) && slices.Contains(client.Scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}
