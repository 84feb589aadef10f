package directory

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
)

// Ledger commits what a command changes.
type Ledger interface {
	// Commit runs fn in one SQL transaction: all of it happens, the audit event included, or nothing. fn may run again after
	// a serialisation failure.
	Commit(ctx context.Context, fn func(Unit) error) error
}

// Unit is one SQL transaction.
type Unit interface {
	// CreatePractice returns idp.ErrConflict if the identifier exists.
	CreatePractice(ctx context.Context, p idp.Practice) error
	// CreateUser returns idp.ErrConflict if the identifier or the user name exists, in any practice, and idp.ErrNotFound if
	// the practice does not.
	CreateUser(ctx context.Context, u idp.User) error
	// CreateClient returns idp.ErrConflict if the identifier exists, and idp.ErrNotFound if its practice does not.
	CreateClient(ctx context.Context, c idp.Client) error
	// UpdateClient stores c as the next version if the stored one is c.Version, and returns idp.ErrConflict otherwise.
	UpdateClient(ctx context.Context, c idp.Client) error
	// CreateAuthenticator returns idp.ErrNotFound if the user is not of the practice.
	CreateAuthenticator(ctx context.Context, a idp.Authenticator) error
	// SavePIN creates or replaces the user's recovery PIN; idp.ErrNotFound if the user is not of the practice.
	SavePIN(ctx context.Context, pin idp.RecoveryPIN) error
	// AppendEvent writes an audit event.
	AppendEvent(ctx context.Context, e idp.AuditEvent) error
}

// Hasher hashes what people remember.
type Hasher interface {
	Hash(ctx context.Context, password idp.Secret) (idp.Secret, error)
	HashPIN(ctx context.Context, pin idp.Secret) (idp.Secret, error)
}
