package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// NewPassword is a password that its owner chooses.
type NewPassword struct {
	Current idp.Secret
	New     idp.Secret
}

// ChangePassword replaces the caller's own password; there is no way to name another person's (ABUSE 33). All sessions end, this
// one too. Wrong tries count for the sign-in that the caller's session rests on, and not with those of other sign-ins: wrong
// passwords from elsewhere don't keep the owner from changing it (ABUSE 18). A new password ends every lock of the old one.
//
// Errors: idp.CodeInvalid with field "new_password" or "current_password"; idp.CodeBusy with RetryAfter after too many wrong
// tries, right or wrong, or if too many are being hashed; idp.CodeConflict with field "current_password" if the password was changed
// after this one was checked, which does not count as a try; idp.CodeForbidden for a caller who is no active person.
func (s *Account) ChangePassword(ctx context.Context, caller Caller, n NewPassword, now time.Time) error {
	user, hash, err := s.hashNew(ctx, policy.CommandChangePassword, caller, n.New, now)
	if err != nil {
		return err
	}
	checked, err := s.Hasher.Verify(ctx, caller.claim(), user.PasswordHash, n.Current)
	if err != nil && !errors.Is(err, idp.ErrInvalid) { // a text that can't be a password is just wrong
		return err
	}
	return s.run(ctx, policy.CommandChangePassword, caller, now, func(ctx context.Context, c *command) error {
		stored, err := c.self()
		if err != nil {
			return err
		}
		if !stored.PasswordHash.Equal(user.PasswordHash.Reveal()) {
			return exists("current_password", "Your password was stored anew while we checked it. Enter your current password again.")
		}
		if err := c.tryPassword(ctx, stored, checked.OK); err != nil {
			return err
		}
		return c.replacePassword(ctx, stored, hash, now)
	})
}

// RenewPassword replaces the caller's own password at the end of a sign-in that has just proved it, and does what ChangePassword does
// otherwise. of is idp.User.PasswordChangedAt of the password that was proved. It returns that of the new one.
//
// Errors: idp.CodeInvalid with field "new_password", and a *policy.PasswordError in it; *policy.StaleProofError for a sign-in that lacks
// the second factor or took too long; idp.CodeConflict if another password was set meanwhile; idp.CodeBusy with RetryAfter if too many
// are being hashed; idp.CodeForbidden for a caller who is no active person.
func (s *Account) RenewPassword(ctx context.Context, caller Caller, of time.Time, password idp.Secret, now time.Time) (time.Time, error) {
	_, hash, err := s.hashNew(ctx, policy.CommandChangePassword, caller, password, now)
	if err != nil {
		return time.Time{}, err
	}
	changed := now.Truncate(time.Microsecond) // as the store keeps it
	err = s.run(ctx, policy.CommandChangePassword, caller, now, func(ctx context.Context, c *command) error {
		stored, err := c.self()
		if err != nil {
			return err
		}
		if !stored.PasswordChangedAt.Equal(of) {
			return exists("new_password", "Your password was changed meanwhile. Sign in again.")
		}
		return c.replacePassword(ctx, stored, hash, changed)
	})
	return changed, err
}

// hashNew reads the caller's account, checks the new password against it, and hashes the password: outside of the transaction that
// will store it, because hashing is slow.
func (s *Account) hashNew(ctx context.Context, name policy.Command, caller Caller, password idp.Secret, now time.Time) (user idp.User, hash idp.Secret, err error) {
	err = s.run(ctx, name, caller, now, func(_ context.Context, c *command) error {
		user, err = c.self()
		if err == nil {
			c.event.Type = "" // nothing has happened yet
		}
		return err
	})
	if err != nil {
		return idp.User{}, idp.Secret{}, err
	}
	account, err := s.Records.FindAccount(ctx, user.ID)
	if err != nil {
		return idp.User{}, idp.Secret{}, err
	}
	if err := s.checkPassword(ctx, "new_password", password, account, now); err != nil {
		return idp.User{}, idp.Secret{}, err
	}
	hash, err = s.Hasher.Hash(ctx, caller.claim(), password)
	return user, hash, err
}

// replacePassword stores another password of the person who gives the command.
func (c *command) replacePassword(ctx context.Context, user idp.User, hash idp.Secret, changed time.Time) error {
	if err := c.holdPassword(ctx, user); err != nil {
		return err
	}
	if err := c.unlockPassword(ctx); err != nil {
		return err
	}
	user.PasswordHash, user.PasswordChangedAt = hash, changed
	return c.savePassword(ctx, user)
}

// tryPassword counts one try, for the sign-in that the caller's session rests on.
func (c *command) tryPassword(ctx context.Context, user idp.User, right bool) error {
	signOn, err := c.signOn(ctx)
	if err != nil {
		return err
	}
	settled, err := proof.Settle(ctx, c, policy.StandingGuard(signOn), idp.ProofPassword, right, c.now)
	if err != nil {
		return err
	}
	switch settled.Verdict {
	case policy.Accepted:
		return nil
	case policy.Locked:
		return &refusal{reason: idp.ReasonLocked, answer: idp.Busy(settled.Until.Sub(c.now))}
	default:
		return &refusal{reason: idp.ReasonWrongPassword, answer: idp.Invalid("current_password", "%s",
			warned("That isn’t your current password. Check it and try again.", settled, idp.ProofPassword))}
	}
}

// signOn names the sign-in that the caller's session rests on, to a counter; of a caller without a session it names the person.
func (c *command) signOn(ctx context.Context) (string, error) {
	if c.caller.SID == "" {
		return c.caller.ID, nil
	}
	session, err := c.FindSession(ctx, c.caller.SID)
	return string(session.SignOn), err
}

// withinOwn counts a change of the caller's own account.
func (c *command) withinOwn(ctx context.Context) error {
	signOn, err := c.signOn(ctx)
	if err != nil {
		return err
	}
	return c.within(ctx, policy.OwnChange(signOn))
}

// savePassword stores the password, ends all sessions and the links to choose another one, and tells the account's owner, because
// an attacker may have changed it (ABUSE 30).
func (c *command) savePassword(ctx context.Context, user idp.User) error {
	user.UpdatedAt = c.now
	if err := c.UpdateUser(ctx, user); err != nil {
		return err
	}
	if err := c.signOut(ctx, user, string(c.event.Type)); err != nil {
		return err
	}
	if err := c.endLinks(ctx, user); err != nil {
		return err
	}
	account, err := c.FindAccount(ctx, user.ID)
	if err != nil {
		return err
	}
	return c.tell(ctx, idp.NoticePassword, account)
}
