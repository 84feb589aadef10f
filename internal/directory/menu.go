package directory

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// menu says which commands the caller may give for a person, of whom their strictest app asks for this, and why not: "" means permitted.
func menu(d policy.Actor, account idp.Account, locked bool, strictest idp.ACR, now time.Time) map[policy.Command]string {
	user := account.User
	states := map[policy.Command]string{
		policy.CommandResetMFA:           "",
		policy.CommandRemindMFA:          mayRemind(account),
		policy.CommandEnrolmentCode:      mayEnrol(account, strictest),
		policy.CommandEditUser:           "",
		policy.CommandEndSession:         "",
		policy.CommandUnlockUser:         mayUnlock(locked),
		policy.CommandSendPasswordReset:  maySendReset(user),
		policy.CommandResendInvite:       mayResend(user),
		policy.CommandRevokeInvite:       mayResend(user),
		policy.CommandResendConfirmation: mayConfirm(user),
		policy.CommandDisableUser:        mayDisable(user),
		policy.CommandEnableUser:         mayEnable(user),
	}
	answer := policy.MayManage(d, user)
	if answer == policy.Permitted {
		for name, state := range states {
			if why := whyNot(policy.OneHand(name, d, user, now)); state == "" {
				states[name] = why
			}
		}
		return states
	}
	for name := range states {
		states[name] = whyNot(answer)
	}
	return states
}

// grantable lists the roles that the caller may give to the person or take from them.
func grantable(d policy.Actor, account idp.Account) (roles []idp.Role) {
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

func mayRemind(account idp.Account) string {
	switch {
	case account.User.State != idp.UserActive:
		return "This person is disabled. Enable the account first."
	case account.User.Invited():
		return "This person has not joined yet. Send the invitation again instead."
	case len(account.Authenticators) > 0:
		return "This person has set up MFA already."
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

func mayConfirm(user idp.User) string {
	switch {
	case user.State != idp.UserActive:
		return "This person is disabled. Enable the account first."
	case user.Invited():
		return "This person has not joined yet. Send the invitation again instead."
	case policy.AddressConfirmed(user):
		return "This address is confirmed already."
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
	return notNow(idp.ReasonState, text)
}
