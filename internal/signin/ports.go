package signin

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// Transactions keeps sign-ins in flight. They may vanish (idp.ErrNotFound): then a sign-in starts again. What it stores is
// sealed: a transaction holds keys, codes and telephone numbers.
type Transactions interface {
	// Create stores a new transaction until its ExpiresAt.
	Create(ctx context.Context, tx Transaction) error
	// Find returns idp.ErrNotFound for one that is gone or was consumed.
	Find(ctx context.Context, id string) (Transaction, error)
	// Update stores tx as version tx.Version+1 if the stored one is tx.Version, and idp.ErrConflict otherwise; a consumed or
	// vanished one is idp.ErrNotFound. One whose password was right is kept until its ExpiresAt at least.
	Update(ctx context.Context, tx Transaction) error
	// Consume removes and returns it: of any number of callers exactly one gets it, the others get idp.ErrNotFound.
	Consume(ctx context.Context, id string) (Transaction, error)
}

// Accounts reads people.
type Accounts interface {
	// FindAccountByUsername takes a normalised user name; idp.ErrNotFound if there is none.
	FindAccountByUsername(ctx context.Context, username string) (idp.Account, error)
	// FindAccount returns idp.ErrNotFound if there is none.
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
}

// Passkeys reads passkeys, and how they name their people.
type Passkeys interface {
	// FindPasskey finds a passkey among those of all people; idp.ErrNotFound if no one has it.
	FindPasskey(ctx context.Context, credential idp.CredentialID) (idp.Authenticator, error)
	// FindUserHandle returns idp.ErrNotFound for a person who has none.
	FindUserHandle(ctx context.Context, practice idp.PracticeID, user idp.UserID) (idp.UserHandle, error)
}

// Clients reads relying parties.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none. A disabled one is returned.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
	// ListApps returns every client that people sign in to, enabled or not; read only.
	ListApps(ctx context.Context) ([]idp.Client, error)
}

// Sessions reads sessions.
type Sessions interface {
	// FindSession returns it, ended or not; idp.ErrNotFound if there is none.
	FindSession(ctx context.Context, id idp.SID) (idp.Session, error)
}

// Rates counts what has a limit.
type Rates interface {
	// Take counts one more of each use, or nothing if one of their limits is full: then that limit is returned, and until when.
	Take(ctx context.Context, now time.Time, uses ...idp.Use) (idp.Reached, error)
	// Full counts nothing, and names the first of these limits that is full.
	Full(ctx context.Context, now time.Time, uses ...idp.Use) (idp.Reached, error)
}

// Ledger commits what a step changes.
type Ledger interface {
	// Commit runs fn in one SQL transaction: everything it does happens, audit events and notices included, or nothing.
	// fn may run again after a serialisation failure.
	Commit(ctx context.Context, fn func(Unit) error) error
}

