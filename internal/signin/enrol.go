package signin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// kinds lists what a person may set up to reach what is required, the better one first. A passkey that takes a code of an administrator is
// not among them while something else will do.
func (s *Service) kinds(tx Transaction) []idp.Kind {
	all := policy.AllowedAuthenticators(s.Party != nil)
	if s.Party != nil && tx.Requirement.ACR.Satisfies(idp.ACRPhishingResistant) {
		return all[:1]
	}
	if needsEnrolment(tx) {
		return policy.AllowedAuthenticators(false)
	}
	return all
}

// guarded reports whether the person has no passkey, and any app of theirs needs one.
func (s *Service) guarded(ctx context.Context, account idp.Account, now time.Time) (bool, error) {
	if slices.ContainsFunc(account.Authenticators, func(a idp.Authenticator) bool { return a.Kind == idp.KindPasskey }) {
		return false, nil
	}
	apps, err := s.Clients.ListApps(ctx) // from memory
	if err != nil {
		return false, err
	}
	return policy.Strictest(account.User, account.Practice, apps, now).Satisfies(idp.ACRPhishingResistant), nil
}

// choose begins the set-up of an authenticator.
func (s *Service) choose(ctx context.Context, p post) (Outcome, error) {
	if !slices.Contains(s.kinds(p.tx), p.form.Kind) {
		return s.reject(ctx, p, "kind", ProblemKind)
	}
	chosen := KindChosen{Kind: p.form.Kind, ID: idp.NewAuthenticatorID()}
	if p.form.Kind == idp.KindTOTP {
		chosen.Key = authenticator.NewTOTPKey()
	}
	return s.simply(ctx, p, chosen)
}

// confirmTOTP takes the first code of the authenticator app that is being set up.
func (s *Service) confirmTOTP(ctx context.Context, p post) (Outcome, error) {
	pending := []idp.Authenticator{{TOTPKey: p.tx.Pending.TOTPKey}}
	return s.checkTOTP(ctx, p, pending, func(context.Context, Unit, CodeAccepted) error { return nil })
}

// givePhone takes the number to send codes to, and sends the first.
func (s *Service) givePhone(ctx context.Context, p post) (Outcome, error) {
	var missing []Problem
	if p.form.Country == "" {
		missing = append(missing, Problem{Field: "country", Code: ProblemCountry})
	}
	if strings.TrimSpace(p.form.Phone) == "" && p.form.Country != "other" {
		missing = append(missing, Problem{Field: "phone", Code: ProblemMissing})
	}
	if len(missing) > 0 {
		return s.rejectAll(ctx, p, missing)
	}
	phone, problem := authenticator.ParseMobile(p.form.Country, p.form.Phone)
	switch problem {
	case authenticator.PhoneFine:
	case authenticator.PhoneCountry:
		return s.reject(ctx, p, "country", ProblemCountryOther)
	default:
		return s.reject(ctx, p, "phone", ProblemCode(problem))
	}
	out, _, err := s.advance(ctx, p, always(PhoneGiven{Country: p.form.Country, Phone: phone}))
	if err != nil || out.State != StateSMSSetup {
		return out, err
	}
	p.tx, err = s.Transactions.Find(ctx, p.tx.ID)
	if err != nil {
		return Outcome{}, err
	}
	return s.reject(ctx, p, "phone", sendProblem(p.tx.Note))
}

// createPIN takes the recovery PIN of a person who has none.
func (s *Service) createPIN(ctx context.Context, p post) (Outcome, error) {
	pin, confirm := authenticator.PlainPIN(p.form.PIN), authenticator.PlainPIN(p.form.PINConfirm)
	var missing []Problem
	if pin.IsZero() {
		missing = append(missing, Problem{Field: "pin", Code: ProblemMissing})
	}
	if confirm.IsZero() {
		missing = append(missing, Problem{Field: "pin_confirm", Code: ProblemMissing})
	}
	if len(missing) > 0 {
		return s.rejectAll(ctx, p, missing)
	}
	if problem := policy.CheckPIN(pin.Reveal(), []idp.Secret{p.tx.Using.Phone}); problem != policy.PINFine {
		return s.reject(ctx, p, "pin", ProblemCode(problem))
	}
	if !confirm.Equal(pin.Reveal()) {
		return s.reject(ctx, p, "pin_confirm", ProblemPINMismatch)
	}
	hash, err := s.Passwords.HashPIN(ctx, p.claim(), pin)
	if err != nil {
		return Outcome{}, err
	}
	return s.simply(ctx, p, PINChosen{Hash: hash})
}
