package policy

import "github.com/apscloud/apsid/internal/idp"

// Access says whether a person may enter an app, or why not.
type Access string

// The answers. To a visitor who tries to sign in, those before AccessNoApp must look like a wrong password.
const (
	AccessGranted           Access = "granted"
	AccessUserDisabled      Access = "user_disabled"
	AccessPracticeSuspended Access = "practice_suspended"
	AccessNoApp             Access = "no_access" // the practice has not enabled the app, or the person may not use it
	AccessClientDisabled    Access = "client_disabled"
)

// Reason is the reason of the event about an entry that was refused with this answer.
func (a Access) Reason() idp.Reason { return idp.Reason(a) }

// MayEnter decides whether this person may have a session at this app.
func MayEnter(user idp.User, practice idp.Practice, client idp.Client) Access {
	switch {
	case user.State != idp.UserActive:
		return AccessUserDisabled
	case practice.State != idp.PracticeActive:
		return AccessPracticeSuspended
	case client.Disabled || !client.Kind.ForPeople():
		return AccessClientDisabled
	case isOffered(user, practice, client):
		return AccessGranted
	default:
		return AccessNoApp
	}
}

// isOffered reports whether the app is there for this person. Only the apps of practices can be blocked for one person: the
// provider's own follow the roles, so that taking one away is always seen as taking the right away (ABUSE 39), and no person can be
// kept from Your account.
func isOffered(user idp.User, practice idp.Practice, client idp.Client) bool {
	switch client.Access {
	case idp.AccessEveryone:
		return true
	case idp.AccessManagers:
		return practice.HasApp(client.ID) && user.HasRole(idp.RoleUserManagement)
	case idp.AccessStaff:
		return practice.Kind == idp.PracticeAPS && user.HasRole(idp.RoleAPSStaff)
	case idp.AccessPractice:
		return (practice.Kind == idp.PracticeAPS || practice.HasApp(client.ID)) && !user.IsBlocked(client.ID)
	default: // an audience that a later release added
		return false
	}
}

// MaySignIn reports whether the account exists for the sign-in at all: where it does not, every password is wrong.
func MaySignIn(user idp.User, practice idp.Practice) bool {
	return user.State == idp.UserActive && practice.State == idp.PracticeActive
}
