package manage

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Directory runs the commands and the queries; directory.Service implements it, and its documentation holds.
type Directory interface {
	People
	Practice
	Integrations
}

// People are what is asked and done about people.
type People interface {
	ListUsers(ctx context.Context, caller directory.Caller, practice idp.PracticeID, q directory.UserQuery, page directory.Page, now time.Time) ([]directory.Person, string, error)
	FindUser(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) (directory.UserDetail, error)
	ListUserSessions(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) ([]idp.Session, error)
	ListEvents(ctx context.Context, caller directory.Caller, practice idp.PracticeID, q directory.EventQuery, page directory.Page, now time.Time) ([]idp.AuditEvent, string, error)
	ExportEvents(ctx context.Context, caller directory.Caller, practice idp.PracticeID, q directory.EventQuery, now time.Time) (iter.Seq2[idp.AuditEvent, error], error)
	InviteUser(ctx context.Context, caller directory.Caller, n directory.Invitation, now time.Time) (idp.User, error)
	ResendInvite(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	RevokeInvite(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	UpdateUser(ctx context.Context, caller directory.Caller, id idp.UserID, edit directory.UserEdit, now time.Time) (idp.User, error)
	UnlockUser(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	SendPasswordReset(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	ResetMFA(ctx context.Context, caller directory.Caller, id idp.UserID, reason string, now time.Time) error
	DisableUser(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	EnableUser(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) error
	EndSession(ctx context.Context, caller directory.Caller, id idp.SID, now time.Time) error
}

// Practice is what is asked and done about the visitor's practice.
type Practice interface {
	FindPractice(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) (directory.PracticeDetail, error)
	CheckPrerequisites(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) (policy.PrerequisiteReport, error)
	RequestActivation(ctx context.Context, caller directory.Caller, id idp.PracticeID, note string, now time.Time) (idp.Activation, error)
	WithdrawActivation(ctx context.Context, caller directory.Caller, id idp.PracticeID, now time.Time) error
}

// Integrations are what is asked and done about the register of the practice's integrations.
type Integrations interface {
	ListClients(ctx context.Context, caller directory.Caller, q directory.ClientQuery, page directory.Page, now time.Time) ([]idp.Client, string, error)
	FindClient(ctx context.Context, caller directory.Caller, id idp.ClientID, now time.Time) (idp.Client, error)
	EditClient(ctx context.Context, caller directory.Caller, id idp.ClientID, edit directory.ClientEdit, now time.Time) (idp.Client, error)
}

// Names finds what identifiers are called, for pages about what the visitor may see anyway.
type Names interface {
	// ListNames returns those of the people who belong to the practice, with identifier, user name and name.
	ListNames(ctx context.Context, practice idp.PracticeID, ids []idp.UserID) ([]idp.User, error)
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// Exporter writes events down for other programs; names tells what an identifier is called, or "".
type Exporter func(w io.Writer, events iter.Seq2[idp.AuditEvent, error], names func(id string) string) error
