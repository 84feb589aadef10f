package signin

import (
	"cmp"
	"context"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
)

// view is what the page of the transaction's state shows, and nothing else of it.
func (s *Service) view(ctx context.Context, tx Transaction, now time.Time) (View, error) {
	tx, options, err := s.ask(ctx, tx, now)
	if err != nil {
		return View{}, err
	}
	client, err := s.Clients.FindClient(ctx, tx.Request.ClientID)
	if err != nil {
		return View{}, err
	}
	v := View{
		State: tx.State, Client: client.ID, App: client.Name, AppURI: client.InitiateLoginURI, Accent: client.Accent, Logo: client.Logo, Practice: tx.Practice,
		Username: tx.Username, Note: tx.Note, TimeZone: tx.TimeZone, Region: tx.Region, RedirectURI: tx.Request.RedirectURI,
		Passkey: options,
	}
	if v.TimeZone == "" {
		v.TimeZone = s.TimeZone
	}
	v.Step, v.Steps, v.Again = setupStep(tx)
	switch tx.State {
	case StateChoose:
		v.Kinds = s.kinds(tx)
	case StateTOTPSetup:
		v.TOTPKey = authenticator.GroupKey(tx.Pending.TOTPKey)
		v.TOTPLink = authenticator.TOTPLink(s.Issuer, tx.Username, tx.Pending.TOTPKey)
	case StateSMSSetup:
		v.Country, v.ResendAt = cmp.Or(tx.Pending.Country, string(tx.Region)), tx.Challenge.ResendAt
	case StatePasskeySetup:
		v.Back = tx.Offer || tx.SecondAt.IsZero() && tx.EnrolledAt.IsZero()
	case StateEnrolmentCode:
		v.Helper = tx.Helper
	case StateTOTP, StatePasskey:
		v.Other, v.Back = tx.Other, tx.Asked
	case StateNewPassword:
		v.Weak, v.Confirm = tx.Weak, codeFirst(tx)
	case StateSMSVerify, StateSMS:
		v.Other, v.Back = tx.Other && tx.State == StateSMS, tx.Asked && tx.State == StateSMS
		v.Phone = authenticator.MaskPhone(asked(tx))
		if tx.State == StateSMSVerify { // the person has just typed it, in this browser
			v.Phone = authenticator.ShowPhone(asked(tx))
		}
		v.SentAt, v.ExpiresAt, v.ResendAt = tx.Challenge.SentAt, tx.Challenge.ExpiresAt, tx.Challenge.ResendAt
	case StateEnded:
		v.Ending, v.Until, v.Access, v.Helper = tx.EndReason, tx.EndUntil, client.Access, tx.Helper
		v.Unlock = tx.EndReason == EndingLocked && tx.PasswordAt.IsZero() && !tx.ByPasskey
	}
	return v, nil
}

// setupStep says which step of how many the state is of setting security codes up, and whether that is for a second time. A person who
// has a recovery PIN already keeps it.
func setupStep(tx Transaction) (step, steps int, again bool) {
	switch tx.State {
	case StateChoose:
		step = 1
	case StateTOTPSetup, StateSMSSetup, StateSMSVerify, StatePasskeySetup:
		step = 2
	case StateRecoveryPIN:
		step = 3
	}
	if tx.Setup == SetupNone || step == 0 {
		return 0, 0, false
	}
	steps = 3
	if tx.HasPIN {
		steps = 2
	}
	return step, steps, tx.Setup == SetupAgain
}
