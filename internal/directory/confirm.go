package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ResendConfirmation mails the link again with which the holder of a changed address confirms it; the one before ends. Errors:
// idp.CodeNotFound if there is no such person in reach of the caller; idp.CodeForbidden with a text, also for an address that needs no
// confirming; idp.CodeBusy with a text and RetryAfter while a limit is full.
func (s *People) ResendConfirmation(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, policy.CommandResendConfirmation, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		if err := refuseState(mayConfirm(account.User)); err != nil {
			return err
		}
		uses := append(policy.ChangeOfAnother(c.actor, account.User.Username), policy.ConfirmationTo(account.User.Username))
		if err := c.within(ctx, uses); err != nil {
			return err
		}
		return c.sendLink(ctx, confirmLink(), account)
	})
}
