package support

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Directory runs the commands and the queries; directory.Service implements it, and its documentation holds.
type Directory interface {
	Practices
	People
	Cases
}

// Practices are what is asked and done about practices.
type Practices interface {
	ListPractices(ctx context.Context, caller directory.Caller, q directory.PracticeQuery, page directory.Page, now time.Time) ([]idp.Practice, string, error)
	FindPractice(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) (directory.PracticeDetail, error)
	CreatePractice(ctx context.Context, caller directory.Caller, n directory.NewPractice, now time.Time) (idp.Practice, error)
	UpdatePractice(ctx context.Context, caller directory.Caller, id idp.PracticeID, edit directory.PracticeEdit, now time.Time) (idp.Practice, error)
	SuspendPractice(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) error
	ResumePractice(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) error
	AddApp(ctx context.Context, caller directory.Caller, id idp.PracticeID, app idp.ClientID, now time.Time) error
	RemoveApp(ctx context.Context, caller directory.Caller, id idp.PracticeID, app idp.ClientID, now time.Time) error
	SetMandatory(ctx context.Context, caller directory.Caller, id idp.PracticeID, from time.Time, now time.Time) error
	CheckPrerequisites(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) (policy.PrerequisiteReport, error)
	ListActivations(ctx context.Context, caller directory.Caller, state idp.ActivationState, page directory.Page, now time.Time) ([]idp.Activation, string, error)
	AnswerActivation(ctx context.Context, caller directory.Caller, id idp.ActivationID, activate bool, answer string, now time.Time) error
	ListClients(ctx context.Context, caller directory.Caller, q directory.ClientQuery, page directory.Page, now time.Time) ([]idp.Client, string, error)
}

// People are what is asked about people. Nothing is done to them here.
type People interface {
	FindPerson(ctx context.Context, caller directory.Caller, username string, now time.Time) (idp.User, error)
	ListUsers(ctx context.Context, caller directory.Caller, practice idp.PracticeID, q directory.UserQuery, page directory.Page, now time.Time) ([]directory.Person, string, error)
	FindUser(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) (directory.UserDetail, error)
	ListUserSessions(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) ([]idp.Session, error)
	ListEvents(ctx context.Context, caller directory.Caller, practice idp.PracticeID, q directory.EventQuery, page directory.Page, now time.Time) ([]idp.AuditEvent, string, error)
	ExplainSignin(ctx context.Context, caller directory.Caller, user idp.UserID, app idp.ClientID, now time.Time) (directory.SigninExplanation, error)
}

// Cases are what is asked and done about support cases.
type Cases interface {
	OpenCase(ctx context.Context, caller directory.Caller, n directory.NewCase, now time.Time) (idp.Case, error)
	SendCaseCode(ctx context.Context, caller directory.Caller, id idp.CaseID, to idp.UserID, now time.Time) error
	RecordCheck(ctx context.Context, caller directory.Caller, id idp.CaseID, n directory.NewCheck, now time.Time) error
	SubmitCase(ctx context.Context, caller directory.Caller, id idp.CaseID, now time.Time) error
	DecideCase(ctx context.Context, caller directory.Caller, id idp.CaseID, approve bool, why string, now time.Time) error
	PerformCase(ctx context.Context, caller directory.Caller, id idp.CaseID, now time.Time) error
	CloseCase(ctx context.Context, caller directory.Caller, id idp.CaseID, why string, now time.Time) error
	FindCase(ctx context.Context, caller directory.Caller, id idp.CaseID, now time.Time) (directory.CaseDetail, error)
	DescribeCases(ctx context.Context, caller directory.Caller, q directory.CaseQuery, page directory.Page, now time.Time) ([]directory.CaseLine, string, error)
}
