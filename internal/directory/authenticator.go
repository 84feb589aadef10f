package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// NewAuthenticator is an authenticator that a person has already, elsewhere: an import, or the demo. In a sign-in only the
// person binds one, with a good code.
type NewAuthenticator struct {
	PracticeID idp.PracticeID
	UserID     idp.UserID
	Kind       idp.Kind
	TOTPKey    idp.Secret // KindTOTP: unpadded base32
	Country    string     // KindSMS: "AU", "NZ" or "GB"
	Phone      string     // KindSMS: a mobile number of that country
}

// BindAuthenticator binds it. Only the command line on the server itself may. Errors: idp.CodeInvalid with the field;
// idp.CodeNotFound if there is no such person in the practice; idp.CodeForbidden.
func (s *People) BindAuthenticator(ctx context.Context, caller Caller, n NewAuthenticator, now time.Time) (idp.Authenticator, error) {
	a := idp.Authenticator{
		ID: idp.NewAuthenticatorID(), PracticeID: n.PracticeID, UserID: n.UserID, Kind: n.Kind, CreatedAt: now,
	}
	switch n.Kind {
	case idp.KindTOTP:
		if _, err := authenticator.MatchTOTP(n.TOTPKey, idp.NewSecret("000000"), now, 0); err != nil || n.TOTPKey.IsZero() {
			return idp.Authenticator{}, idp.Invalid("totp_key", "must be a key in base32")
		}
		a.TOTPKey = n.TOTPKey
	case idp.KindSMS:
		number, problem := authenticator.ParseMobile(n.Country, n.Phone)
		if problem != "" {
			return idp.Authenticator{}, idp.Invalid("phone", "%s", problem.Text())
		}
		a.Phone = number
	default: // a passkey of another site is none of this one
		return idp.Authenticator{}, idp.Invalid("kind", "must be totp or sms")
	}
	err := s.run(ctx, policy.CommandBindAuthenticator, caller, now, func(ctx context.Context, c *command) error {
		if err := c.shellOnly(); err != nil {
			return err
		}
		c.event.PracticeID, c.event.UserID = a.PracticeID, a.UserID
		c.event.Details = map[string]string{"kind": string(a.Kind), "authenticator": string(a.ID)}
		return c.CreateAuthenticator(ctx, a)
	})
	if err != nil {
		return idp.Authenticator{}, err
	}
	return a, nil
}

// NewPIN is a recovery PIN that is set outside of a sign-in.
type NewPIN struct {
	PracticeID idp.PracticeID
	UserID     idp.UserID
	PIN        idp.Secret
	Phones     []idp.Secret // the person's numbers, in E.164: the PIN must not be made of them
}

// SetPIN creates or replaces the person's recovery PIN. Only the command line on the server itself may. Errors are those of
// BindAuthenticator, and idp.CodeBusy.
func (s *People) SetPIN(ctx context.Context, caller Caller, n NewPIN, now time.Time) error {
	if problem := policy.CheckPIN(n.PIN.Reveal(), n.Phones); problem != policy.PINFine {
		return idp.Invalid("pin", "%s", problem.Text())
	}
	hash, err := s.Hasher.HashPIN(ctx, caller.claim(), n.PIN)
	if err != nil {
		return err
	}
	pin := idp.RecoveryPIN{PracticeID: n.PracticeID, UserID: n.UserID, Hash: hash, CreatedAt: now}
	return s.run(ctx, policy.CommandSetPIN, caller, now, func(ctx context.Context, c *command) error {
		if err := c.shellOnly(); err != nil {
			return err
		}
		c.event.PracticeID, c.event.UserID = n.PracticeID, n.UserID
		return c.SavePIN(ctx, pin)
	})
}
