package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// checkPassword says, to the person who chose it, why a new password can't be used (ABUSE 56). It is for use outside of transactions:
// judging takes a while.
func (r *runner) checkPassword(ctx context.Context, field string, password idp.Secret, account idp.Account, now time.Time) error {
	problem, err := r.judgePassword(ctx, password, account, now)
	if err != nil || problem == policy.PasswordFine {
		return err
	}
	return &idp.Error{Code: idp.CodeInvalid, Field: field, Public: problem.Text(), Cause: &policy.PasswordError{Problem: problem}}
}

// JudgePassword says why the person could not choose this password now; policy.PasswordFine if they could. It is for use outside of
// transactions: judging takes a while. Errors are those of the store.
func (s *Account) JudgePassword(ctx context.Context, password idp.Secret, account idp.Account, now time.Time) (policy.PasswordProblem, error) {
	return s.judgePassword(ctx, password, account, now)
}

func (r *runner) judgePassword(ctx context.Context, password idp.Secret, account idp.Account, now time.Time) (policy.PasswordProblem, error) {
	texts, err := r.ownTexts(ctx, account)
	if err != nil {
		return policy.PasswordFine, err
	}
	facts := r.Hasher.Judge(password, texts)
	facts.WithMFA = policy.PasswordHasMFA(account.User, account.Practice, now)
	return policy.CheckPassword(password.Reveal(), facts), nil
}

// ownTexts lists what an attacker knows of a person: name, address, practice, its apps, and APS.
func (r *runner) ownTexts(ctx context.Context, account idp.Account) ([]string, error) {
	texts := policy.OwnTexts(account.User, account.Practice)
	for _, id := range account.Practice.Apps {
		app, err := r.Records.FindClient(ctx, id)
		if err != nil && !errors.Is(err, idp.ErrNotFound) {
			return nil, err
		}
		texts = append(texts, strings.TrimSpace(app.Name))
	}
	return texts, nil
}
