package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Invitation asks a person to join a practice.
type Invitation struct {
	PracticeID  idp.PracticeID
	Username    string // an e-mail address
	Name        string
	Roles       []idp.Role
	BlockedApps []idp.ClientID
}

// InviteUser creates a person without a password and sends the invitation: a link, InviteLife, single use. Errors:
// idp.CodeInvalid with the field; idp.CodeConflict with field "username" if it is taken, in any practice; idp.CodeNotFound if
// there is no such practice in reach of the caller; idp.CodeForbidden with a text; idp.CodeBusy with a text and RetryAfter while a
// limit is full.
func (s *People) InviteUser(ctx context.Context, caller Caller, n Invitation, now time.Time) (idp.User, error) {
	username, err := checkPerson(n.Username, n.Name, idp.User{})
	if err != nil {
		return idp.User{}, err
	}
	user := idp.User{
		ID: idp.NewUserID(), PracticeID: n.PracticeID, Username: username, Name: n.Name, State: idp.UserActive,
		Roles: sorted(n.Roles), BlockedApps: sorted(n.BlockedApps), CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	err = s.run(ctx, policy.CommandInviteUser, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.joining(ctx, user)
		if err != nil {
			return err
		}
		if err := c.within(ctx, policy.Invitation(c.actor, practice.ID, user.Username)); err != nil {
			return err
		}
		c.event.UserID = user.ID
		c.event.Details = map[string]string{"username": user.Username, "roles": words(user.Roles), "blocked_apps": words(user.BlockedApps)}
		if err := c.CreateUser(ctx, user); err != nil {
			return err
		}
		return c.sendLink(ctx, invitation(), idp.Account{User: user, Practice: practice})
	})
	if err != nil {
		return idp.User{}, s.taken(ctx, policy.CommandInviteUser, caller, username, err, now)
	}
	return user, nil
}

// ResendInvite sends a new link; the old one ends. Errors: idp.CodeNotFound if there is no such person in reach of the caller;
// idp.CodeForbidden with a text, also for a person who has joined already; idp.CodeBusy as InviteUser.
func (s *People) ResendInvite(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, policy.CommandResendInvite, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		if err := refuseState(mayResend(account.User)); err != nil {
			return err
		}
		if err := c.within(ctx, policy.Invitation(c.actor, account.Practice.ID, account.User.Username)); err != nil {
			return err
		}
		return c.sendLink(ctx, invitation(), account)
	})
}

// RevokeInvite takes the invitation back and disables the person. Errors are those of ResendInvite; also idp.CodeForbidden for
// the last one of a practice with a right that it must keep.
func (s *People) RevokeInvite(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, policy.CommandRevokeInvite, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		if err := refuseState(mayResend(account.User)); err != nil {
			return err
		}
		return c.disable(ctx, account)
	})
}
