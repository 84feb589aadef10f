package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

// Ledger commits what a command changes.
type Ledger interface {
	// Commit runs fn in one SQL transaction: all of it happens, the audit event included, or nothing. fn may run again after
	// a serialisation failure.
	Commit(ctx context.Context, fn func(Unit) error) error
}

// Unit is one SQL transaction. Whatever in it ends sessions deletes their refresh tokens and queues the messages to their apps.
type Unit interface {
	// FindAccount returns idp.ErrNotFound if there is none, in any practice.
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
	// FindPractice returns idp.ErrNotFound if there is none.
	FindPractice(ctx context.Context, id idp.PracticeID) (idp.Practice, error)
	// FindClient returns idp.ErrNotFound if there is none. A disabled one is returned.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
	// FindSession returns it, ended or not; idp.ErrNotFound if there is none.
	FindSession(ctx context.Context, id idp.SID) (idp.Session, error)
	// CountActive returns how many active users of the practice hold the role.
	CountActive(ctx context.Context, practice idp.PracticeID, role idp.Role) (int64, error)
	// CreatePractice returns idp.ErrConflict if the identifier exists.
	CreatePractice(ctx context.Context, p idp.Practice) error
	// UpdatePractice stores p as the next version if the stored one is p.Version, and returns idp.ErrConflict otherwise.
	UpdatePractice(ctx context.Context, p idp.Practice) error
	// CreateUser returns idp.ErrConflict if the identifier or the user name exists, in any practice, and idp.ErrNotFound if
	// the practice does not.
	CreateUser(ctx context.Context, u idp.User) error
	// UpdateUser stores u as the next version if the stored one is u.Version, and returns idp.ErrConflict otherwise.
	UpdateUser(ctx context.Context, u idp.User) error
	// CreateClient returns idp.ErrConflict if the identifier exists, and idp.ErrNotFound if its practice does not.
	CreateClient(ctx context.Context, c idp.Client) error
	// UpdateClient stores c as the next version if the stored one is c.Version, and returns idp.ErrConflict otherwise.
	UpdateClient(ctx context.Context, c idp.Client) error
	// CreateAuthenticator returns idp.ErrNotFound if the user is not of the practice.
	CreateAuthenticator(ctx context.Context, a idp.Authenticator) error
	// SavePIN creates or replaces the user's recovery PIN; idp.ErrNotFound if the user is not of the practice.
	SavePIN(ctx context.Context, pin idp.RecoveryPIN) error
	// UpdateGuard reads the failure counter of (subject, proof), a zero one if there is none, gives it to change, and stores
	// what that returns; nobody else changes it until the end of the transaction.
	UpdateGuard(ctx context.Context, subject string, proof idp.Proof, change func(idp.Guard) idp.Guard) error
	// RevokeMFA removes all authenticators and the PIN of the user, and returns the authenticators it removed.
	RevokeMFA(ctx context.Context, practice idp.PracticeID, user idp.UserID, now time.Time) ([]idp.Authenticator, error)
	// EndSession ends it with the reason and writes the event. One that has ended already, or does not exist, is left alone:
	// then ended is false and no event is written.
	EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended bool, err error)
	// EndUserSessions ends all sessions of the user, in the practice, and writes the event for each, with its session and app
	// filled in.
	EndUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error)
	// EndPracticeSessions does the same for everybody in the practice, at one app, or at all if client is "".
	EndPracticeSessions(ctx context.Context, practice idp.PracticeID, client idp.ClientID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error)
	// EnqueueNotice queues a message to be sent after the commit.
	EnqueueNotice(ctx context.Context, n idp.Notice) error
	// AppendEvent writes an audit event. One with this identifier that is there already stays as it is.
	AppendEvent(ctx context.Context, e idp.AuditEvent) error
}

// Hasher hashes and checks what people remember.
type Hasher interface {
	// Verify returns idp.ErrInvalid for a text that can be nobody's password, and idp.ErrBusy with RetryAfter over its bound.
	Verify(ctx context.Context, hash, password idp.Secret) (authenticator.Result, error)
	Hash(ctx context.Context, password idp.Secret) (idp.Secret, error)
	HashPIN(ctx context.Context, pin idp.Secret) (idp.Secret, error)
}
