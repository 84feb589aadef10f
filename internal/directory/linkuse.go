package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// AcceptInvite consumes an invitation and sets the first password. The person who uses it has proved that they hold the mailbox.
//
// Errors: idp.CodeInvalid with field "new_password", which leaves the link open; idp.ErrNotFound and idp.ErrUsed as ViewLink;
// idp.CodeBusy with RetryAfter if too many passwords are being hashed.
func (s *Links) AcceptInvite(ctx context.Context, from Origin, token, password idp.Secret, now time.Time) error {
	link, hash, err := s.hashByLink(ctx, policy.CommandAcceptInvite, from, token, idp.LinkInvite, password, now)
	if err != nil {
		return err
	}
	return s.consume(ctx, policy.CommandAcceptInvite, from, link, now, func(ctx context.Context, c *command, account idp.Account) error {
		user := account.User
		if !user.Invited() {
			return c.refuseLink(link.Purpose, idp.ReasonNotInvited, idp.ErrUsed)
		}
		if err := c.unlockPassword(ctx); err != nil { // an attacker may have guessed at the name before it had an owner
			return err
		}
		user.PasswordHash, user.PasswordChangedAt, user.UpdatedAt = hash, now, now
		return c.UpdateUser(ctx, policy.ConfirmAddress(user, now))
	})
}

// ResetByLink consumes the link and sets a new password without the old one. All sessions end, a lock of the password ends, MFA
// stays, and the recovery PIN can't be used for policy.PINPause (ABUSE 19, 24). Errors are those of AcceptInvite.
func (s *Links) ResetByLink(ctx context.Context, from Origin, token, password idp.Secret, now time.Time) error {
	link, hash, err := s.hashByLink(ctx, policy.CommandResetByLink, from, token, idp.LinkPasswordReset, password, now)
	if err != nil {
		return err
	}
	return s.consume(ctx, policy.CommandResetByLink, from, link, now, func(ctx context.Context, c *command, account idp.Account) error {
		user := account.User
		if err := c.unlockPassword(ctx); err != nil {
			return err
		}
		user.PasswordHash, user.PasswordChangedAt, user.PasswordResetAt = hash, now, now
		return c.savePassword(ctx, policy.ConfirmAddress(user, now))
	})
}

// UnlockByLink consumes the link and ends the lock of the password. Errors: idp.ErrNotFound and idp.ErrUsed as ViewLink.
func (s *Links) UnlockByLink(ctx context.Context, from Origin, token idp.Secret, now time.Time) error {
	link, _, err := s.linkFor(ctx, policy.CommandUnlockByLink, from, token, idp.LinkUnlock, now)
	if err != nil {
		return err
	}
	return s.consume(ctx, policy.CommandUnlockByLink, from, link, now, func(ctx context.Context, c *command, account idp.Account) error {
		c.event.Details = map[string]string{"proofs": string(idp.ProofPassword)}
		return c.unlockPassword(ctx)
	})
}

// FreezeByLink consumes the link: "this wasn't me". The person is disabled, even if no one else manages the practice, all sessions
// end, and the practice's administrators are told. Errors are those of UnlockByLink.
func (s *Links) FreezeByLink(ctx context.Context, from Origin, token idp.Secret, now time.Time) error {
	link, _, err := s.linkFor(ctx, policy.CommandFreezeByLink, from, token, idp.LinkNotMe, now)
	if err != nil {
		return err
	}
	return s.consume(ctx, policy.CommandFreezeByLink, from, link, now, func(ctx context.Context, c *command, account idp.Account) error {
		if err := c.shut(ctx, account.User); err != nil {
			return err
		}
		return c.tellManagers(ctx, account)
	})
}

// ConfirmByLink consumes the link: "this is my address". The address counts as confirmed from then on, and nothing else changes: no
// password, no session, no lock, and a changed user name rests as long as before (policy.AddressRests). The event names no person as
// its actor, because the mailbox may belong to whoever changed the name. Errors are those of UnlockByLink.
func (s *Links) ConfirmByLink(ctx context.Context, from Origin, token idp.Secret, now time.Time) error {
	link, _, err := s.linkFor(ctx, policy.CommandConfirmByLink, from, token, idp.LinkConfirm, now)
	if err != nil {
		return err
	}
	return s.consume(ctx, policy.CommandConfirmByLink, from, link, now, func(ctx context.Context, c *command, account idp.Account) error {
		c.event.Actor = from.unproved().Actor
		c.event.Details = map[string]string{"username": account.User.Username}
		user := policy.ConfirmAddress(account.User, now)
		user.UpdatedAt = now
		return c.UpdateUser(ctx, user)
	})
}

