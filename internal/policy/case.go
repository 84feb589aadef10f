package policy

import (
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// The limits of a support case.
const (
	CaseCodeDigits   = 8                // digits of the code that a person reads out to support
	CaseCodeLifetime = 15 * time.Minute // NIST SP 800-63B-4, section 4.2.1, allows 24 hours by e-mail; a code read out on the telephone does not need that long
	CaseCodeTries    = 3                // wrong codes until the check has failed
	CaseApproval     = time.Hour        // how long after the approval the action may be carried out
	MaxCaseChecks    = 20
)

// CaseProblem says why a command on a support case can't be carried out now; "" means that it can.
type CaseProblem string

// The problems that a command on a case can meet.
const (
	CaseFine         CaseProblem = ""
	CaseNotStaff     CaseProblem = "not_staff"      // only people of APS work on cases, never an integration or the machine's own shell
	CaseAboutSelf    CaseProblem = "about_self"     // no one has a part in a case about themselves
	CaseNotOpener    CaseProblem = "not_opener"     // only the person who opened it does this
	CaseHadPart      CaseProblem = "had_part"       // a person who opened the case, recorded a check, read a code out or vouched doesn't decide it
	CaseWrongState   CaseProblem = "wrong_state"    // decided, closed or done already, or not decided yet
	CaseOver         CaseProblem = "expired"        // the time for the action has run out
	CaseApproverGone CaseProblem = "approver_gone"  // the approver may not approve any more
	CaseDisabled     CaseProblem = "user_disabled"  // the person's account is disabled, and the case is not about enabling it
	CaseEnabled      CaseProblem = "user_active"    // the person's account is not disabled, so there is nothing to enable
	CaseSuspended    CaseProblem = "suspended"      // the practice is suspended, so none of its people can sign in
	CaseHasManager   CaseProblem = "has_manager"    // a person in the practice can give this help
	CaseOwnPractice  CaseProblem = "own_practice"   // a case can't give User Management+ access to a person of APS itself
	CaseFailedCheck  CaseProblem = "failed_check"   // a check has failed, so the case can't be submitted
	CaseNoCallBack   CaseProblem = "no_call_back"   // no call to the practice's number is recorded yet
	CaseNoSecond     CaseProblem = "no_second"      // neither a code nor a colleague has confirmed yet
	CaseNoNumber     CaseProblem = "no_number"      // the practice has no number on file to call back
	CaseTooMany      CaseProblem = "too_many"       // the case has as many checks as it may have
	CaseNoCode       CaseProblem = "no_code"        // no code is waiting to be read out, or it has expired
	CaseWrongCode    CaseProblem = "wrong_code"     // the code was wrong, and may be read out again
	CaseWrongCodes   CaseProblem = "wrong_codes"    // the last code allowed was wrong: the check has failed
	CaseWrongMailbox CaseProblem = "wrong_mailbox"  // the mailbox is neither the person's nor an administrator's
	CaseWrongVoucher CaseProblem = "wrong_voucher"  // the colleague is not of the practice, has a part in the case, or changed the user name
	CaseByCodeOnly   CaseProblem = "by_code_only"   // the result of this check comes from comparing the code, not from staff
	CaseUnknownCheck CaseProblem = "unknown_check"  // the script has no check of this kind
	CaseUnknownWish  CaseProblem = "unknown_action" // support has no such action
)

// Reason is the reason of the event about a step of a case that was refused with this answer.
func (p CaseProblem) Reason() idp.Reason { return idp.Reason(p) }

// MaySupport decides whether d may have a part in a case about this person: active people of APS staff, never in their own.
func MaySupport(d Actor, about idp.UserID) CaseProblem {
	switch {
	case !isPerson(d) || everywhere(d) != Permitted:
		return CaseNotStaff
	case d.User.ID == about:
		return CaseAboutSelf
	default:
		return CaseFine
	}
}

// CaseHelpers counts who could give this help without APS, of the practice's active people with User Management+ access. A
// person who has not joined yet can't help, and no one enables a person with more rights.
func CaseHelpers(action idp.CaseAction, about idp.Account, managers []idp.User) int {
	helpers := 0
	for _, manager := range managers {
		if manager.Invited() {
			continue
		}
		doer := Actor{Kind: idp.ActorUser, User: manager, Practice: about.Practice}
		if action != idp.CaseEnableUser || MayManage(doer, about.User) == Permitted {
			helpers++
		}
	}
	return helpers
}

// OpenCase decides whether support may begin to help this person; helpers is what [CaseHelpers] counts.
func OpenCase(d Actor, action idp.CaseAction, about idp.Account, helpers int) CaseProblem {
	problem := MaySupport(d, about.User.ID)
	switch {
	case problem != CaseFine:
		return problem
	case about.Practice.State != idp.PracticeActive:
		return CaseSuspended
	case action == idp.CaseEnableUser && about.User.State == idp.UserActive:
		return CaseEnabled
	case action != idp.CaseEnableUser && about.User.State != idp.UserActive:
		return CaseDisabled
	}
	return mayHelp(action, about, helpers)
}

// mayHelp decides what must hold when a case is opened, and again when its action is carried out.
func mayHelp(action idp.CaseAction, about idp.Account, helpers int) CaseProblem {
	switch {
	case action == idp.CaseResetMFA, action == idp.CaseEnrolmentCode: // administrators who need a passkey themselves can't help
		return CaseFine
	case action != idp.CaseGrantUserManagement && action != idp.CaseEnableUser:
		return CaseUnknownWish
	case action == idp.CaseGrantUserManagement && about.Practice.Kind == idp.PracticeAPS:
		return CaseOwnPractice
	case helpers > 0:
		return CaseHasManager
	default:
		return CaseFine
	}
}

// CaseNow is the case as it stands now: an approval that was not used in time has run out.
func CaseNow(c idp.Case, now time.Time) idp.Case {
	if c.State == idp.CaseApproved && !now.Before(c.ActUntil) {
		c.State = idp.CaseExpired
	}
	return c
}

// SubmitCase hands the case to a second person.
func SubmitCase(d Actor, c idp.Case) (idp.Case, CaseProblem) {
	problem := openCase(d, c)
	if problem == CaseFine && d.User.ID != c.OpenedBy {
		problem = CaseNotOpener
	}
	if problem == CaseFine {
		problem = CaseBlocks(c)
	}
	if problem != CaseFine {
		return c, problem
	}
	c = spent(c)
	c.State = idp.CaseSubmitted
	return c, CaseFine
}

// DecideCase is the decision of a person who had no part in the case so far. An approval that was not used yet can still be
// turned into a refusal.
func DecideCase(d Actor, c idp.Case, approve bool, why string, now time.Time) (idp.Case, CaseProblem) {
	c = CaseNow(c, now)
	problem := MaySupport(d, c.UserID)
	switch {
	case problem != CaseFine:
		return c, problem
	case hadPart(d, c):
		return c, CaseHadPart
	case c.State != idp.CaseSubmitted && (approve || c.State != idp.CaseApproved):
		return c, CaseWrongState
	}
	if blocks := CaseBlocks(c); approve && blocks != CaseFine {
		return c, blocks
	}
	c.DecidedBy, c.DecidedAt, c.Decision = d.User.ID, now, why
	c.State, c.ActUntil = idp.CaseRefused, time.Time{}
	if approve {
		c.State, c.ActUntil = idp.CaseApproved, now.Add(CaseApproval)
	}
	return c, CaseFine
}

// PerformCase lets only the person who opened the case carry its action out, and another person approves it, so that every action
// takes two people; about and helpers are as for [OpenCase].
func PerformCase(d Actor, c idp.Case, about idp.Account, helpers int, now time.Time) (idp.Case, CaseProblem) {
	c = CaseNow(c, now)
	problem := MaySupport(d, c.UserID)
	switch {
	case problem != CaseFine:
		return c, problem
	case c.State == idp.CaseExpired:
		return c, CaseOver
	case c.State != idp.CaseApproved:
		return c, CaseWrongState
	case d.User.ID != c.OpenedBy:
		return c, CaseNotOpener
	}
	problem = OpenCase(d, c.Action, about, helpers)
	if problem != CaseFine {
		return c, problem
	}
	c.State, c.DoneBy, c.DoneAt = idp.CaseDone, d.User.ID, now
	return c, CaseFine
}

// StillApproved decides, when the action is carried out, whether the approval still counts: it doesn't if the approver has since
// left APS or been disabled.
func StillApproved(approver Actor, c idp.Case) CaseProblem {
	if MaySupport(approver, c.UserID) != CaseFine {
		return CaseApproverGone
	}
	return CaseFine
}

// CloseCase closes a case before it is decided. Every member of staff may do so, because closing lets no one in.
func CloseCase(d Actor, c idp.Case, why string, now time.Time) (idp.Case, CaseProblem) {
	problem := MaySupport(d, c.UserID)
	if problem == CaseFine && c.State != idp.CaseOpen && c.State != idp.CaseSubmitted {
		problem = CaseWrongState
	}
	if problem != CaseFine {
		return c, problem
	}
	c = spent(c)
	c.State, c.DecidedBy, c.DecidedAt, c.Decision = idp.CaseClosed, d.User.ID, now, why
	return c, CaseFine
}

// openCase decides whether the case is one that d can work on.
func openCase(d Actor, c idp.Case) CaseProblem {
	problem := MaySupport(d, c.UserID)
	if problem == CaseFine && c.State != idp.CaseOpen {
		problem = CaseWrongState
	}
	return problem
}

// hadPart reports whether d opened the case, recorded a check in it, read out the code of one or vouched in one: in a case about APS's
// own staff the reader or voucher is a colleague, whose word was one of the proofs.
func hadPart(d Actor, c idp.Case) bool {
	if d.User.ID == c.OpenedBy || d.User.ID == c.CodeTo { // a check of the release before has no reader, so the last mailbox counts too
		return true
	}
	for _, check := range c.Checks {
		if check.Reader == d.User.ID || check.Voucher == d.User.ID {
			return true
		}
	}
	return recorded(d.User.ID, c)
}

// recorded reports whether the person recorded a check in the case.
func recorded(person idp.UserID, c idp.Case) bool {
	return slices.ContainsFunc(c.Checks, func(check idp.CaseCheck) bool { return check.By == person })
}

// spent returns the case without its code, which can't be used any more.
func spent(c idp.Case) idp.Case {
	c.CodeHash, c.CodeUntil = idp.Secret{}, time.Time{}
	return c
}
