package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// SendPasswordReset mails the person a link to choose a new password; the old one works until then, and the caller never learns
// the new one (ASVS 6.4.6). Errors: idp.CodeNotFound if there is no such person in reach of the caller; idp.CodeForbidden with a
// text, also for a person who is disabled or has not joined yet; idp.CodeBusy as InviteUser.
func (s *People) SendPasswordReset(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, policy.CommandSendPasswordReset, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		if err := refuseState(maySendReset(account.User)); err != nil {
			return err
		}
		if err := c.within(ctx, policy.PasswordReset(c.actor, account.Practice.ID, account.User.Username)); err != nil {
			return err
		}
		return c.sendLink(ctx, resetLink(), account)
	})
}
