package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// BeginSMS sends a code to a mobile number that the caller wants to add. The number is not stored before it is confirmed.
//
// Errors: idp.CodeInvalid with field "country", "phone" or, for a person who has policy.MaxAuthenticators, "kind"; "phone" also where
// no message may or can be sent now (ABUSE 27, 28); idp.CodeForbidden for a caller who is no active person.
func (s *Account) BeginSMS(ctx context.Context, caller Caller, country, phone string, now time.Time) (Setup, error) {
	number, err := readMobile(country, phone)
	if err != nil {
		return Setup{}, err
	}
	user, err := s.mayAdd(ctx, caller, "phone", &number, now)
	if err != nil {
		return Setup{}, err
	}
	begun := setup{
		ID: idp.NewAuthenticatorID(), Kind: idp.KindSMS, Phone: number.Reveal(), Code: authenticator.NewCode().Reveal(),
		ExpiresAt: now.Add(SetupCodeLifetime),
	}
	if err := s.sendCode(ctx, caller, user, begun, now); err != nil {
		return Setup{}, err
	}
	return s.sealSetup(user, begun)
}

// ResendSMS sends the code of a set-up once more: the same code, which does not last longer for it. Errors are those of BeginSMS,
// with field "code", and idp.CodeUsed for a set-up that is over, or that is not the caller's.
func (s *Account) ResendSMS(ctx context.Context, caller Caller, sealed idp.Secret, now time.Time) error {
	user, err := s.whoami(ctx, policy.CommandAddAuthenticator, caller, now)
	if err != nil {
		return err
	}
	begun, err := s.openSetup(user, sealed, now)
	if err != nil {
		return err
	}
	if begun.Kind != idp.KindSMS {
		return idp.ErrUsed
	}
	err = s.sendCode(ctx, caller, user, begun, now)
	var said *idp.Error
	if errors.As(err, &said) && said.Field == "phone" {
		return idp.Invalid("code", "%s", said.Public)
	}
	return err
}

func readMobile(country, phone string) (idp.Secret, error) {
	if err := idp.AllInvalid(
		broken(country == "", "country", "Choose the country of your mobile number."),
		broken(strings.TrimSpace(phone) == "" && country != "other", "phone", "Enter your mobile number."),
	); err != nil {
		return idp.Secret{}, err
	}
	number, problem := authenticator.ParseMobile(country, phone)
	switch problem {
	case authenticator.PhoneFine:
		return number, nil
	case authenticator.PhoneCountry:
		return idp.Secret{}, idp.Invalid("country", "%s", problem.Text())
	default:
		return idp.Secret{}, idp.Invalid("phone", "%s", problem.Text())
	}
}

// sendCode sends the message, and records whether it was sent.
func (s *Account) sendCode(ctx context.Context, caller Caller, user idp.User, begun setup, now time.Time) error {
	sent, err := s.Codes.Send(ctx, textTo(caller, user, idp.NewSecret(begun.Phone)), idp.NewSecret(begun.Code), now)
	if err != nil {
		return err
	}
	if sent.Came != proof.Sent {
		return s.notSent(ctx, caller, sent, now)
	}
	return s.run(ctx, policy.CommandAddAuthenticator, caller, now, func(_ context.Context, c *command) error {
		_, err := c.self()
		c.event.Type = idp.EventCodeSent
		c.event.Details = map[string]string{"authenticator": string(begun.ID)}
		return err
	})
}

// textTo is what the limits look at for a message to a number that the caller adds.
func textTo(caller Caller, user idp.User, phone idp.Secret) idp.SMSAsk {
	return idp.SMSAsk{UserID: user.ID, PracticeID: user.PracticeID, Phone: phone, Address: caller.Address}
}

// notSent records why no message was sent, and returns the error that tells the person what to do.
func (s *Account) notSent(ctx context.Context, caller Caller, why proof.Outcome, now time.Time) error {
	return s.run(ctx, policy.CommandAddAuthenticator, caller, now, func(_ context.Context, c *command) error {
		if _, err := c.self(); err != nil {
			return err
		}
		c.event.Type = idp.EventCodeNotSent
		if why.Limit != "" {
			c.event.Details = map[string]string{"limit": string(why.Limit)}
		}
		return &refusal{reason: why.Came.Reason(), answer: idp.Invalid("phone", "%s", notSentText(why, c.actor.Practice, now))}
	})
}

func notSentText(why proof.Outcome, practice idp.Practice, now time.Time) string {
	switch why.Came {
	case proof.SMSClosed:
		return "We can’t send text messages to you right now. Use an authenticator app instead, or try again " + clockTime(why.Retry, practice, now) + "."
	case proof.SendWait:
		return "We sent a code a moment ago. You can ask for it again " + clockTime(why.Retry.Add(time.Minute-1).Truncate(time.Minute), practice, now) + "."
	case proof.NumberRefused:
		return "We can’t reach that number by text. Check it, or go back and use an authenticator app."
	default:
		return "We couldn’t send the text message. Try again in a minute, or use an authenticator app."
	}
}

// clockTime is a moment to come, by the clock of the practice; zero: it is not known.
func clockTime(at time.Time, practice idp.Practice, now time.Time) string {
	if at.IsZero() {
		return "in an hour"
	}
	return "at " + practice.Place().Clock(at, now)
}
