package policy

import "github.com/apscloud/apsid/internal/idp"

// Doer is who gives a command, as stored at the moment of the command: rights that were taken away no longer count.
type Doer struct {
	Kind     idp.ActorKind
	User     idp.User     // ActorUser, ActorStaff
	Client   idp.Client   // ActorClient
	Practice idp.Practice // of the user, or of the client
}

// Permission says whether a command may be carried out, or why not.
type Permission string

// The answers. PermissionOtherPractice must look as if there were nothing of that name.
const (
	Permitted               Permission = "permitted"
	PermissionOtherPractice Permission = "other_practice"
	PermissionInactive      Permission = "inactive"    // whoever asks is disabled, or works for a suspended practice
	PermissionSelf          Permission = "self"        // nobody does this to the own account
	PermissionNoAccess      Permission = "no_access"   // has no access to User Management+, or does not work at APS
	PermissionMoreRights    Permission = "more_rights" // the account has rights that whoever asks has not
)

// MayManage decides whether d may disable, enable, reset or sign out this person: somebody with User Management+ access in the
// same practice, or APS; never oneself, and never somebody with more rights.
func MayManage(d Doer, target idp.User) Permission {
	if everywhere(d) == Permitted {
		return notSelf(d, target)
	}
	switch {
	case !d.active():
		return PermissionInactive
	case d.Kind != idp.ActorUser:
		return PermissionNoAccess
	case d.User.PracticeID != target.PracticeID:
		return PermissionOtherPractice
	case !d.User.HasRole(idp.RoleUserManagement):
		return PermissionNoAccess
	case outranks(target, d.User):
		return PermissionMoreRights
	default:
		return notSelf(d, target)
	}
}

// MayManagePractice decides whether d may suspend or resume the practice, or change which apps it has: APS only. Its own
// practice is not for APS to switch off by a command: nobody could switch it on again.
func MayManagePractice(d Doer, target idp.Practice) Permission {
	switch answer := everywhere(d); {
	case answer == Permitted && target.Kind == idp.PracticeAPS:
		return PermissionSelf
	case answer == PermissionNoAccess && d.active() && d.Practice.ID != target.ID:
		return PermissionOtherPractice
	default:
		return answer
	}
}

// MayManageSelf decides whether d may change the own account: every person who may sign in.
func MayManageSelf(d Doer) Permission {
	switch {
	case d.Kind != idp.ActorUser && d.Kind != idp.ActorStaff:
		return PermissionNoAccess
	case !d.active():
		return PermissionInactive
	default:
		return Permitted
	}
}

// everywhere decides whether d acts for APS, in every practice.
func everywhere(d Doer) Permission {
	switch {
	case d.Kind == idp.ActorSystem:
		return Permitted
	case !d.active():
		return PermissionInactive
	case d.Kind == idp.ActorStaff && d.User.HasRole(idp.RoleAPSStaff) && d.Practice.Kind == idp.PracticeAPS:
		return Permitted
	case d.Kind == idp.ActorClient && d.Practice.Kind == idp.PracticeAPS:
		return Permitted
	default:
		return PermissionNoAccess
	}
}

func (d Doer) active() bool {
	switch d.Kind {
	case idp.ActorSystem:
		return true
	case idp.ActorUser, idp.ActorStaff:
		return MaySignIn(d.User, d.Practice)
	case idp.ActorClient:
		return d.Client.Kind == idp.ClientMachine && !d.Client.Disabled && d.Practice.State == idp.PracticeActive
	default:
		return false
	}
}

func notSelf(d Doer, target idp.User) Permission {
	if d.User.ID != "" && d.User.ID == target.ID {
		return PermissionSelf
	}
	return Permitted
}

// outranks reports whether one person has a right over others that the other person has not.
func outranks(one, other idp.User) bool {
	for _, role := range one.Roles {
		if !other.HasRole(role) {
			return true
		}
	}
	return false
}
