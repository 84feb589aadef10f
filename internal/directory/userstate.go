package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// DisableUser keeps a person out: the account exists no more for the sign-in, and all its sessions end. One that is disabled
// already stays so, without an event.
//
// Errors: idp.CodeNotFound if there is no such person in reach of the caller; idp.CodeForbidden with a text, also for the last
// active person with User Management+ access of a practice.
func (s *Service) DisableUser(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, idp.EventUserDisabled, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		if err := c.keepManager(ctx, account); err != nil {
			return err
		}
		if err := c.setState(ctx, account.User, idp.UserDisabled); err != nil {
			return err
		}
		return c.signOut(ctx, account.User, idp.EventUserDisabled)
	})
}

// EnableUser lets a disabled person sign in again; no session comes back. Errors are those of DisableUser.
func (s *Service) EnableUser(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, idp.EventUserEnabled, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		return c.setState(ctx, account.User, idp.UserActive)
	})
}

func (c *command) setState(ctx context.Context, user idp.User, state idp.UserState) error {
	if user.State == state {
		c.event.Type = ""
		return nil
	}
	user.State, user.UpdatedAt = state, c.now
	return c.UpdateUser(ctx, user)
}

// keepManager refuses to take the last active person with User Management+ access from a practice (ABUSE 39). The practice's
// version is where two such commands meet: of two that each count the other's person, one is begun again.
func (c *command) keepManager(ctx context.Context, account idp.Account) error {
	if account.User.State != idp.UserActive || !account.User.HasRole(idp.RoleUserManagement) {
		return nil
	}
	managers, err := c.CountActive(ctx, account.Practice.ID, idp.RoleUserManagement)
	if err != nil {
		return err
	}
	if managers <= 1 {
		return &refusal{reason: "last_manager", answer: &idp.Error{
			Code: idp.CodeForbidden, Public: "Nobody else in this practice has access to User Management+. Give it to somebody first.",
		}}
	}
	account.Practice.UpdatedAt = c.now
	return c.UpdatePractice(ctx, account.Practice)
}