// Unit is one SQL transaction. Every method that changes something is safe to repeat: a step that was committed and whose
// transaction could not be saved is simply done again.
type Unit interface {
	proof.Guards
	passkey.Uses
	// KeepUserHandle gives the person this handle, unless they have one, and returns the one they have.
	KeepUserHandle(ctx context.Context, practice idp.PracticeID, user idp.UserID, fresh idp.UserHandle, now time.Time) (idp.UserHandle, error)
	// HoldAccountAt reads the person and an app, and keeps everything of theirs, of their practice and of the app that a sign-in rests on
	// from being changed until the transaction is over. It is idp.ErrNotFound without an account if the practice has no such person, and
	// with it if there is no such app.
	HoldAccountAt(ctx context.Context, practice idp.PracticeID, user idp.UserID, client idp.ClientID) (idp.Account, idp.Client, error)
	// HoldAccountWithCodesAt does the same, and before it with the failure counter of the person's codes.
	HoldAccountWithCodesAt(ctx context.Context, practice idp.PracticeID, user idp.UserID, client idp.ClientID) (idp.Guard, idp.Account, idp.Client, error)
	// FindSession returns it, ended or not; idp.ErrNotFound if there is none.
	FindSession(ctx context.Context, id idp.SID) (idp.Session, error)
	// AcceptStep moves the authenticator's last step forward to step; idp.ErrUsed unless step is greater than the stored one.
	AcceptStep(ctx context.Context, id idp.AuthenticatorID, step int64, now time.Time) error
	// TouchAuthenticator records that it was used.
	TouchAuthenticator(ctx context.Context, id idp.AuthenticatorID, now time.Time) error
	// CreateAuthenticator binds an authenticator; one that is there already stays as it is. A passkey that is bound as another
	// authenticator is idp.ErrConflict.
	CreateAuthenticator(ctx context.Context, a idp.Authenticator) error
	// RevokeMFA removes all authenticators and the PIN of the user, and returns the authenticators it removed.
	RevokeMFA(ctx context.Context, practice idp.PracticeID, user idp.UserID) ([]idp.Authenticator, error)
	// EndUserSessions ends all sessions of the user, in the practice, and returns them. For each it writes the event, with the
	// session filled in.
	EndUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error)
	// SavePIN creates or replaces the user's recovery PIN.
	SavePIN(ctx context.Context, pin idp.RecoveryPIN) error
	// UpdatePasswordHash replaces the stored hash if it is still from; otherwise it changes nothing.
	UpdatePasswordHash(ctx context.Context, user idp.UserID, from, to idp.Secret) error
	// StartSession creates the session, and sets the user's last sign-in. One with this SID that belongs to the same user and
	// app and has not ended only gets the new BrowserHash; any other is idp.ErrConflict.
	StartSession(ctx context.Context, s idp.Session) error
	// TakeReminder records that the person was reminded of something, under a key that says of what; false if it was recorded before.
	TakeReminder(ctx context.Context, key string, now time.Time) (bool, error)
	// IsReminded reports whether it was recorded.
	IsReminded(ctx context.Context, key string) (bool, error)
	// ConsumeLink uses up what has this hash and purpose: of any number of callers exactly one gets it. It is idp.ErrUsed for one that was
	// used, was revoked or is over, and idp.ErrNotFound if there is none.
	ConsumeLink(ctx context.Context, hash string, purpose idp.LinkPurpose, now time.Time) (idp.Link, error)
	// AppendEvent writes an audit event.
	AppendEvent(ctx context.Context, e idp.AuditEvent) error
	// EnqueueNotice queues a message to be sent after the commit.
	EnqueueNotice(ctx context.Context, n idp.Notice) error
}

// OwnPasswords has the rules for the passwords that people choose for themselves, and the command that replaces one.
type OwnPasswords interface {
	// Judge says why the person could not choose this password now; policy.PasswordFine if they could. It takes a while.
	Judge(ctx context.Context, password idp.Secret, account idp.Account, now time.Time) (policy.PasswordProblem, error)
	// Renew replaces the person's password, and returns idp.User.PasswordChangedAt of the new one. Its errors: *policy.PasswordError;
	// *policy.StaleProofError for proofs that are not enough; idp.ErrConflict if another password was set meanwhile; idp.ErrForbidden
	// if the person may not sign in any more; idp.ErrBusy with RetryAfter.
	Renew(ctx context.Context, r Renewal, now time.Time) (time.Time, error)
}

// Renewal is a password that a person chooses at the end of a sign-in.
type Renewal struct {
	UserID    idp.UserID
	Proved    policy.Proved
	Of        time.Time // idp.User.PasswordChangedAt of the password that the person proved
	New       idp.Secret
	Address   string
	UserAgent string
}

// PasswordChecks remembers for a day whose password was checked. It may forget: then a password is checked again.
type PasswordChecks interface {
	// IsKept reports whether a check of this name was kept within policy.PasswordCheckAfter before now.
	IsKept(ctx context.Context, name string, now time.Time) (bool, error)
	Keep(ctx context.Context, name string, now time.Time) error
}

// Sealer seals what is given to a browser to keep; place says what it is.
type Sealer interface {
	Seal(plaintext []byte, place string) ([]byte, error)
	Open(sealed []byte, place string) ([]byte, error)
}
