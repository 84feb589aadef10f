package signin

import (
	"context"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// lostDevice goes to the recovery PIN, if there is one that may be used now.
func (s *Service) lostDevice(ctx context.Context, p post) (Outcome, error) {
	return s.simply(ctx, p, DeviceLost{Use: policy.MayUsePIN(p.account, p.now)})
}

// usePIN takes the recovery PIN. A right one yields no session: only the way to Revoke MFA.
func (s *Service) usePIN(ctx context.Context, p post) (Outcome, error) {
	pin := authenticator.PlainPIN(p.form.PIN)
	if pin.IsZero() {
		return s.reject(ctx, p, "pin", ProblemMissing)
	}
	if len(pin.Reveal()) > policy.MaxPIN {
		return s.reject(ctx, p, "pin", ProblemPINFormat)
	}
	if policy.MayUsePIN(p.account, p.now) != policy.PINUsable { // not since the page was shown: the account changed
		return Outcome{}, s.restart(ctx, p.tx.Request, p.browser.Address, p.now)
	}
	right, err := s.Passwords.VerifyPIN(ctx, p.claim(), p.account.PIN.Hash, pin)
	if err != nil {
		return Outcome{}, err
	}
	return s.prove(ctx, p, func(ctx context.Context, u Unit, _ *post) (Event, error) {
		return try(ctx, u, string(p.tx.UserID), idp.ProofPIN, right, PINAccepted{CreatedAt: p.account.PIN.CreatedAt}, p.now)
	}, Problem{Field: "pin", Code: ProblemPINWrong})
}
