package policy

import "github.com/apscloud/apsid/internal/idp"

// MayManageClient decides whether d may register a client, change all of it, or give it secrets: APS only. bound is the practice
// of an integration, the zero one for an app.
//
// An integration never touches those of APS itself: it could give one more scopes than it has, or a secret of its own, and act
// in its name (ABUSE 33).
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

// MayKeepClient decides whether d may say who answers for a client, why it is needed and when it is looked at again, and whether
// it is disabled: of an integration also the people who manage its practice. Everything else is as if it were not there.
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

// MayReadClient decides whether d may see a client: its practice's integrations those who may see the practice, and all of them
// APS.
func MayReadClient(d Actor, bound idp.PracticeID) Permission {
	if bound == "" && everywhere(d) == PermissionNoAccess {
		return PermissionOtherPractice
	}
	return MayRead(d, bound)
}

// IsOff reports whether nothing may be given to the client now: it is disabled, or it is an integration of a practice that is not
// active. practice is the zero one if the client has none, or if it is gone.
func IsOff(client idp.Client, practice idp.Practice) bool {
	return client.Disabled || client.PracticeID != "" && practice.State != idp.PracticeActive
}
