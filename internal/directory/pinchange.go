package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ChangePIN creates or replaces the caller's own recovery PIN, and tells the person. Wrong tries of the old one stay counted:
// only an administrator ends a lock of the PIN.
//
// Errors: idp.CodeInvalid with field "pin" or "pin_confirm"; idp.CodeForbidden for a caller who is no active person, or who has
// no authenticator, which the PIN would stand in for; idp.CodeBusy if too many are being hashed, and as InviteUser.
func (s *Account) ChangePIN(ctx context.Context, caller Caller, pin, confirm idp.Secret, now time.Time) error {
	user, err := s.whoami(ctx, policy.CommandChangePIN, caller, now)
	if err != nil {
		return err
	}
	account, err := s.Records.FindAccount(ctx, user.ID)
	if err != nil {
		return err
	}
	if err := checkNewPIN(account, authenticator.PlainPIN(pin), authenticator.PlainPIN(confirm)); err != nil {
		return err
	}
	hash, err := s.Hasher.HashPIN(ctx, caller.claim(), authenticator.PlainPIN(pin))
	if err != nil {
		return err
	}
	return s.run(ctx, policy.CommandChangePIN, caller, now, func(ctx context.Context, c *command) error {
		if _, err := c.self(); err != nil {
			return err
		}
		account, err := c.FindAccount(ctx, user.ID)
		if err != nil {
			return err
		}
		if len(account.Authenticators) == 0 {
			return &refusal{reason: idp.ReasonNoAuthenticator, answer: &idp.Error{
				Code: idp.CodeForbidden, Public: "A recovery PIN is for when you can’t use your phone. Set up security codes, or a passkey, first.",
			}}
		}
		if err := c.withinOwn(ctx); err != nil {
			return err
		}
		if err := c.SavePIN(ctx, idp.RecoveryPIN{PracticeID: user.PracticeID, UserID: user.ID, Hash: hash, CreatedAt: now}); err != nil {
			return err
		}
		return c.tell(ctx, idp.NoticePINChanged, account)
	})
}

func checkNewPIN(account idp.Account, pin, confirm idp.Secret) error {
	if err := idp.AllInvalid(
		broken(pin.IsZero(), "pin", "Enter your recovery PIN."),
		broken(confirm.IsZero(), "pin_confirm", "Enter the PIN a second time."),
	); err != nil {
		return err
	}
	var phones []idp.Secret
	for _, a := range account.Authenticators {
		if a.Kind == idp.KindSMS {
			phones = append(phones, a.Phone)
		}
	}
	if problem := policy.CheckPIN(pin.Reveal(), phones); problem != policy.PINFine {
		return idp.Invalid("pin", "%s", problem.Text())
	}
	if !confirm.Equal(pin.Reveal()) {
		return idp.Invalid("pin_confirm", "The two PINs are not the same. Enter the same PIN twice.")
	}
	return nil
}
