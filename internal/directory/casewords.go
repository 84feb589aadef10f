package directory

import (
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// caseRefused turns policy's answer into what the member of staff is told; nil if the command may go on.
func caseRefused(problem policy.CaseProblem) error {
	if problem == policy.CaseFine {
		return nil
	}
	answer := &idp.Error{Code: idp.CodeForbidden, Public: caseWhyNot(problem)}
	switch problem {
	case policy.CaseWrongState, policy.CaseOver:
		answer.Code = idp.CodeConflict
	case policy.CaseNoCode, policy.CaseWrongCode, policy.CaseWrongCodes:
		answer.Code, answer.Field = idp.CodeInvalid, "code"
	case policy.CaseWrongMailbox:
		answer.Code, answer.Field = idp.CodeInvalid, "to"
	case policy.CaseWrongVoucher:
		answer.Code, answer.Field = idp.CodeInvalid, "voucher"
	case policy.CaseUnknownCheck, policy.CaseByCodeOnly:
		answer.Code, answer.Field = idp.CodeInvalid, "check"
	case policy.CaseUnknownWish:
		answer.Code, answer.Field = idp.CodeInvalid, "action"
	}
	return &refusal{reason: problem.Reason(), answer: answer}
}

// caseWhyNot says why a command on a case can't be carried out, to a member of staff.
func caseWhyNot(problem policy.CaseProblem) string {
	return map[policy.CaseProblem]string{
		policy.CaseFine:         "",
		policy.CaseNotStaff:     "Support cases are for people of APS staff.",
		policy.CaseAboutSelf:    "This case is about you. Ask a colleague.",
		policy.CaseNotOpener:    "Only whoever opened the case can do this.",
		policy.CaseHadPart:      "You opened this case or had a part in one of its checks. Somebody who had no part in it has to decide.",
		policy.CaseWrongState:   "The case has moved on, so this can’t be done any more. Look at it again.",
		policy.CaseOver:         "The hour for the action has run out. Open a new case and make the checks again.",
		policy.CaseApproverGone: "Whoever approved this doesn’t work at the support desk any more. Open a new case and make the checks again.",
		policy.CaseDisabled:     "This person is disabled and couldn’t sign in anyway. Somebody in the practice has to enable them first; if nobody there can, open a case to enable them.",
		policy.CaseEnabled:      "This person is not disabled, so there is nothing to enable.",
		policy.CaseSuspended:    "The practice is suspended: nobody of it can sign in.",
		policy.CaseHasManager:   "Somebody in this practice has access to User Management+ and can do this. Send the caller to them.",
		policy.CaseOwnPractice:  "APS has no User Management+ access to give to its own people.",
		policy.CaseFailedCheck:  "A check has failed, so this case can’t go on. Close it. If you think somebody pretended to be another person, tell your security team now.",
		policy.CaseNoCallBack:   "Call back the practice on its number on file first.",
		policy.CaseNoSecond:     "One more proof is needed: the code from a mailbox, or a colleague who confirms. What the caller knows is never enough.",
		policy.CaseNoNumber:     "This practice has no telephone number on file, so there is nothing to call back. A number that the caller gives you proves nothing.",
		policy.CaseTooMany:      "This case has too many checks. Close it and begin again.",
		policy.CaseNoCode:       "There is no code out, or it has run out. Send a new one.",
		policy.CaseWrongCode:    "That isn’t the code that was sent. Ask for it to be read out again, slowly.",
		policy.CaseWrongCodes:   "That was the third wrong code, so this check has failed and the case can’t go on. Close it.",
		policy.CaseWrongMailbox: "A code can go to the person, or to an active administrator of the practice who has no part in the case. Choose one of them.",
		policy.CaseWrongVoucher: "Give the user name of a colleague who has joined this practice: not the person, nobody who works on this case, and nobody who changed the person’s email address in the last three days or came after that.",
		policy.CaseByCodeOnly:   "The code alone says how this check went.",
		policy.CaseUnknownCheck: "There is no such check or result.",
		policy.CaseUnknownWish:  "Choose what support is to do.",
	}[problem]
}
