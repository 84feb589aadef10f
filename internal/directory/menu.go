package directory

import (
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// menu says which commands the caller may give for a person, by the command's event type, and why not: "" means permitted.
func menu(d policy.Doer, user idp.User, locked bool) map[string]string {
	states := map[string]string{
		idp.EventMFAReset:          "",
		idp.EventUserUpdated:       "",
		idp.EventSessionEnded:      "",
		idp.EventUserUnlocked:      mayUnlock(locked),
		idp.EventPasswordResetSent: maySendReset(user),
		idp.EventInviteResent:      mayResend(user),
		idp.EventInviteRevoked:     mayResend(user),
		idp.EventUserDisabled:      mayDisable(user),
		idp.EventUserEnabled:       mayEnable(user),
	}
	answer := policy.MayManage(d, user)
	if answer == policy.Permitted {
		return states
	}
	for command := range states {
		states[command] = whyNot(answer)
	}
	return states
}

// grantable lists the roles that the caller may give to the person or take from them.
func grantable(d policy.Doer, account idp.Account) (roles []idp.Role) {
	all := []idp.Role{idp.RoleUserManagement, idp.RoleSystemAdministrator}
	if account.Practice.Kind == idp.PracticeAPS {
		all = append(all, idp.RoleAPSStaff)
	}
	for _, role := range all {
		toggled := missing(account.User.Roles, []idp.Role{role})
		if !account.User.HasRole(role) {
			toggled = append(toggled, role)
		}
		if policy.MayGrant(d, account.User, toggled) == policy.Permitted {
			roles = append(roles, role)
		}
	}
	return roles
}

// The states of a person that stand in the way of a command, in words; "" for none.

func mayResend(user idp.User) string {
	switch {
	case user.State != idp.UserActive:
		return "This person is disabled. Enable the account first."
	case !user.Invited():
		return "This person has joined already."
	default:
		return ""
	}
}

func maySendReset(user idp.User) string {
	switch {
	case user.State != idp.UserActive:
		return "This person is disabled. Enable the account first."
	case user.Invited():
		return "This person has not joined yet. Send the invitation again instead."
	default:
		return ""
	}
}

func mayUnlock(locked bool) string {
	if locked {
		return ""
	}
	return "Nothing is locked."
}

func mayDisable(user idp.User) string {
	if user.State == idp.UserActive {
		return ""
	}
	return "This person is disabled already."
}

func mayEnable(user idp.User) string {
	if user.State == idp.UserDisabled {
		return ""
	}
	return "This person is not disabled."
}

// refuseState refuses a command because of the state the person is in; nil if there is no such text.
func refuseState(text string) error {
	if text == "" {
		return nil
	}
	return notNow("state", text)
}
