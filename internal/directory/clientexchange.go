package directory

import (
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// maxExchanges is how many APIs of others an app may call for the person who is signed in.
const maxExchanges = 20

// checkExchanges holds what an app or an API may call for a person: it keeps a secret or a key, and names each API once. An app names scopes
// that a sign-in at it can have. Whether the API exists is asked when a token is exchanged: the two are registered in any order.
func (n NewClient) checkExchanges() error {
	if len(n.Exchanges) == 0 {
		return nil
	}
	seen := make(map[idp.ClientID]bool)
	for _, e := range n.Exchanges {
		missing := slices.IndexFunc(e.Scopes, func(scope string) bool { return !slices.Contains(n.Scopes, scope) })
		switch {
		case !clientIDPattern.MatchString(string(e.API)):
			return idp.Invalid("exchanges", "must name APIs by their identifiers")
		case e.API == n.ID:
			return idp.Invalid("exchanges", "must be APIs of others")
		case slices.ContainsFunc(e.Scopes, func(scope string) bool { return !scopePattern.MatchString(scope) }) || len(e.Scopes) > maxScopes:
			return idp.Invalid("exchanges", "%s must have at most %d scopes of letters, digits and -_:/.", e.API, maxScopes)
		case seen[e.API]:
			return idp.Invalid("exchanges", "%s is there twice", e.API)
		case len(e.Scopes) == 0:
			return idp.Invalid("exchanges", "%s needs a scope", e.API)
		case missing >= 0 && n.Kind == idp.ClientWeb:
			return idp.Invalid("exchanges", "%s: %q is not among the scopes of the app", e.API, e.Scopes[missing])
		}
		seen[e.API] = true
	}
	return idp.AllInvalid(
		broken(n.Kind != idp.ClientWeb && n.Kind != idp.ClientAPI, "exchanges", "is for an app with a server and for an API: what one exchanges, it must be able to keep"),
		broken(len(n.Exchanges) > maxExchanges, "exchanges", "must be at most %d APIs", maxExchanges),
	)
}

// pairs are the texts of exchanges, an API with its scopes each.
func pairs(exchanges []idp.Exchange) []string {
	texts := make([]string, len(exchanges))
	for i, e := range exchanges {
		texts[i] = e.String()
	}
	return texts
}

// sortedExchanges is a copy by API, each with its scopes sorted and once.
func sortedExchanges(exchanges []idp.Exchange) []idp.Exchange {
	var list []idp.Exchange
	for _, e := range exchanges {
		list = append(list, idp.Exchange{API: e.API, Scopes: sorted(e.Scopes)})
	}
	slices.SortStableFunc(list, func(a, b idp.Exchange) int { return strings.Compare(string(a.API), string(b.API)) })
	return list
}
