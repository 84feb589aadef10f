package policy

import (
	"slices"

	"github.com/apscloud/apsid/internal/idp"
)

// MayAskFor reports whether the client may have tokens for the API: it is registered for one of the API's scopes at least, and the API
// is not disabled. An API that is part of an app gives tokens about people to that app alone: other apps call it by token exchange, under
// the rules of the app (Pair).
func MayAskFor(api, client idp.Client) bool {
	others := client.Kind.ForPeople() && api.PartOf != "" && api.PartOf != client.ID
	return api.Kind == idp.ClientAPI && !api.Disabled && !others && HasOwnScope(api, client.Scopes)
}

// ScopesAt returns those of the granted scopes that a token of the client for the API has, while the client is registered for them: the
// API's own (RFC 8707, section 2.2), and those with which it calls other APIs for the person. It has none without one of its own.
func ScopesAt(api, client idp.Client, granted []string) []string {
	var scopes []string
	for _, scope := range granted {
		if isCarriedTo(api, scope) && slices.Contains(client.Scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	if !HasOwnScope(api, scopes) {
		return nil
	}
	return scopes
}
