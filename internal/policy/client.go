package policy

import "github.com/apscloud/apsid/internal/idp"

// UsualIDTokenAlg is the algorithm of ID tokens for an app that is registered without one: the default of the specification, which stock
// libraries take for granted (OpenID Connect Dynamic Client Registration, section 2). ES256 is there for apps that ask for it.
const UsualIDTokenAlg = "RS256"

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
