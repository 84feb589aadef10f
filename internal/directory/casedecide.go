package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// SubmitCase hands the case to a second member of staff. Errors: idp.CodeNotFound if there is no such case for the caller;
// idp.CodeForbidden and idp.CodeConflict with a text.
func (s *Cases) SubmitCase(ctx context.Context, caller Caller, id idp.CaseID, now time.Time) error {
	return s.moveCase(ctx, policy.CommandSubmitCase, caller, id, now, func(d policy.Actor, c idp.Case) (idp.Case, policy.CaseProblem) {
		return policy.SubmitCase(d, c)
	})
}

// DecideCase approves or refuses a case. The caller is a member of staff who had no part in it. An approval lasts
// policy.CaseApproval. why is at most 1,000 characters, and is needed for a refusal. Errors are those of SubmitCase, and
// idp.CodeInvalid with field "why".
func (s *Cases) DecideCase(ctx context.Context, caller Caller, id idp.CaseID, approve bool, why string, now time.Time) error {
	why = plainText(why)
	name := policy.CommandRefuseCase
	if approve {
		name = policy.CommandApproveCase
	}
	if err := checkReason(name, "why", why, "Say why, for the record."); err != nil {
		return err
	}
	return s.moveCase(ctx, name, caller, id, now, func(d policy.Actor, c idp.Case) (idp.Case, policy.CaseProblem) {
		return policy.DecideCase(d, c, approve, why, now)
	})
}

// CloseCase closes a case that is not decided. Errors are those of SubmitCase, and idp.CodeInvalid with field "why".
func (s *Cases) CloseCase(ctx context.Context, caller Caller, id idp.CaseID, why string, now time.Time) error {
	why = plainText(why)
	if err := checkReason(policy.CommandCloseCase, "why", why, "Say why, for the record."); err != nil {
		return err
	}
	return s.moveCase(ctx, policy.CommandCloseCase, caller, id, now, func(d policy.Actor, c idp.Case) (idp.Case, policy.CaseProblem) {
		return policy.CloseCase(d, c, why, now)
	})
}

// moveCase brings a case into its next state, if policy lets it.
func (s *Cases) moveCase(
	ctx context.Context, name policy.Command, caller Caller, id idp.CaseID, now time.Time,
	next func(policy.Actor, idp.Case) (idp.Case, policy.CaseProblem),
) error {
	return s.run(ctx, name, caller, now, func(ctx context.Context, c *command) error {
		stored, _, err := c.supportCase(ctx, id)
		if err != nil {
			return err
		}
		moved, problem := next(c.actor, stored)
		if err := caseRefused(problem); err != nil {
			return err
		}
		if moved.Decision != "" {
			c.event.Details["why"] = moved.Decision
		}
		return c.UpdateCase(ctx, moved)
	})
}

// PerformCase carries out the action of an approved case within its time. Only the member of staff who opened it may do so. The
// person and the practice's administrators are told. The code is that of idp.CaseEnrolmentCode, to be read out, and zero for any other
// action. Errors are those of SubmitCase.
func (s *Cases) PerformCase(ctx context.Context, caller Caller, id idp.CaseID, now time.Time) (made EnrolmentCode, err error) {
	err = s.run(ctx, policy.CommandPerformCase, caller, now, func(ctx context.Context, c *command) error {
		stored, account, err := c.supportCase(ctx, id)
		if err != nil {
			return err
		}
		managers, err := c.ListManagers(ctx, stored.PracticeID, idp.RoleUserManagement)
		if err != nil {
			return err
		}
		helpers := policy.CaseHelpers(stored.Action, account, managers)
		performed, problem := policy.PerformCase(c.actor, stored, account, helpers, now)
		if problem == policy.CaseFine {
			if problem, err = c.stillApproved(ctx, stored); err != nil {
				return err
			}
		}
		if problem == policy.CaseOver { // the case is stored as expired
			if err := c.UpdateCase(ctx, performed); err != nil {
				return err
			}
		}
		if err := caseRefused(problem); err != nil {
			return err
		}
		c.event.Details["approved_by"] = string(stored.DecidedBy)
		c.actor.Case = stored.UserID
		made, err = c.help(ctx, stored.Action, account)
		if err != nil {
			return err
		}
		if err := c.UpdateCase(ctx, performed); err != nil {
			return err
		}
		return c.tellOfCase(ctx, idp.NoticeCaseDone, stored, account)
	})
	if err != nil {
		return EnrolmentCode{}, err
	}
	return made, nil
}

// stillApproved checks that the approver of the case may still approve it now.
func (c *command) stillApproved(ctx context.Context, approved idp.Case) (policy.CaseProblem, error) {
	approver, err := c.FindAccount(ctx, approved.DecidedBy)
	if err := unlessGone(err); err != nil {
		return "", err
	}
	return policy.StillApproved(policy.Actor{Kind: idp.ActorStaff, User: approver.User, Practice: approver.Practice}, approved), nil
}
