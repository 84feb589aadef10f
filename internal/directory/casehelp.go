package directory

import (
	"context"
	"slices"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// help carries out the action of the case, with the rights that the approved case gives.
// The code is that of idp.CaseEnrolmentCode, and zero otherwise.
func (c *command) help(ctx context.Context, action idp.CaseAction, account idp.Account) (EnrolmentCode, error) {
	if action == idp.CaseGrantUserManagement {
		return EnrolmentCode{}, c.giveAccess(ctx, account)
	}
	if err := refuse(policy.MayManage(c.actor, account.User)); err != nil {
		return EnrolmentCode{}, err
	}
	switch action {
	case idp.CaseEnableUser:
		return EnrolmentCode{}, c.letBackIn(ctx, account)
	case idp.CaseEnrolmentCode:
		if err := c.refuseEnrolment(ctx, account); err != nil {
			return EnrolmentCode{}, err
		}
		return c.enrolmentCode(ctx, account)
	default:
		return EnrolmentCode{}, c.resetMFA(ctx, account)
	}
}

// giveAccess gives the person the roles that let the practice manage itself: User Management+ and System Administrator.
func (c *command) giveAccess(ctx context.Context, account idp.Account) error {
	roles := sorted(append(slices.Clone(account.User.Roles), idp.RoleUserManagement, idp.RoleSystemAdministrator))
	if err := refuse(policy.MayGrant(c.actor, account.User, roles)); err != nil {
		return err
	}
	account.User.Roles, account.User.UpdatedAt = roles, c.now
	if err := c.UpdateUser(ctx, account.User); err != nil {
		return err
	}
	return c.signOut(ctx, account.User, string(idp.EventCaseDone)) // every change of rights ends the person's sessions
}

// letBackIn enables the person. A person who froze their own account may have done so because an attacker knew the password, so a
// link to choose another one goes to the mailbox; a person who never had a password has nothing to replace.
func (c *command) letBackIn(ctx context.Context, account idp.Account) error {
	if err := c.enable(ctx, account.User); err != nil {
		return err
	}
	if !account.User.HasPassword() {
		return nil
	}
	c.event.Details["sent"] = string(idp.LinkPasswordReset)
	return c.sendLink(ctx, resetLink(), account)
}
