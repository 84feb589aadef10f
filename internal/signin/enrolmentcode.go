package signin

import (
	"context"
	"errors"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// useEnrolmentCode takes the code that an administrator has read out. It is used up by the step that it lets the person take, and counts
// with wrong security codes on one counter. Under a lock it is not looked at.
func (s *Service) useEnrolmentCode(ctx context.Context, p post) (Outcome, error) {
	if p.form.Code.IsZero() {
		return s.reject(ctx, p, "code", ProblemMissing)
	}
	hash, ok := authenticator.EnrolmentHash(p.tx.UserID, p.form.Code)
	if !ok {
		return s.reject(ctx, p, "code", ProblemEnrolmentFormat)
	}
	return s.prove(ctx, p, func(ctx context.Context, u Unit, p *post) (Event, error) {
		held, err := proof.Hold(ctx, u, string(p.tx.UserID), idp.ProofCode)
		if err != nil {
			return nil, err
		}
		right := false
		if !policy.IsLocked(held, p.now) {
			_, err = u.ConsumeLink(ctx, hash, idp.LinkEnrolment, p.now)
			if err != nil && !errors.Is(err, idp.ErrNotFound) && !errors.Is(err, idp.ErrUsed) {
				return nil, err
			}
			right = err == nil
		}
		return try(ctx, u, string(p.tx.UserID), idp.ProofCode, right, EnrolmentAccepted{}, p.now)
	}, Problem{Field: "code", Code: ProblemEnrolmentWrong})
}
