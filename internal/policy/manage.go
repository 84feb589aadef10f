package policy

import (
	"slices"

	"github.com/apscloud/apsid/internal/idp"
)

// Actor is the caller who gives a command, as stored at the moment of the command: rights that were taken away no longer count.
type Actor struct {
	Kind     idp.ActorKind
	User     idp.User     // ActorUser, ActorStaff
	Client   idp.Client   // ActorClient
	Practice idp.Practice // of the user, or of the client
	// Enrolled is whether the user has an authenticator, and so can prove a second factor.
	Enrolled bool
	// Case is the person whom an approved support case lets this member of APS staff act on, for this one command; "" without a
	// case.
	Case idp.UserID
}

// Permission says whether a command may be carried out, or why not.
type Permission string

// The answers. A caller who gets PermissionOtherPractice must be told the same as if what they named did not exist.
const (
	Permitted               Permission = "permitted"
	PermissionOtherPractice Permission = "other_practice"
	PermissionInactive      Permission = "inactive"    // the caller is disabled, or works for a suspended practice
	PermissionSelf          Permission = "self"        // no one does this to their own account
	PermissionNoAccess      Permission = "no_access"   // the caller has no access to User Management+, or does not work at APS
	PermissionMoreRights    Permission = "more_rights" // the account, or what is to be granted, has rights that the caller has not
	PermissionNotOwn        Permission = "not_own"     // only the practice's own people do this: APS does not speak in its name
	PermissionNeedsCase     Permission = "needs_case"  // APS staff act on people of a practice only through an approved support case
	PermissionNewAddress    Permission = "new_address" // the person's user name was changed lately, and one hand must not take the account
)

// Reason is the reason of the event about a command that was refused with this answer.
func (p Permission) Reason() idp.Reason { return idp.Reason(p) }

// MayRead decides whether d may see the practice, its people and its events. People with User Management+ access and integrations
// may, each in their own practice, and APS in every practice. An integration's scopes limit further what it sees.
func MayRead(d Actor, practice idp.PracticeID) Permission {
	answer := MayAdminister(d, practice)
	if d.Kind == idp.ActorClient && (answer == PermissionNoAccess || answer == PermissionMoreRights) {
		return Permitted
	}
	return answer
}

// MayAdminister decides whether d may act for the practice as a whole, as its own people do: ask for MFA, keep the register of its
// integrations. People with User Management+ access may in their own practice, and APS in every practice.
func MayAdminister(d Actor, practice idp.PracticeID) Permission {
	switch {
	case d.Kind == idp.ActorClient && everywhere(d) == Permitted && d.Practice.ID == practice:
		return PermissionMoreRights // an integration does nothing in APS's own practice
	case everywhere(d) == Permitted:
		return Permitted
	case !d.active():
		return PermissionInactive
	case d.Practice.ID != practice:
		return PermissionOtherPractice
	case d.Kind != idp.ActorUser || !d.User.HasRole(idp.RoleUserManagement):
		return PermissionNoAccess
	default:
		return Permitted
	}
}

// MayManage decides whether d may disable, enable, edit, unlock, reset or sign out this person: people with User Management+
// access do in the same practice, but never a person with more rights, and never themselves. APS staff have these rights among their
// own colleagues; on people of a practice they act only through a support case (ABUSE 39). The machine's own shell acts on
// every person, APS's own integrations on every person of a practice: in APS's own practice they do nothing, because the rights of APS
// are within reach of its people, whatever their roles.
func MayManage(d Actor, target idp.User) Permission {
	switch {
	case !d.active():
		return PermissionInactive
	case d.User.ID != "" && d.User.ID == target.ID:
		return PermissionSelf
	case d.Case != "" && d.Case == target.ID && everywhere(d) == Permitted: // the person of a case may be a colleague at APS, too
		return Permitted
	case d.Kind == idp.ActorClient && everywhere(d) == Permitted && (target.PracticeID == d.Practice.ID || target.HasRole(idp.RoleAPSStaff)):
		return PermissionMoreRights
	case !isPerson(d) && everywhere(d) == Permitted:
		return Permitted
	case d.Practice.ID == "" || d.Practice.ID != target.PracticeID:
		return fromOutside(d)
	case !isPerson(d) || !d.User.HasRole(idp.RoleUserManagement):
		return PermissionNoAccess
	case outranks(target.Roles, d.User):
		return PermissionMoreRights
	default:
		return Permitted
	}
}

// fromOutside is the answer to a caller who does not belong to the person's practice, and has no case.
func fromOutside(d Actor) Permission {
	if everywhere(d) != Permitted {
		return PermissionOtherPractice
	}
	return PermissionNeedsCase
}

// MayGrant decides whether d may give this person exactly these roles, in place of those they have; of a person who is about to
// join, target has the practice and no roles. No one changes their own roles, or grants or takes a right that they lack (ABUSE 33).
// A support case, and APS's own integrations, can give only the roles that a practice needs to manage itself, never a right that is
// APS's own.
func MayGrant(d Actor, target idp.User, roles []idp.Role) Permission {
	answer := MayManage(d, target)
	switch {
	case answer != Permitted || d.Kind == idp.ActorSystem:
		return answer
	case d.Kind == idp.ActorClient || d.Practice.ID != target.PracticeID:
		if slices.Contains(changed(target.Roles, roles), idp.RoleAPSStaff) {
			return PermissionMoreRights
		}
	case outranks(changed(target.Roles, roles), d.User):
		return PermissionMoreRights
	}
	return Permitted
}

// MayManagePractice decides whether d may suspend or resume the practice, or change which apps it has: APS only. APS can't suspend
// its own practice by a command, because then no one could resume it.
func MayManagePractice(d Actor, target idp.Practice) Permission {
	switch answer := everywhere(d); {
	case answer == Permitted && target.Kind == idp.PracticeAPS:
		return PermissionSelf
	case answer == PermissionNoAccess && d.active() && d.Practice.ID != target.ID:
		return PermissionOtherPractice
	default:
		return answer
	}
}

// MayManageSelf decides whether d may change their own account: every person who may sign in.
func MayManageSelf(d Actor) Permission {
	switch {
	case !isPerson(d):
		return PermissionNoAccess
	case !d.active():
		return PermissionInactive
	default:
		return Permitted
	}
}

// MayServe decides whether d acts for APS, in every practice: its staff, its own integrations, and the machine's own shell.
func MayServe(d Actor) Permission { return everywhere(d) }

// everywhere decides whether d acts for APS, in every practice.
func everywhere(d Actor) Permission {
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

func (d Actor) active() bool {
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

func isPerson(d Actor) bool { return d.Kind == idp.ActorUser || d.Kind == idp.ActorStaff }

// outranks reports whether one of the roles is a right over other people that the person does not have.
func outranks(roles []idp.Role, person idp.User) bool {
	return slices.ContainsFunc(roles, func(role idp.Role) bool { return !person.HasRole(role) })
}

// changed lists the roles that are in one of the two lists alone.
func changed(before, after []idp.Role) (roles []idp.Role) {
	for _, role := range before {
		if !slices.Contains(after, role) {
			roles = append(roles, role)
		}
	}
	for _, role := range after {
		if !slices.Contains(before, role) {
			roles = append(roles, role)
		}
	}
	return roles
}