// hashByLink checks the new password against the person of the link, and hashes it: outside of the transaction that will store it,
// because hashing is slow, and only for a link that can be used, so that a visitor without one can't make the server hash.
func (s *Links) hashByLink(ctx context.Context, name policy.Command, from Origin, token idp.Secret, purpose idp.LinkPurpose, password idp.Secret, now time.Time) (idp.Link, idp.Secret, error) {
	link, account, err := s.linkFor(ctx, name, from, token, purpose, now)
	if err != nil {
		return idp.Link{}, idp.Secret{}, err
	}
	if err := s.checkPassword(ctx, "new_password", password, account, now); err != nil {
		return idp.Link{}, idp.Secret{}, err
	}
	hash, err := s.Hasher.Hash(ctx, from.holding(link.UserID).claim(), password)
	return link, hash, err
}

// linkFor reads a link of this purpose that can be used, and its person. It refuses any other link with an event.
func (s *Links) linkFor(ctx context.Context, name policy.Command, from Origin, token idp.Secret, purpose idp.LinkPurpose, now time.Time) (idp.Link, idp.Account, error) {
	link, account, err := s.openLink(ctx, token, now)
	if err == nil && link.Purpose != purpose {
		err = idp.ErrNotFound
	}
	if errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrUsed) {
		return idp.Link{}, idp.Account{}, s.run(ctx, name, from.unproved(), now, func(_ context.Context, c *command) error {
			c.event.PracticeID, c.event.UserID = link.PracticeID, link.UserID
			return c.refuseLink(purpose, notUsable(err), err)
		})
	}
	return link, account, err
}

// consume runs a command that a link gives: the link is used up in the same transaction. If the link is posted several times at
// once, exactly one post succeeds; the others are refused with an event.
func (s *Links) consume(ctx context.Context, name policy.Command, from Origin, link idp.Link, now time.Time, work func(context.Context, *command, idp.Account) error) error {
	return s.run(ctx, name, from.unproved(), now, func(ctx context.Context, c *command) error {
		c.event.PracticeID, c.event.UserID = link.PracticeID, link.UserID
		before, err := c.FindAccount(ctx, link.UserID)
		if err != nil {
			return err
		}
		if err := c.holdPassword(ctx, before.User); err != nil {
			return err
		}
		_, err = c.ConsumeLink(ctx, link.Hash, link.Purpose, now)
		if errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrUsed) {
			return c.refuseLink(link.Purpose, notUsable(err), err)
		}
		if err != nil {
			return err
		}
		account, err := c.FindAccount(ctx, link.UserID)
		if err != nil {
			return err
		}
		if err := c.grant(c.needs(policy.Target{User: account.User, Practice: account.Practice, Link: true})); err != nil {
			return err
		}
		if account.User.State != idp.UserActive { // the person may have been disabled since the link was read
			return c.refuseLink(link.Purpose, policy.AccessUserDisabled.Reason(), idp.ErrUsed)
		}
		c.caller = from.holding(link.UserID)
		c.event.Actor = c.caller.Actor
		return work(ctx, c, account)
	})
}

// notUsable returns the event's reason for a link that was read as idp.ErrNotFound or idp.ErrUsed.
func notUsable(err error) idp.Reason {
	if errors.Is(err, idp.ErrUsed) {
		return idp.ReasonUsed
	}
	return idp.ReasonNotFound
}

// refuseLink answers a visitor whose link can't be used.
func (c *command) refuseLink(purpose idp.LinkPurpose, reason idp.Reason, answer error) error {
	c.event.Type, c.event.Details = idp.EventLinkRefused, map[string]string{"purpose": string(purpose)}
	return &refusal{reason: reason, answer: answer}
}
