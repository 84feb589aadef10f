package policy

import (
	"slices"

	"github.com/apscloud/apsid/internal/idp"
)

// Token exchange (RFC 8693) has one purpose: an app calls the API of another app for the person who is signed in to it, and that API may
// call one more. It gives no more than the person could get by signing in to the app that the API is part of, and no more scope than the
// token that it is made of. Who may call which is registered pair by pair.

// MostActors is how many may stand in a chain of those who act for one another.
const MostActors = 3

// ExchangeFault says why a token is not exchanged; ExchangeGranted: it may be.
type ExchangeFault string

// The faults.
const (
	ExchangeGranted ExchangeFault = ""
	ExchangeLoop    ExchangeFault = "loop"     // the API, or its app, is in the chain already
	ExchangeTooLong ExchangeFault = "too_long" // more than MostActors act for one another
)

// Pair returns what caller may do at the API, as it is registered.
func Pair(caller, api idp.Client) (pair idp.Exchange, found bool) {
	if !Exchanges(caller) || caller.Disabled || api.Kind != idp.ClientAPI || api.Disabled || api.PartOf == "" {
		return idp.Exchange{}, false
	}
	i := slices.IndexFunc(caller.Exchanges, func(e idp.Exchange) bool { return e.API == api.ID })
	if i < 0 {
		return idp.Exchange{}, false
	}
	return caller.Exchanges[i], true
}

// Exchanges reports whether the client is registered for token exchange. A public client is not: nothing says who brings its token.
func Exchanges(client idp.Client) bool {
	kind := client.Kind == idp.ClientWeb || client.Kind == idp.ClientAPI
	return kind && client.AuthMethod != idp.AuthNone && len(client.Exchanges) > 0
}

// Exchange is one that is asked for: caller brings a token of a session of the origin, which those in actors have exchanged before, the
// latest first.
type Exchange struct {
	Origin      idp.ClientID // the app of the session
	Actors      []idp.ClientID
	Caller, API idp.Client
}

// Fault decides whether the chain of a pair may go on to the API.
func (e Exchange) Fault() ExchangeFault {
	app := e.API.PartOf
	switch {
	case app == e.Origin, e.Caller.PartOf == app,
		slices.Contains(e.Actors, e.Caller.ID), slices.Contains(e.Actors, e.API.ID), slices.Contains(e.Actors, app):
		return ExchangeLoop
	case len(e.Actors) >= MostActors:
		return ExchangeTooLong
	default:
		return ExchangeGranted
	}
}

// ExchangedScopes are those of a token that the new one can have: what the pair allows, and the API has or may call another one with.
func ExchangedScopes(pair idp.Exchange, api idp.Client, scopes []string) []string {
	var list []string
	for _, scope := range scopes {
		if slices.Contains(pair.Scopes, scope) && isCarriedTo(api, scope) && !slices.Contains(list, scope) {
			list = append(list, scope)
		}
	}
	return list
}

// isCarriedTo reports whether a token for the API may have the scope: one of the API's own, or one that it needs to call another API.
func isCarriedTo(api idp.Client, scope string) bool {
	return slices.Contains(api.Scopes, scope) || slices.ContainsFunc(api.Exchanges, func(e idp.Exchange) bool {
		return slices.Contains(e.Scopes, scope)
	})
}

// HasOwnScope reports whether one of the scopes is the API's own. A token without one is not given.
func HasOwnScope(api idp.Client, scopes []string) bool {
	return slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(api.Scopes, scope) })
}
