package idp

import "time"

// CaseAction is what APS support is to do for a person once a case is approved.
type CaseAction string

// The actions there are.
const (
	CaseResetMFA            CaseAction = "reset_mfa"
	CaseGrantUserManagement CaseAction = "grant_user_management" // idp.RoleUserManagement and idp.RoleSystemAdministrator
	CaseEnableUser          CaseAction = "enable_user"           // a disabled person whom no one in the practice could enable
	CaseEnrolmentCode       CaseAction = "enrolment_code"        // a code to add the first passkey with, for a person who needs one
)

// CaseState is how far a case has come.
type CaseState string

// The states of a case.
const (
	CaseOpen      CaseState = "open"      // checks are being made
	CaseSubmitted CaseState = "submitted" // waits for a second member of staff
	CaseApproved  CaseState = "approved"  // the action may be carried out until ActUntil
	CaseRefused   CaseState = "refused"   // by the second member of staff
	CaseClosed    CaseState = "closed"    // given up before a decision, or a check failed
	CaseDone      CaseState = "done"      // the action was carried out
	CaseExpired   CaseState = "expired"   // approved, and not carried out in time
)

// CheckName names one check of the script.
type CheckName string

// The checks of the script.
const (
	CheckCallBack    CheckName = "call_back"    // called back on the number on file
	CheckMailboxCode CheckName = "mailbox_code" // read out a code that was sent to an administrator's or the person's mailbox
	CheckColleague   CheckName = "colleague"    // a named colleague confirmed, contacted independently
	CheckPersonal    CheckName = "personal"     // personal data were right: never enough alone
)

// CheckResult is how a check went.
type CheckResult string

// The results.
const (
	CheckPassed CheckResult = "passed"
	CheckFailed CheckResult = "failed"
)

// CaseCheck is one check that was made: how, never the answer that was given.
type CaseCheck struct {
	Name   CheckName
	Result CheckResult
	How    string // what was done, at most 500 characters
	By     UserID // the member of staff
	// Voucher is who of the practice confirmed, for CheckColleague; "" for another check, one that failed, or one of an earlier release.
	Voucher UserID
	Reader  UserID // CheckMailboxCode: in whose mailbox the code was; "" for another check, or one of an earlier release
	At      time.Time
}

// Case is the record of APS support helping one person: who asked for what, which checks were made, who decided, what was done.
type Case struct {
	ID         CaseID
	PracticeID PracticeID
	UserID     UserID // whom it concerns
	Action     CaseAction
	Reason     string // at most 1,000 characters
	State      CaseState
	OpenedBy   UserID
	OpenedAt   time.Time
	Checks     []CaseCheck

	// The code of CheckMailboxCode, while one is out.
	CodeHash   Secret // hashed like a recovery PIN; zero: none is out
	CodeTo     UserID // whose mailbox
	CodeUntil  time.Time
	CodeMisses int

	DecidedBy UserID // approved or refused it
	DecidedAt time.Time
	Decision  string // why, at most 1,000 characters
	ActUntil  time.Time
	DoneBy    UserID
	DoneAt    time.Time
	Version   int64 // compare-and-swap; 1 when created
}
