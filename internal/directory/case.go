package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// NewCase is a support case to open.
type NewCase struct {
	PracticeID idp.PracticeID
	UserID     idp.UserID // of that practice
	Action     idp.CaseAction
	Reason     string // at most 1,000 characters
}

// OpenCase opens a support case. APS staff only (ABUSE 39). The practice's administrators and the person are told, so that they can
// object before anything is done if they did not ask for it.
//
// Errors: idp.CodeInvalid with field "reason" or "action"; idp.CodeNotFound if there is no such person in that practice;
// idp.CodeForbidden with a text; idp.CodeBusy as InviteUser.
func (s *Cases) OpenCase(ctx context.Context, caller Caller, n NewCase, now time.Time) (idp.Case, error) {
	n.Reason = plainText(n.Reason)
	if err := checkReason(policy.CommandOpenCase, "reason", n.Reason, "Say who asked, and what for."); err != nil {
		return idp.Case{}, err
	}
	opened := idp.Case{
		ID: idp.NewCaseID(), PracticeID: n.PracticeID, UserID: n.UserID, Action: n.Action, Reason: n.Reason,
		State: idp.CaseOpen, OpenedBy: idp.UserID(caller.ID), OpenedAt: now, Version: 1,
	}
	err := s.run(ctx, policy.CommandOpenCase, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.inNeed(ctx, n.PracticeID, n.UserID)
		if err != nil {
			return err
		}
		c.about(opened)
		managers, err := c.ListManagers(ctx, n.PracticeID, idp.RoleUserManagement)
		if err != nil {
			return err
		}
		helpers := policy.CaseHelpers(n.Action, account, managers)
		if err := caseRefused(policy.OpenCase(c.actor, n.Action, account, helpers)); err != nil {
			return err
		}
		if err := c.within(ctx, policy.NewCase(c.actor)); err != nil {
			return err
		}
		c.event.Details["reason_given"] = n.Reason // the audit trail can be verified; the case itself can't
		if err := c.CreateCase(ctx, opened); err != nil {
			return err
		}
		return c.tellOfCase(ctx, idp.NoticeCaseOpened, opened, account)
	})
	if err != nil {
		return idp.Case{}, err
	}
	return opened, nil
}

// inNeed returns the person of that practice whom support is to help. A person of another practice than the one named is answered
// as if they did not exist, so that staff who mix up two practices get no further.
func (c *command) inNeed(ctx context.Context, practice idp.PracticeID, user idp.UserID) (idp.Account, error) {
	account, err := c.FindAccount(ctx, user)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return idp.Account{}, err
	}
	if err != nil || account.User.PracticeID != practice {
		return idp.Account{}, c.unknown("user", string(user), idp.ReasonNotFound)
	}
	return account, c.serve(account.Practice, "user", string(user))
}

// supportCase returns the case that the command is about, as it stands now, and the person it is about.
func (c *command) supportCase(ctx context.Context, id idp.CaseID) (idp.Case, idp.Account, error) {
	stored, err := c.FindCase(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Case{}, idp.Account{}, c.unknown("case", string(id), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Case{}, idp.Account{}, err
	}
	if err := c.serve(idp.Practice{ID: stored.PracticeID}, "case", string(id)); err != nil {
		return idp.Case{}, idp.Account{}, err
	}
	c.about(stored)
	account, err := c.FindAccount(ctx, stored.UserID)
	return policy.CaseNow(stored, c.now), account, err
}

// serve refuses a caller who does not act for APS in a case of the practice, and a caller who first has to sign in again.
func (c *command) serve(practice idp.Practice, what, name string) error {
	need := c.needs(policy.Target{Practice: practice})
	if err := servesAPS(c.actor, &c.event, practice.ID, what, name); err != nil {
		return err
	}
	return c.grant(need)
}

// servesAPS refuses a caller who does not act for APS. A caller who names something of another practice is answered as if it did
// not exist (ABUSE 32).
func servesAPS(d policy.Actor, event *idp.AuditEvent, practice idp.PracticeID, what, name string) error {
	switch {
	case policy.MayServe(d) == policy.Permitted:
		return nil
	case d.Practice.ID != practice && d.Practice.Kind != idp.PracticeAPS:
		return unknown(event, what, name, policy.PermissionOtherPractice.Reason())
	default:
		return caseRefused(policy.CaseNotStaff)
	}
}

// about writes into the event which case the command is about: the practice sees it among its events.
func (c *command) about(subject idp.Case) {
	c.event.PracticeID, c.event.UserID = subject.PracticeID, subject.UserID
	c.event.Details = map[string]string{"case": string(subject.ID), "action": string(subject.Action)}
}

// checkReason refuses a reason that can't be used, and a missing reason where the command needs one.
func checkReason(name policy.Command, field, text, missing string) error {
	if text == "" && policy.Describe(name).Reason {
		return idp.Invalid(field, "%s", missing)
	}
	return checkText(field, text, maxNote)
}
