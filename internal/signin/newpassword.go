package signin

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Once a day the password of each person who signs in is checked by the rules for new ones: by today's list of stolen passwords, and by
// whether MFA holds now. The check is advice. A store that does not answer makes it fall out, and whatever it comes to, the sign-in
// goes on.

// unchecked is the error of a right password that is checked for the first time on this day. Its transaction is given up, so that
// nothing is locked while the password is judged, and the try is settled anew after that. An attacker learns nothing from the time that
// this takes: the password was right, and no lock was on.
type unchecked struct{ account idp.Account }

// Error implements error.
func (*unchecked) Error() string { return "the password is to be checked first" }

// checkIsDue reports whether the password, should it be right, is to be checked. It costs the same for every user name, and is asked
// before it is known whether the password is right.
func (s *Service) checkIsDue(ctx context.Context, p post, username string) bool {
	name := string(p.account.User.ID)
	if name == "" {
		name = username
	}
	kept, err := s.Checks.IsKept(ctx, name, p.now)
	if err != nil {
		s.Log.WarnContext(ctx, "whether a password was checked today is not known, so it is not checked", "error", err)
		return false
	}
	return !kept
}

// check judges the password that was right; ok is false if it could not be judged.
func (s *Service) check(ctx context.Context, p post, account idp.Account) (weak policy.PasswordProblem, ok bool) {
	weak, err := s.OwnPasswords.Judge(ctx, p.form.Password, account, p.now)
	if err != nil {
		s.Log.WarnContext(ctx, "a password could not be checked at its sign-in", "error", err)
		return policy.PasswordFine, false
	}
	return weak, true
}

func (s *Service) keepCheck(ctx context.Context, user idp.UserID, now time.Time) {
	if err := s.Checks.Keep(ctx, string(user), now); err != nil {
		s.Log.WarnContext(ctx, "a password will be checked again at its next sign-in", "error", err)
	}
}

// renewPassword takes the password that the person chose instead of the one that would be refused today. It is stored before the
// sign-in moves on: should that fail, the sign-in begins anew, and asks for the new password.
func (s *Service) renewPassword(ctx context.Context, p post) (Outcome, error) {
	const field = "new_password"
	if p.form.NewPassword.IsZero() {
		return s.reject(ctx, p, field, ProblemMissing)
	}
	acr, _ := strength(p.tx)
	of, err := s.OwnPasswords.Renew(ctx, Renewal{
		UserID: p.tx.UserID, Proved: policy.Proved{ACR: acr, At: provedAt(p.tx)}, Of: p.account.User.PasswordChangedAt, New: p.form.NewPassword,
		Address: p.browser.Address, UserAgent: p.browser.UserAgent,
	}, p.now)
	var refused *policy.PasswordError
	var stale *policy.StaleProofError
	switch {
	case errors.As(err, &refused):
		out, err := s.reject(ctx, p, field, ProblemPassword)
		if err == nil {
			out.Problem.Why = refused.Problem
		}
		return out, err
	case errors.As(err, &stale):
		return Outcome{}, s.restart(ctx, p.tx.Request, p.browser.Address, p.now)
	case errors.Is(err, idp.ErrConflict): // by another post of this form, or from elsewhere
		return Outcome{}, errMoved
	case errors.Is(err, idp.ErrForbidden):
		return Outcome{}, &fallen{p, policy.FallenAccess}
	case err != nil:
		return Outcome{}, err
	}
	out, _, err := s.advance(ctx, p, func(_ context.Context, _ Unit, p *post) (Event, error) {
		p.tx.PasswordOf = of // what the sign-in rests on from now on
		return PasswordRenewed{PasswordOf: of}, nil
	})
	return out, err
}
