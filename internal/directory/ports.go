package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// Ledger commits the changes of a command.
type Ledger interface {
	// Commit runs fn in one SQL transaction: all of it happens, the audit event included, or nothing. fn may run again after
	// a serialisation failure.
	Commit(ctx context.Context, fn func(Unit) error) error
}

// Unit is one SQL transaction. Whatever in it ends sessions deletes their refresh tokens and queues the messages to their apps.
type Unit interface {
	proof.Guards
	// FindAccount returns idp.ErrNotFound if there is none, in any practice.
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
	// FindPractice returns idp.ErrNotFound if there is none.
	FindPractice(ctx context.Context, id idp.PracticeID) (idp.Practice, error)
	// FindClient returns idp.ErrNotFound if there is none. A disabled one is returned.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
	// ReplaceInstalled records a value of the whole installation if the one that is there is from, and reports whether it was.
	ReplaceInstalled(ctx context.Context, name, from, to string, now time.Time) (bool, error)
	// ListAPIs returns every API, disabled or not, by client identifier.
	ListAPIs(ctx context.Context) ([]idp.Client, error)
	// FindSession returns it, ended or not; idp.ErrNotFound if there is none.
	FindSession(ctx context.Context, id idp.SID) (idp.Session, error)
	// HoldGuards reads the guards of these subjects that there are, and keeps them until the transaction is over.
	HoldGuards(ctx context.Context, subjects []string, proof idp.Proof) ([]idp.Guard, error)
	// HoldSession keeps the session from ending until the transaction is over; idp.ErrNotFound if there is none, or if it has ended,
	// unless by this transaction.
	HoldSession(ctx context.Context, id idp.SID) error
	// CreatePractice returns idp.ErrConflict if the identifier exists.
	CreatePractice(ctx context.Context, p idp.Practice) error
	// UpdatePractice stores p as the next version if the stored one is p.Version, and returns idp.ErrConflict otherwise.
	UpdatePractice(ctx context.Context, p idp.Practice) error
	// CreateUser returns idp.ErrConflict if the identifier or the user name exists, in any practice, and idp.ErrNotFound if
	// the practice does not.
	CreateUser(ctx context.Context, u idp.User) error
	// CreateUsers creates many, at most MaxImport, each as CreateUser does. Those whose user name exists, in any practice or
	// earlier in the list, are left out, and taken has their places, in order; any other error fails all of them.
	CreateUsers(ctx context.Context, users []idp.User) (taken []int, err error)
	// ListHolders returns the practice of each of these user names that is taken; at most MaxImport may be asked for.
	ListHolders(ctx context.Context, usernames []string) (map[string]idp.PracticeID, error)
	// UpdateUser stores u as the next version if the stored one is u.Version, and returns idp.ErrConflict otherwise.
	UpdateUser(ctx context.Context, u idp.User) error
	// CreateClient returns idp.ErrConflict if the client identifier or the API's identifier exists, and idp.ErrNotFound if its practice does not.
	CreateClient(ctx context.Context, c idp.Client) error
	// UpdateClient stores c as the next version if the stored one is c.Version, and returns idp.ErrConflict otherwise.
	UpdateClient(ctx context.Context, c idp.Client) error
	// CreateAuthenticator returns idp.ErrNotFound if the user is not of the practice, and idp.ErrConflict for a passkey that is bound already.
	CreateAuthenticator(ctx context.Context, a idp.Authenticator) error
	// FindPasskey finds a passkey among those of all people; idp.ErrNotFound if no one has it.
	FindPasskey(ctx context.Context, credential idp.CredentialID) (idp.Authenticator, error)
	// KeepUserHandle gives the person this handle, unless they have one, and returns the one they have; idp.ErrNotFound if they are not of
	// the practice.
	KeepUserHandle(ctx context.Context, practice idp.PracticeID, user idp.UserID, fresh idp.UserHandle, now time.Time) (idp.UserHandle, error)
	// Spend records the name until then, and reports whether that was the first time.
	Spend(ctx context.Context, name string, until time.Time) (first bool, err error)
	// SavePIN creates or replaces the user's recovery PIN; idp.ErrNotFound if the user is not of the practice.
	SavePIN(ctx context.Context, pin idp.RecoveryPIN) error
	// RevokeMFA removes all authenticators and the PIN of the user, and returns the authenticators it removed.
	RevokeMFA(ctx context.Context, practice idp.PracticeID, user idp.UserID) ([]idp.Authenticator, error)
	// EndSession ends it with the reason and writes the event. One that has ended already, or does not exist, is left alone:
	// then ended is false and no event is written.
	EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended bool, err error)
	// EndUserSessions ends all sessions of the user, in the practice, and writes the event for each, with its session and app
	// filled in.
	EndUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error)
	// EndPracticeSessions does the same for every person in the practice, at one app, or at all if client is "".
	EndPracticeSessions(ctx context.Context, practice idp.PracticeID, client idp.ClientID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error)
	// RemoveAuthenticator removes one; idp.ErrNotFound if the person has no such. Sessions stay.
	RemoveAuthenticator(ctx context.Context, practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID) error
	// RenameAuthenticator sets its label; idp.ErrNotFound if the person has no such.
	RenameAuthenticator(ctx context.Context, practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID, label string) error
	// MakeDefault sets DefaultAt; idp.ErrNotFound if the person has no such.
	MakeDefault(ctx context.Context, practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID, now time.Time) error
	// AcceptStep moves the authenticator's last step forward to step; idp.ErrUsed unless step is greater than the stored one.
	AcceptStep(ctx context.Context, id idp.AuthenticatorID, step int64, now time.Time) error
	// CreateLink stores a link and revokes the open ones of its purpose for its person, but for idp.LinkNotMe, of which each
	// stays; idp.ErrNotFound if the person is not of the practice.
	CreateLink(ctx context.Context, l idp.Link) error
	// ConsumeLink marks the link as used and returns it: of any number of callers exactly one gets it. idp.ErrUsed for one that
	// was used, revoked or is over; idp.ErrNotFound if there is none of this hash and purpose.
	ConsumeLink(ctx context.Context, hash string, purpose idp.LinkPurpose, now time.Time) (idp.Link, error)
	// RevokeLinks takes back the open links of this purpose for the person, and returns how many there were.
	RevokeLinks(ctx context.Context, practice idp.PracticeID, user idp.UserID, purpose idp.LinkPurpose, now time.Time) (int64, error)
	// ListManagers lists the practice's active people with the role, by user name, at most 200.
	ListManagers(ctx context.Context, practice idp.PracticeID, role idp.Role) ([]idp.User, error)
	// CreateActivation returns idp.ErrConflict if the practice has one that is open.
	CreateActivation(ctx context.Context, a idp.Activation) error
	// FindActivation returns idp.ErrNotFound if there is none.
	FindActivation(ctx context.Context, id idp.ActivationID) (idp.Activation, error)
	// LastActivation returns the practice's newest request; idp.ErrNotFound if it never made one.
	LastActivation(ctx context.Context, practice idp.PracticeID) (idp.Activation, error)
	// UpdateActivation stores a as the next version if the stored one is a.Version, and returns idp.ErrConflict otherwise.
	UpdateActivation(ctx context.Context, a idp.Activation) error
	// CreateCase returns idp.ErrNotFound if the person is not of the practice.
	CreateCase(ctx context.Context, c idp.Case) error
	// FindCase returns idp.ErrNotFound if there is none.
	FindCase(ctx context.Context, id idp.CaseID) (idp.Case, error)
	// UpdateCase stores c as the next version if the stored one is c.Version, and returns idp.ErrConflict otherwise.
	UpdateCase(ctx context.Context, c idp.Case) error
	// TakeReminder records that a reminder was sent; false if it was recorded before. key names what was reminded of, of whom and
	// which one it was ("mfa/usr_…/2027-01-31/7").
	TakeReminder(ctx context.Context, key string, now time.Time) (bool, error)
	// EnqueueNotice queues a message to be sent after the commit.
	EnqueueNotice(ctx context.Context, n idp.Notice) error
	// AppendEvent writes an audit event. One with this identifier that is there already stays as it is.
	AppendEvent(ctx context.Context, e idp.AuditEvent) error
	// AppendEvents writes many, at most MaxImport, each as AppendEvent does.
	AppendEvents(ctx context.Context, events []idp.AuditEvent) error
}

// Hasher hashes passwords and PINs, and checks passwords.
type Hasher interface {
	// Verify returns idp.ErrInvalid for a text that can't be a password, and idp.ErrBusy with RetryAfter over its bound.
	Verify(ctx context.Context, claim authenticator.Claim, hash, password idp.Secret) (authenticator.Result, error)
	Hash(ctx context.Context, claim authenticator.Claim, password idp.Secret) (idp.Secret, error)
	// Judge says how easy a password is to guess for an attacker who knows these texts.
	Judge(password idp.Secret, texts []string) policy.PasswordFacts
	HashPIN(ctx context.Context, claim authenticator.Claim, pin idp.Secret) (idp.Secret, error)
}

// Sealer encrypts data that a browser keeps for us; place names the kind of data and the person it belongs to.
type Sealer interface {
	Seal(plaintext []byte, place string) ([]byte, error)
	Open(sealed []byte, place string) ([]byte, error)
}
