package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

var errPending = errors.New("directory: not built yet")

// PracticeDetail is everything about one practice.
type PracticeDetail struct {
	Practice   idp.Practice
	Counts     Counts
	Activation *idp.Activation // the newest request; nil: none so far
	Mandatory  []Mandate       // what makes MFA mandatory for it now or later, by date
}

// Mandate is a rule that makes MFA mandatory.
type Mandate struct {
	App  idp.ClientID // "": the practice itself, at every app
	Name string       // of the app or of the practice
	From time.Time
}

// PracticeEdit changes a practice; nil fields stay. Version is that of the practice as it was read.
type PracticeEdit struct {
	Version  int64
	Name     *string
	Region   *idp.Region
	TimeZone *string
	Phone    *string
}

// FindPractice shows a practice: the caller's own to those who manage its people, any to APS.
func (s *Service) FindPractice(ctx context.Context, caller Caller, id idp.PracticeID, now time.Time) (PracticeDetail, error) {
	return PracticeDetail{}, errPending
}

// ListPractices lists practices, for APS.
func (s *Service) ListPractices(ctx context.Context, caller Caller, q PracticeQuery, page Page, now time.Time) ([]idp.Practice, string, error) {
	return nil, "", errPending
}

// UpdatePractice edits a practice. The telephone number is APS's to change alone: support calls it back.
func (s *Service) UpdatePractice(ctx context.Context, caller Caller, id idp.PracticeID, edit PracticeEdit, now time.Time) (idp.Practice, error) {
	return idp.Practice{}, errPending
}

// CheckPrerequisites reports, live, whether MFA can be activated for the practice.
func (s *Service) CheckPrerequisites(ctx context.Context, caller Caller, id idp.PracticeID, now time.Time) (policy.PrerequisiteReport, error) {
	return policy.PrerequisiteReport{}, errPending
}

// RequestActivation asks APS to activate MFA for the caller's practice. idp.ErrConflict if it is active or asked for already.
func (s *Service) RequestActivation(ctx context.Context, caller Caller, id idp.PracticeID, note string, now time.Time) (idp.Activation, error) {
	return idp.Activation{}, errPending
}

// WithdrawActivation takes the open request back.
func (s *Service) WithdrawActivation(ctx context.Context, caller Caller, id idp.PracticeID, now time.Time) error {
	return errPending
}

// AnswerActivation activates MFA, at once, or declines with an answer to the practice. It refuses to activate while a
// prerequisite is missing. APS only.
func (s *Service) AnswerActivation(ctx context.Context, caller Caller, id idp.ActivationID, activate bool, answer string, now time.Time) error {
	return errPending
}

// ListActivations lists requests in a state, oldest first, for APS.
func (s *Service) ListActivations(ctx context.Context, caller Caller, state idp.ActivationState, page Page, now time.Time) ([]idp.Activation, string, error) {
	return nil, "", errPending
}

// SetMandatory makes MFA mandatory for a practice from a time on, at every app; zero takes it back. APS only.
func (s *Service) SetMandatory(ctx context.Context, caller Caller, id idp.PracticeID, from time.Time, now time.Time) error {
	return errPending
}

// Remind sends what is due now: mandatory MFA 30, 14, 7 and 1 days before to who has not enrolled; secrets that end and
// integrations whose review is due, to the administrators. Each at most once, on however many nodes it runs.
func (s *Service) Remind(ctx context.Context, now time.Time) error { return errPending }
