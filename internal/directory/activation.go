package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// RequestActivation asks APS to activate MFA for the caller's practice. note is for APS, at most 1,000 characters. Errors:
// idp.CodeInvalid with field "note"; idp.CodeConflict if MFA is active or asked for already; idp.CodeNotFound if there is no such
// practice for the caller; idp.CodeForbidden for a caller who doesn't manage its people.
func (s *Practices) RequestActivation(ctx context.Context, caller Caller, id idp.PracticeID, note string, now time.Time) (idp.Activation, error) {
	note = plainText(note)
	if err := checkText("note", note, maxNote); err != nil {
		return idp.Activation{}, err
	}
	asked := idp.Activation{
		ID: idp.NewActivationID(), PracticeID: id, RequestedBy: idp.UserID(caller.ID), RequestedAt: now, Note: note,
		State: idp.ActivationOpen, Version: 1,
	}
	err := s.run(ctx, policy.CommandRequestActivation, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.administered(ctx, id)
		if err != nil {
			return err
		}
		if practice.MFA == idp.MFAActive {
			return &idp.Error{Code: idp.CodeConflict, Public: "MFA is active in your practice already."}
		}
		_, err = c.openActivation(ctx, id)
		switch {
		case err == nil:
			return &idp.Error{Code: idp.CodeConflict, Public: "Your practice has asked for MFA already. APS will answer soon."}
		case !errors.Is(err, idp.ErrNotFound):
			return err
		}
		c.event.Details = map[string]string{"activation": string(asked.ID)}
		if err := c.CreateActivation(ctx, asked); err != nil {
			return err
		}
		practice.MFA = idp.MFARequested
		return c.savePractice(ctx, practice)
	})
	if err != nil {
		return idp.Activation{}, err
	}
	return asked, nil
}

// WithdrawActivation takes the open request back. Errors: idp.CodeConflict if none is open; else those of RequestActivation.
func (s *Practices) WithdrawActivation(ctx context.Context, caller Caller, id idp.PracticeID, now time.Time) error {
	return s.run(ctx, policy.CommandWithdrawActivation, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.administered(ctx, id)
		if err != nil {
			return err
		}
		open, err := c.openActivation(ctx, id)
		if errors.Is(err, idp.ErrNotFound) {
			return &idp.Error{Code: idp.CodeConflict, Public: "There is no open request for MFA."}
		}
		if err != nil {
			return err
		}
		open.State = idp.ActivationWithdrawn
		return c.closeActivation(ctx, practice, open)
	})
}

// AnswerActivation activates MFA, or declines with an answer to the practice, of at most 1,000 characters; the person who asked is told.
// It refuses to activate while a prerequisite is missing. APS only.
//
// Activation is immediate: the next sign-in to any app asks for MFA. A session of less strength gets no code and no new tokens any
// more: it ends when its app asks for some, and people sign in again there. One whose app asks for none runs to its end.
//
// Errors: idp.CodeInvalid with field "answer"; idp.CodeConflict if it was answered or withdrawn; idp.CodeForbidden, with what is
// missing; idp.CodeNotFound if there is no such request for the caller.
func (s *Practices) AnswerActivation(ctx context.Context, caller Caller, id idp.ActivationID, activate bool, answer string, now time.Time) error {
	answer = plainText(answer)
	name, state := policy.CommandDeclineActivation, idp.ActivationDeclined
	if activate {
		name, state = policy.CommandActivateMFA, idp.ActivationActivated
	}
	if err := checkReason(name, "answer", answer, "Say what has to be done first."); err != nil {
		return err
	}
	return s.run(ctx, name, caller, now, func(ctx context.Context, c *command) error {
		asked, practice, err := c.activation(ctx, id)
		if err != nil {
			return err
		}
		c.event.Details = map[string]string{"activation": string(id)}
		if asked.State != idp.ActivationOpen {
			return &idp.Error{Code: idp.CodeConflict, Public: "This request was answered or withdrawn already."}
		}
		if activate {
			if err := c.mustBeReady(ctx, practice); err != nil {
				return err
			}
		}
		asked.State, asked.Answer = state, answer
		if err := c.closeActivation(ctx, practice, asked); err != nil {
			return err
		}
		return c.tellAnswer(ctx, asked)
	})
}

