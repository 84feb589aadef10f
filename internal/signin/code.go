package signin

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// verifyTOTP takes a code of any of the bound authenticator apps, and uses up its time step: who has two does not know which
// one is asked for.
func (s *Service) verifyTOTP(ctx context.Context, p post) (Outcome, error) {
	var apps []idp.Authenticator
	for _, a := range p.account.Authenticators {
		if a.Kind == idp.KindTOTP {
			apps = append(apps, a)
		}
	}
	return s.checkTOTP(ctx, p, apps, func(ctx context.Context, u Unit, e CodeAccepted) error {
		return u.AcceptStep(ctx, e.ID, e.Step, p.now)
	})
}

// checkTOTP compares a code with those of the apps; use spends the step that matched. idp.ErrUsed means that another post has
// spent it since the account was read: that is no wrong code, and no try. Nor is the code that was accepted last, which its owner still
// sees on the app: it is refused by that name, so that a second app within the half minute does not lock them out (ABUSE 60).
func (s *Service) checkTOTP(ctx context.Context, p post, apps []idp.Authenticator, use func(context.Context, Unit, CodeAccepted) error) (Outcome, error) {
	code, problem := typedCode(p.form)
	if problem != "" {
		return s.reject(ctx, p, "code", problem)
	}
	match, app, err := matchAny(apps, code, p.now)
	if err != nil {
		return Outcome{}, err
	}
	wrong := Problem{Field: "code", Code: ProblemCodeWrong}
	if match.Drift != 0 {
		wrong.Code = ProblemCodeClock
	}
	accepted := CodeAccepted{Step: match.Step, ID: app}
	out, err := s.prove(ctx, p, func(ctx context.Context, u Unit, _ *post) (Event, error) {
		if match.Used {
			held, err := proof.Hold(ctx, u, string(p.tx.UserID), idp.ProofCode)
			if err != nil || !policy.IsLocked(held, p.now) {
				return CodeReplayed{}, err
			}
		}
		event, err := try(ctx, u, string(p.tx.UserID), idp.ProofCode, match.OK, accepted, p.now)
		if _, counts := event.(CodeAccepted); err != nil || !counts {
			return event, err
		}
		err = use(ctx, u, accepted) // not before: under a lock nothing may tell a right code from a wrong one
		if errors.Is(err, idp.ErrUsed) {
			return nil, errMoved
		}
		return event, err
	}, wrong)
	if out.Problem != nil && out.Problem.Code == ProblemCodeUsed {
		out.View.NextCode = authenticator.StepEnd(match.Step)
	}
	return out, err
}

// matchAny compares a code with every app's, whichever matches first, and returns the best match.
func matchAny(apps []idp.Authenticator, code idp.Secret, now time.Time) (best authenticator.Match, app idp.AuthenticatorID, err error) {
	for _, a := range apps {
		match, err := authenticator.MatchTOTP(a.TOTPKey, code, now, a.LastStep)
		if err != nil {
			return authenticator.Match{}, "", err
		}
		if match.OK && !best.OK || match.Used && !best.OK && !best.Used || match.Drift != 0 && best == (authenticator.Match{}) {
			best, app = match, a.ID
		}
	}
	return best, app, nil
}

// verifySMS takes the code of the text message in flight. The code belongs to this transaction, and is gone once the
// transaction has moved on.
func (s *Service) verifySMS(ctx context.Context, p post) (Outcome, error) {
	code, problem := typedCode(p.form)
	switch {
	case problem != "":
		return s.reject(ctx, p, "code", problem)
	case p.tx.Challenge.Code.IsZero():
		return s.reject(ctx, p, "code", ProblemCodeNone)
	case !p.now.Before(p.tx.Challenge.ExpiresAt):
		return s.reject(ctx, p, "code", ProblemCodeExpired)
	}
	right := p.tx.Challenge.Code.Equal(code.Reveal()) && p.tx.Challenge.Phone == asked(p.tx)
	return s.prove(ctx, p, func(ctx context.Context, u Unit, p *post) (Event, error) {
		event, err := try(ctx, u, string(p.tx.UserID), idp.ProofCode, right, CodeAccepted{}, p.now)
		if _, accepted := event.(CodeAccepted); !accepted || err != nil {
			return event, err
		}
		offer, err := s.offers(ctx, u, *p)
		return CodeAccepted{Offer: offer}, err
	}, Problem{Field: "code", Code: ProblemCodeWrong})
}

// asked is the number that the current step proves.
func asked(tx Transaction) idp.Secret {
	if tx.State == StateSMS {
		return tx.Using.Phone
	}
	return tx.Pending.Phone
}

func typedCode(form Form) (idp.Secret, ProblemCode) {
	if form.Code.IsZero() {
		return idp.Secret{}, ProblemMissing
	}
	code, ok := authenticator.NormalCode(form.Code)
	if !ok {
		return idp.Secret{}, ProblemCodeFormat
	}
	return code, ""
}
