package policy

import (
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// UsualIDTokenAlg is the algorithm of ID tokens for an app that is registered without one: the default of the specification, which stock
// libraries take for granted (OpenID Connect Dynamic Client Registration, section 2). ES256 is there for apps that ask for it.
const UsualIDTokenAlg = "RS256"

// UsualAuthMethod is how a client authenticates that does not say: by the keys that it registers or publishes, on a device or in a page by nothing,
// and otherwise by its secret wherever its library puts it (RFC 6749, section 2.3.1).
func UsualAuthMethod(n idp.Registration) idp.AuthMethod {
	switch {
	case n.PublicKeys != "" || n.JWKSURI != "":
		return idp.AuthKey
	case n.Kind == idp.ClientNative || n.Kind == idp.ClientBrowser:
		return idp.AuthNone
	default:
		return idp.AuthSecret
	}
}

// HasRefreshTokens reports whether an app that is registered for these scopes is registered for refresh tokens: offline_access is all it
// takes (OpenID Connect Core, section 11).
func HasRefreshTokens(scopes []string) bool { return slices.Contains(scopes, "offline_access") }

// How long a refresh token is answered again after it was rotated, unless the app says otherwise, and the longest that it may say: two
// tabs that refresh at once, and an answer that was lost on its way, are no theft (RFC 9700, section 4.14.2, leaves this to the server).
const (
	usualRefreshGrace = 10 * time.Second
	MaxRefreshGrace   = time.Minute
)

// RefreshGrace is for how long a refresh token of the app is answered again after it was rotated. Apps connected to a government system
// never have it answered again.
func RefreshGrace(app idp.Registration) time.Duration {
	switch {
	case app.Profile == idp.ProfileGovernmentConnected || app.RefreshGrace < 0:
		return 0
	case app.RefreshGrace == 0:
		return usualRefreshGrace
	default:
		return min(app.RefreshGrace, MaxRefreshGrace)
	}
}

// MayManageClient decides whether d may register a client, change all of it, or give it secrets: APS only. bound is the practice
// of an integration, the zero one for an app.
//
// An integration never manages the integrations of APS itself: it could give one of them more scopes than it has itself, or a
// secret that it knows, and act in its name (ABUSE 33).
func MayManageClient(d Actor, bound idp.Practice) Permission {
	switch answer := everywhere(d); {
	case answer == Permitted && d.Kind == idp.ActorClient && bound.Kind == idp.PracticeAPS:
		return PermissionMoreRights
	case answer == PermissionNoAccess && bound.ID != "" && d.Practice.ID != bound.ID:
		return PermissionOtherPractice
	default:
		return answer
	}
}

// MayKeepClient decides whether d may change a client's owner, purpose and review date, and whether it is disabled: APS may for
// every client, and the people who manage a practice for its integrations. To them any other client looks as if it did not exist.
func MayKeepClient(d Actor, bound idp.Practice) Permission {
	switch {
	case everywhere(d) == Permitted:
		return MayManageClient(d, bound)
	case bound.ID == "" && d.active():
		return PermissionOtherPractice
	default:
		return MayAdminister(d, bound.ID)
	}
}

// MayReadClient decides whether d may see a client: callers who may see a practice see its integrations, and APS sees all clients.
func MayReadClient(d Actor, bound idp.PracticeID) Permission {
	if bound == "" && everywhere(d) == PermissionNoAccess {
		return PermissionOtherPractice
	}
	return MayRead(d, bound)
}

// IsOff reports whether nothing may be given to the client now: it is disabled, or it is an integration of a practice that is not
// active. practice is zero if the client has none, or if the practice no longer exists.
func IsOff(client idp.Client, practice idp.Practice) bool {
	return client.Disabled || client.PracticeID != "" && practice.State != idp.PracticeActive
}
