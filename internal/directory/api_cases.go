package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// NewCase is a support case to open.
type NewCase struct {
	PracticeID idp.PracticeID
	UserID     idp.UserID
	Action     idp.CaseAction
	Reason     string
}

// NewCheck is a check that was made.
type NewCheck struct {
	Name   idp.CheckName
	Result idp.CheckResult // ignored for idp.CheckMailboxCode: the code decides
	How    string
	Code   idp.Secret // idp.CheckMailboxCode: what was read out
}

// CaseDetail is a case with the names that belong to it.
type CaseDetail struct {
	Case     idp.Case
	Practice idp.Practice
	User     idp.User              // without its password hash
	Names    map[idp.UserID]string // of the staff in it, and of CodeTo
	// Blocks says what is missing before it can be submitted; "" if nothing.
	Blocks string
	// May says which commands the caller may give now ("check", "send_code", "submit", "approve", "refuse", "perform", "close").
	May map[string]bool
}

// OpenCase opens a support case. APS staff only. The practice's administrators and the person are told.
func (s *Service) OpenCase(ctx context.Context, caller Caller, n NewCase, now time.Time) (idp.Case, error) {
	return idp.Case{}, errPending
}

// SendCaseCode mails a code to an administrator of the practice, or to the person, to be read out to support.
func (s *Service) SendCaseCode(ctx context.Context, caller Caller, id idp.CaseID, to idp.UserID, now time.Time) error {
	return errPending
}

// RecordCheck records a check.
func (s *Service) RecordCheck(ctx context.Context, caller Caller, id idp.CaseID, n NewCheck, now time.Time) error {
	return errPending
}

// SubmitCase hands the case to a second member of staff.
func (s *Service) SubmitCase(ctx context.Context, caller Caller, id idp.CaseID, now time.Time) error {
	return errPending
}

// DecideCase approves or refuses: a member of staff who had no part in it.
func (s *Service) DecideCase(ctx context.Context, caller Caller, id idp.CaseID, approve bool, why string, now time.Time) error {
	return errPending
}

// PerformCase carries out the action of an approved case, within its time. Everybody concerned is told.
func (s *Service) PerformCase(ctx context.Context, caller Caller, id idp.CaseID, now time.Time) error {
	return errPending
}

// CloseCase gives a case up.
func (s *Service) CloseCase(ctx context.Context, caller Caller, id idp.CaseID, why string, now time.Time) error {
	return errPending
}

// FindCase shows a case, to APS staff.
func (s *Service) FindCase(ctx context.Context, caller Caller, id idp.CaseID, now time.Time) (CaseDetail, error) {
	return CaseDetail{}, errPending
}

// ListCases lists cases, newest first, to APS staff.
func (s *Service) ListCases(ctx context.Context, caller Caller, q CaseQuery, page Page, now time.Time) ([]idp.Case, string, error) {
	return nil, "", errPending
}
