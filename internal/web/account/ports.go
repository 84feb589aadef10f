package account

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// Directory runs the commands and the queries; directory.Service implements it, and its documentation holds.
type Directory interface {
	Own
	Links
}

// Own are the commands that people give about themselves.
type Own interface {
	ChangePassword(ctx context.Context, caller directory.Caller, n directory.NewPassword, now time.Time) error
	BeginTOTP(ctx context.Context, caller directory.Caller, now time.Time) (directory.Setup, error)
	BeginSMS(ctx context.Context, caller directory.Caller, country, phone string, now time.Time) (directory.Setup, error)
	ResendSMS(ctx context.Context, caller directory.Caller, sealed idp.Secret, now time.Time) error
	ViewSetup(ctx context.Context, caller directory.Caller, sealed idp.Secret, now time.Time) (directory.Setup, error)
	ConfirmAuthenticator(ctx context.Context, caller directory.Caller, sealed, code idp.Secret, label string, now time.Time) (idp.Authenticator, error)
	FindAuthenticator(ctx context.Context, caller directory.Caller, id idp.AuthenticatorID, now time.Time) (idp.Authenticator, error)
	RenameAuthenticator(ctx context.Context, caller directory.Caller, id idp.AuthenticatorID, label string, now time.Time) error
	RemoveAuthenticator(ctx context.Context, caller directory.Caller, id idp.AuthenticatorID, now time.Time) error
	ChangePIN(ctx context.Context, caller directory.Caller, pin, confirm idp.Secret, now time.Time) error
	EndOwnSession(ctx context.Context, caller directory.Caller, id idp.SID, now time.Time) error
	SignOutEverywhere(ctx context.Context, caller directory.Caller, now time.Time) error
	ListUserSessions(ctx context.Context, caller directory.Caller, id idp.UserID, now time.Time) ([]idp.Session, error)
	ListEvents(ctx context.Context, caller directory.Caller, practice idp.PracticeID, q directory.EventQuery, page directory.Page, now time.Time) ([]idp.AuditEvent, string, error)
}

// Links are the commands of people who are not signed in.
type Links interface {
	RequestPasswordReset(ctx context.Context, from directory.Origin, username string, now time.Time) error
	RequestUnlock(ctx context.Context, from directory.Origin, username string, now time.Time) error
	ViewLink(ctx context.Context, token idp.Secret, now time.Time) (directory.LinkDetail, error)
	AcceptInvite(ctx context.Context, from directory.Origin, token, password idp.Secret, now time.Time) error
	ResetByLink(ctx context.Context, from directory.Origin, token, password idp.Secret, now time.Time) error
	UnlockByLink(ctx context.Context, from directory.Origin, token idp.Secret, now time.Time) error
	FreezeByLink(ctx context.Context, from directory.Origin, token idp.Secret, now time.Time) error
}

// Clients reads relying parties, for their names.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// SignIns remembers browsers; signin.Service implements it.
type SignIns interface {
	// Recognise returns the cookie of a browser whose person has just proved to be the owner of the user name, in place of the
	// one it has. Nothing rests on it but on which counter a wrong password counts.
	Recognise(ctx context.Context, cookie idp.Secret, username string, now time.Time) (idp.Secret, error)
}
