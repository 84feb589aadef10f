package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ResetMFA removes a person's authenticators and recovery PIN, clears the locks of both, ends all sessions, and tells the person by
// e-mail, and by text to the number that was bound. The next sign-in asks to set MFA up again where it is required. reason is why,
// in the caller's words, at most 1,000 characters; it is recorded in the audit trail.
//
// Errors: idp.CodeInvalid with field "reason"; idp.CodeNotFound if there is no such person in reach of the caller;
// idp.CodeForbidden with a text: no one resets their own account, nor a person with more rights (ABUSE 33); idp.CodeBusy as InviteUser.
func (s *People) ResetMFA(ctx context.Context, caller Caller, id idp.UserID, reason string, now time.Time) error {
	reason = plainText(reason)
	if err := checkReason(policy.CommandResetMFA, "reason", reason, "Write why MFA is reset. It stays on record."); err != nil {
		return err
	}
	return s.run(ctx, policy.CommandResetMFA, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		if err := c.within(ctx, policy.ChangeOfAnother(c.actor, account.User.Username)); err != nil {
			return err
		}
		c.event.Details = map[string]string{"reason_given": reason}
		return c.resetMFA(ctx, account)
	})
}

// resetMFA removes the person's authenticators and PIN, and ends all sessions, because they were begun with these.
func (c *command) resetMFA(ctx context.Context, account idp.Account) error {
	// Hold the counters first: a sign-in that checks a code or PIN at the same time holds them too, and so runs wholly before or
	// after this.
	for _, proof := range []idp.Proof{idp.ProofCode, idp.ProofPIN} {
		if _, err := c.clear(ctx, string(account.User.ID), proof); err != nil {
			return err
		}
	}
	if err := c.signOut(ctx, account.User, string(idp.EventMFAReset)); err != nil {
		return err
	}
	removed, err := c.RevokeMFA(ctx, account.User.PracticeID, account.User.ID)
	if err != nil {
		return err
	}
	account.Authenticators = removed
	return c.tell(ctx, idp.NoticeMFAReset, account)
}
