package directory

import (
	"context"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// DisableUser disables a person: the sign-in treats the account as if it did not exist, all its sessions end, and so do the links
// that were mailed to it. For a person who is disabled already nothing changes, and there is no event.
//
// Errors: idp.CodeNotFound if there is no such person in reach of the caller; idp.CodeForbidden with a text, also for the last
// active person of a practice with User Management+ access, or its last System Administrator.
func (s *People) DisableUser(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, policy.CommandDisableUser, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		return c.disable(ctx, account)
	})
}

// EnableUser lets a disabled person sign in again; no session and no link comes back, and the warnings from before can't freeze the
// account again: the administrator who enables it has looked into them. Errors are those of DisableUser.
func (s *People) EnableUser(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, policy.CommandEnableUser, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		return c.enable(ctx, account.User)
	})
}

// enable enables an account again, and revokes the links in earlier warnings that would freeze it.
func (c *command) enable(ctx context.Context, user idp.User) error {
	if err := c.setState(ctx, user, idp.UserActive); err != nil || c.event.Type == "" {
		return err
	}
	_, err := c.RevokeLinks(ctx, user.PracticeID, user.ID, idp.LinkNotMe, c.now)
	return err
}

// disable disables an account, unless it is the practice's last with a role that the practice needs.
func (c *command) disable(ctx context.Context, account idp.Account) error {
	if err := c.keepManager(ctx, account, account.User.Roles); err != nil {
		return err
	}
	return c.shut(ctx, account.User)
}

// shut disables an account and ends its sessions and the links that were mailed to it.
func (c *command) shut(ctx context.Context, user idp.User) error {
	kind := c.event.Type
	if err := c.setState(ctx, user, idp.UserDisabled); err != nil {
		return err
	}
	if err := c.endLinks(ctx, user); err != nil {
		return err
	}
	return c.signOut(ctx, user, string(kind))
}

func (c *command) setState(ctx context.Context, user idp.User, state idp.UserState) error {
	if user.State == state {
		c.event.Type = ""
		return nil
	}
	user.State, user.UpdatedAt = state, c.now
	return c.UpdateUser(ctx, user)
}

// keepManager refuses to take one of these roles from a practice's last active person who holds it (ABUSE 39). A person who was
// invited and has not joined can't help yet, and doesn't count. Two such commands at once, which each count the other's person,
// collide on the practice's version, and one of them is run again.
func (c *command) keepManager(ctx context.Context, account idp.Account, losing []idp.Role) error {
	if account.User.State != idp.UserActive || account.User.Invited() {
		return nil
	}
	counted := false
	for _, role := range losing {
		text := lastOf(role)
		if text == "" || !account.User.HasRole(role) {
			continue
		}
		holders, err := c.ListManagers(ctx, account.Practice.ID, role)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(holders, func(other idp.User) bool { return other.ID != account.User.ID && !other.Invited() }) {
			return notNow(idp.ReasonLastManager, text)
		}
		counted = true
	}
	if counted {
		c.counted = account.Practice
		c.counted.UpdatedAt = c.now
	}
	return nil
}

// lastOf returns why the last person with this role keeps it; "" for a role that a practice can do without.
func lastOf(role idp.Role) string {
	switch role {
	case idp.RoleUserManagement:
		return "Nobody else in this practice has access to User Management+. Give it to somebody first."
	case idp.RoleSystemAdministrator:
		return "Nobody else in this practice is a System Administrator. Make somebody else one first."
	default:
		return ""
	}
}