// ListActivations lists requests in a state, oldest first, for APS. Errors: idp.CodeForbidden.
func (s *Practices) ListActivations(ctx context.Context, caller Caller, state idp.ActivationState, page Page, now time.Time) (found []idp.Activation, next string, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		if err := refuse(policy.MayServe(q.actor)); err != nil {
			return err
		}
		found, next, err = q.ListActivations(ctx, state, page)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return found, next, nil
}

// openActivation returns the practice's open request; idp.ErrNotFound if there is none.
func (c *command) openActivation(ctx context.Context, id idp.PracticeID) (idp.Activation, error) {
	newest, err := c.LastActivation(ctx, id)
	if err == nil && newest.State != idp.ActivationOpen {
		err = idp.ErrNotFound
	}
	return newest, err
}

// activation returns the request that the command is about, if policy lets the caller answer it.
func (c *command) activation(ctx context.Context, id idp.ActivationID) (idp.Activation, idp.Practice, error) {
	asked, err := c.FindActivation(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Activation{}, idp.Practice{}, c.unknown("activation", string(id), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Activation{}, idp.Practice{}, err
	}
	practice, err := c.FindPractice(ctx, asked.PracticeID)
	if err != nil {
		return idp.Activation{}, idp.Practice{}, err
	}
	need := c.needs(policy.Target{Practice: practice})
	if err := c.reach("activation", string(id), need.Permission); err != nil {
		return idp.Activation{}, idp.Practice{}, err
	}
	if err := c.grant(need); err != nil {
		return idp.Activation{}, idp.Practice{}, err
	}
	c.event.PracticeID = practice.ID
	return asked, practice, nil
}

// mustBeReady refuses while a prerequisite is missing. The two that can be read there are read inside the transaction. A command
// that takes the last manager away at the same moment collides with this one on the practice's version.
func (c *command) mustBeReady(ctx context.Context, practice idp.Practice) error {
	managers, err := c.ListManagers(ctx, practice.ID, idp.RoleUserManagement)
	if err != nil {
		return err
	}
	report := policy.CheckPrerequisites(policy.PrerequisiteFacts{Practice: practice, Managers: managers})
	if report.Ready() {
		return nil
	}
	text := "MFA can’t be activated yet."
	names := []string{}
	for _, line := range report.Missing() {
		names = append(names, line.Name)
		text += " " + line.Fix
	}
	c.event.Details["missing"] = strings.Join(names, " ")
	return notNow(idp.ReasonPrerequisites, text)
}

// closeActivation stores the end of a request, and brings the practice's choice in line with it.
func (c *command) closeActivation(ctx context.Context, practice idp.Practice, a idp.Activation) error {
	a.AnsweredBy, a.AnsweredAt = c.caller.Actor, c.now
	c.event.Details = map[string]string{"activation": string(a.ID)}
	if err := c.UpdateActivation(ctx, a); err != nil {
		return err
	}
	practice.MFA = idp.MFAOff
	if a.State == idp.ActivationActivated {
		practice.MFA = idp.MFAActive
	}
	return c.savePractice(ctx, practice)
}

// tellAnswer tells the person who asked.
func (c *command) tellAnswer(ctx context.Context, a idp.Activation) error {
	account, err := c.FindAccount(ctx, a.RequestedBy)
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	notice := c.notice(idp.NoticeActivation, account)
	notice.By, notice.Text = c.actor.User.Name, a.Answer
	if a.State == idp.ActivationActivated {
		notice.Days = 1
	}
	return c.EnqueueNotice(ctx, notice)
}
