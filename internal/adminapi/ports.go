package adminapi

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Tokens tells what access tokens stand for; oidcop.Server does.
type Tokens interface {
	// VerifyAccess returns what the token stands for if it is good now: ours, an access token, not over, not revoked, its client
	// enabled and, for a person's, its session alive. Otherwise it is idp.ErrNotFound; other errors are those of the stores. It
	// does not look at the audience.
	VerifyAccess(ctx context.Context, token string, now time.Time) (idp.Reference, error)
}

// Accounts reads people.
type Accounts interface {
	// FindAccount returns idp.ErrNotFound if there is none.
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
}

// Clients reads relying parties.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// Answers remembers what was answered to requests that carry an Idempotency-Key. It may forget: then a request is carried out
// again.
type Answers interface {
	// Claim gives the name to one caller, for hold at most: of any number exactly one gets it, and answer is nil. Later ones get
	// the answer, once there is one. Errors: idp.ErrConflict while it is being carried out; idp.ErrInvalid for a request other
	// than the one that the name was given to.
	Claim(ctx context.Context, name, request, claim string, hold time.Duration) (answer []byte, err error)
	// Finish keeps the answer of the one who holds the claim; idp.ErrConflict if that is somebody else, or nobody, by now.
	Finish(ctx context.Context, name, claim string, answer []byte, keep time.Duration) error
	// Release gives the name back; a claim that is not held is no error.
	Release(ctx context.Context, name, claim string) error
}

// Directory carries out what is asked; directory.Service does. The errors stand with each of its methods.
type Directory interface {
	People
	Practices
	Activations
	Registrations
	Cases
	// ListEvents lists a practice's audit events, newest first.
	ListEvents(ctx context.Context, caller directory.Caller, practice idp.PracticeID, q directory.EventQuery, page directory.Page, now time.Time) ([]idp.AuditEvent, string, error)
}

// People are the commands and queries on people and their sessions.
type People interface {
	ListUsers(ctx context.Context, caller directory.Caller, practice idp.PracticeID, q directory.UserQuery, page directory.Page, now time.Time) ([]directory.Person, string, error)
	FindUser(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) (directory.UserDetail, error)
	InviteUser(ctx context.Context, caller directory.Caller, n directory.Invitation, now time.Time) (idp.User, error)
	ResendInvite(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	RevokeInvite(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	UpdateUser(ctx context.Context, caller directory.Caller, id idp.UserID, edit directory.UserEdit, now time.Time) (idp.User, error)
	DisableUser(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	EnableUser(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	UnlockUser(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	ResetMFA(ctx context.Context, caller directory.Caller, id idp.UserID, reason string, now time.Time) error
	SendPasswordReset(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	ListUserSessions(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) ([]idp.Session, error)
	EndSession(ctx context.Context, caller directory.Caller, id idp.SID, now time.Time) error
	ExplainSignin(ctx context.Context, caller directory.Caller, user idp.UserID, app idp.ClientID, now time.Time) (directory.SigninExplanation, error)
}

// Practices are the commands and queries on practices.
type Practices interface {
	ListPractices(ctx context.Context, caller directory.Caller, q directory.PracticeQuery, page directory.Page, now time.Time) ([]idp.Practice, string, error)
	FindPractice(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) (directory.PracticeDetail, error)
	CreatePractice(ctx context.Context, caller directory.Caller, n directory.NewPractice, now time.Time) (idp.Practice, error)
	UpdatePractice(ctx context.Context, caller directory.Caller, id idp.PracticeID, edit directory.PracticeEdit, now time.Time) (idp.Practice, error)
	SuspendPractice(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) error
	ResumePractice(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) error
	AddApp(ctx context.Context, caller directory.Caller, id idp.PracticeID, app idp.ClientID, now time.Time) error
	RemoveApp(ctx context.Context, caller directory.Caller, id idp.PracticeID, app idp.ClientID, now time.Time) error
}

// Activations are the commands and queries on MFA activation and mandatory MFA.
type Activations interface {
	CheckPrerequisites(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) (policy.PrerequisiteReport, error)
	RequestActivation(ctx context.Context, caller directory.Caller, id idp.PracticeID, note string, now time.Time) (idp.Activation, error)
	WithdrawActivation(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) error
	AnswerActivation(ctx context.Context, caller directory.Caller, id idp.ActivationID, activate bool, answer string, now time.Time) error
	ListActivations(ctx context.Context, caller directory.Caller, state idp.ActivationState, page directory.Page, now time.Time) ([]idp.Activation, string, error)
	SetMandatory(ctx context.Context, caller directory.Caller, id idp.PracticeID, from time.Time, now time.Time) error
}

// Registrations are the commands and queries on apps and integrations.
type Registrations interface {
	ListClients(ctx context.Context, caller directory.Caller, q directory.ClientQuery, page directory.Page, now time.Time) ([]idp.Client, string, error)
	FindClient(ctx context.Context, caller directory.Caller, id idp.ClientID, now time.Time) (idp.Client, error)
	RegisterClient(ctx context.Context, caller directory.Caller, n directory.NewClient, now time.Time) (idp.Client, idp.Secret, error)
	EditClient(ctx context.Context, caller directory.Caller, id idp.ClientID, edit directory.ClientEdit, now time.Time) (idp.Client, error)
	AddSecret(ctx context.Context, caller directory.Caller, id idp.ClientID, expires, oldEnds, now time.Time) (idp.ClientSecret, idp.Secret, error)
	RemoveSecret(ctx context.Context, caller directory.Caller, id idp.ClientID, secret string, now time.Time) error
}

// Cases are the commands and queries on support cases.
type Cases interface {
	ListCases(ctx context.Context, caller directory.Caller, q directory.CaseQuery, page directory.Page, now time.Time) ([]idp.Case, string, error)
	FindCase(ctx context.Context, caller directory.Caller, id idp.CaseID, now time.Time) (directory.CaseDetail, error)
	OpenCase(ctx context.Context, caller directory.Caller, n directory.NewCase, now time.Time) (idp.Case, error)
	SendCaseCode(ctx context.Context, caller directory.Caller, id idp.CaseID, to idp.UserID, now time.Time) error
	RecordCheck(ctx context.Context, caller directory.Caller, id idp.CaseID, n directory.NewCheck, now time.Time) error
	SubmitCase(ctx context.Context, caller directory.Caller, id idp.CaseID, now time.Time) error
	DecideCase(ctx context.Context, caller directory.Caller, id idp.CaseID, approve bool, why string, now time.Time) error
	PerformCase(ctx context.Context, caller directory.Caller, id idp.CaseID, now time.Time) error
	CloseCase(ctx context.Context, caller directory.Caller, id idp.CaseID, why string, now time.Time) error
}
