package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// SendCode records that a code was sent: to the person whom the case is about, or to an administrator of the practice (mayRead
// says that the mailbox is one of these).
func SendCode(d Actor, c idp.Case, hash idp.Secret, to idp.UserID, mayRead bool, now time.Time) (idp.Case, CaseProblem) {
	switch problem := mayCheck(d, c); {
	case problem != CaseFine:
		return c, problem
	case !mayRead:
		return c, CaseWrongMailbox
	}
	// The wrong tries stay counted: another code must not give more guesses.
	c.CodeHash, c.CodeTo, c.CodeUntil = hash, to, now.Add(CaseCodeLifetime)
	return c, CaseFine
}

// MayVouch decides whether this person's word counts in the case about the other: somebody who has joined the same practice, has no part
// in the case, and is another hand than those who changed the person's user name (ABUSE 39, 49).
func MayVouch(d Actor, c idp.Case, voucher, about idp.User, now time.Time) bool {
	switch {
	case voucher.PracticeID != c.PracticeID, voucher.State != idp.UserActive, !voucher.HasPassword():
		return false
	case voucher.ID == c.UserID, voucher.ID == c.OpenedBy, voucher.ID == d.User.ID, recorded(voucher.ID, c):
		return false
	default:
		return IsApart(voucher, about, now)
	}
}

// RecordCheck records how a check of the script went; for the code there is TryCaseCode. hasNumber says that the practice has a
// number on file: the person who called could have given any other number. mayVouch is what MayVouch says of the check's voucher.
func RecordCheck(d Actor, c idp.Case, check idp.CaseCheck, hasNumber, mayVouch bool) (idp.Case, CaseProblem) {
	switch problem := mayCheck(d, c); {
	case problem != CaseFine:
		return c, problem
	case check.Name == idp.CheckMailboxCode:
		return c, CaseByCodeOnly
	case check.Name != idp.CheckCallBack && check.Name != idp.CheckColleague && check.Name != idp.CheckPersonal,
		check.Result != idp.CheckPassed && check.Result != idp.CheckFailed:
		return c, CaseUnknownCheck
	case check.Name == idp.CheckCallBack && check.Result == idp.CheckPassed && !hasNumber:
		return c, CaseNoNumber
	case check.Name == idp.CheckColleague && check.Result == idp.CheckPassed && (check.Voucher == "" || !mayVouch):
		return c, CaseWrongVoucher
	}
	return withCheck(d, c, check), CaseFine
}

// TryCaseCode settles one try of the code; right says whether it matched. It runs inside the transaction that holds the case, so
// that of any number of guesses made at once only CaseCodeTries are evaluated (ABUSE 17). The last wrong one fails the check,
// and with it the case.
func TryCaseCode(d Actor, c idp.Case, right bool, how string, now time.Time) (idp.Case, CaseProblem) {
	switch problem := mayCheck(d, c); {
	case problem != CaseFine:
		return c, problem
	case c.CodeHash.IsZero() || !now.Before(c.CodeUntil):
		return c, CaseNoCode
	case right:
		return withCheck(d, spent(c), idp.CaseCheck{Name: idp.CheckMailboxCode, Result: idp.CheckPassed, How: how, Reader: c.CodeTo, At: now}), CaseFine
	}
	if c.CodeMisses++; c.CodeMisses < CaseCodeTries {
		return c, CaseWrongCode
	}
	failed := idp.CaseCheck{Name: idp.CheckMailboxCode, Result: idp.CheckFailed, How: how, Reader: c.CodeTo, At: now}
	return withCheck(d, spent(c), failed), CaseWrongCodes
}

// CaseBlocks says what is missing before a second person can be asked. Calling back the number on file is always needed, and
// beside it a person who holds a mailbox of the practice, or a colleague; what the person who called knows is never enough,
// because others know it too (ISM-1593; ASVS 5.0, 6.4.2 and 6.4.4). A colleague whom the record does not name, as those of an earlier
// release, does not count.
func CaseBlocks(c idp.Case) CaseProblem {
	passed := map[idp.CheckName]bool{}
	for _, check := range c.Checks {
		if check.Result != idp.CheckPassed {
			return CaseFailedCheck
		}
		passed[check.Name] = passed[check.Name] || check.Name != idp.CheckColleague || check.Voucher != ""
	}
	switch {
	case !passed[idp.CheckCallBack]:
		return CaseNoCallBack
	case !passed[idp.CheckMailboxCode] && !passed[idp.CheckColleague]:
		return CaseNoSecond
	default:
		return CaseFine
	}
}

// mayCheck decides whether d may make a check. After one check has failed, no other may be made.
func mayCheck(d Actor, c idp.Case) CaseProblem {
	problem := openCase(d, c)
	switch {
	case problem != CaseFine:
		return problem
	case CaseBlocks(c) == CaseFailedCheck:
		return CaseFailedCheck
	case len(c.Checks) >= MaxCaseChecks:
		return CaseTooMany
	default:
		return CaseFine
	}
}

// withCheck adds a check of d's. The checks of the case that the caller holds stay as they were.
func withCheck(d Actor, c idp.Case, check idp.CaseCheck) idp.Case {
	check.By = d.User.ID
	checks := make([]idp.CaseCheck, 0, len(c.Checks)+1)
	c.Checks = append(append(checks, c.Checks...), check)
	return c
}
