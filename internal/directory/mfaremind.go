package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// RemindMFA asks a person who has no authenticator, by e-mail, to set MFA up. It changes nothing about the account, and is sent once a
// day at most, whoever sends it.
//
// Errors: idp.CodeNotFound if there is no such person in reach of the caller; idp.CodeForbidden with a text, also for a person who has
// set MFA up, has not joined yet or is disabled; idp.CodeBusy as InviteUser.
func (s *People) RemindMFA(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, policy.CommandRemindMFA, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		if err := refuseState(mayRemind(account)); err != nil {
			return err
		}
		if err := c.within(ctx, policy.ReminderTo(account.User.Username)); err != nil {
			return err
		}
		return c.EnqueueNotice(ctx, c.notice(idp.NoticeMFAReminder, account))
	})
}
