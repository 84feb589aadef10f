package signin

import (
	"context"
	"errors"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

// verifyTOTP takes a code of the bound authenticator app, and uses up its time step.
func (s *Service) verifyTOTP(ctx context.Context, p post) (Outcome, error) {
	a, _ := usingOf(p.tx, p.account)
	return s.checkTOTP(ctx, p, a.TOTPKey, a.LastStep, func(ctx context.Context, u Unit, step int64) error {
		return u.AcceptStep(ctx, a.ID, step, p.now)
	})
}

// checkTOTP compares a code with the key's; use spends the step that matched, idp.ErrUsed if somebody else did.
func (s *Service) checkTOTP(ctx context.Context, p post, key idp.Secret, last int64, use func(context.Context, Unit, int64) error) (Outcome, error) {
	code, problem := typedCode(p.form)
	if problem != "" {
		return s.reject(ctx, p, "code", problem)
	}
	match, err := authenticator.MatchTOTP(key, code, p.now, last)
	if err != nil {
		return Outcome{}, err
	}
	wrong := Problem{Field: "code", Code: ProblemCodeWrong}
	if match.Drift != 0 {
		wrong.Code = ProblemCodeClock
	}
	return s.prove(ctx, p, func(ctx context.Context, u Unit) (Event, error) {
		right := match.OK
		if right {
			err := use(ctx, u, match.Step)
			if err != nil && !errors.Is(err, idp.ErrUsed) {
				return nil, err
			}
			right = err == nil
		}
		return try(ctx, u, string(p.tx.UserID), idp.ProofCode, right, CodeAccepted{Step: match.Step}, p.now)
	}, wrong)
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
	return s.prove(ctx, p, func(ctx context.Context, u Unit) (Event, error) {
		return try(ctx, u, string(p.tx.UserID), idp.ProofCode, right, CodeAccepted{}, p.now)
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
