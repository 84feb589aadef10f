package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Invitation asks a person to join a practice.
type Invitation struct {
	PracticeID  idp.PracticeID
	Username    string // an e-mail address
	Name        string
	Roles       []idp.Role
	BlockedApps []idp.ClientID
}

// UserEdit changes a person; nil fields stay. Version is that of the person as it was read: another one is idp.ErrConflict.
type UserEdit struct {
	Version     int64
	Username    *string
	Name        *string
	Roles       *[]idp.Role
	BlockedApps *[]idp.ClientID
}

// UserDetail is everything about one person that somebody who manages people may see.
type UserDetail struct {
	Account idp.Account // without password hash, keys, telephone numbers (masked in Phones) and PIN hash
	Phones  map[idp.AuthenticatorID]string
	Locks   []idp.Guard // those that are locked now
	Invite  *idp.Link   // the newest invitation, while the person has no password; without its hash
	// May says which of the commands of a person's menu the caller may give, by the command's event type (idp.EventMFAReset), and
	// why not: "" means permitted.
	May map[string]string
}

// InviteUser creates a person without a password and sends the invitation: a link, 7 days, single use.
func (s *Service) InviteUser(ctx context.Context, caller Caller, n Invitation, now time.Time) (idp.User, error) {
	return idp.User{}, errPending
}

// ResendInvite sends a new link; the old one ends.
func (s *Service) ResendInvite(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return errPending
}

// RevokeInvite takes the invitation back and disables the person.
func (s *Service) RevokeInvite(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return errPending
}

// UpdateUser edits a person: name, user name, roles, app access. A change of roles, or an app less, ends all sessions.
func (s *Service) UpdateUser(ctx context.Context, caller Caller, id idp.UserID, edit UserEdit, now time.Time) (idp.User, error) {
	return idp.User{}, errPending
}

// UnlockUser ends the locks of password, code and PIN.
func (s *Service) UnlockUser(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return errPending
}

// SendPasswordReset mails the person a link to choose a new password.
func (s *Service) SendPasswordReset(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return errPending
}

// FindUser shows a person.
func (s *Service) FindUser(ctx context.Context, caller Caller, id idp.UserID, now time.Time) (UserDetail, error) {
	return UserDetail{}, errPending
}

// ListUsers lists people of a practice.
func (s *Service) ListUsers(ctx context.Context, caller Caller, practice idp.PracticeID, q UserQuery, page Page, now time.Time) ([]Person, string, error) {
	return nil, "", errPending
}

// ListUserSessions lists a person's live sessions, newest first: the caller's own, or those of somebody whom the caller manages.
func (s *Service) ListUserSessions(ctx context.Context, caller Caller, id idp.UserID, now time.Time) ([]idp.Session, error) {
	return nil, errPending
}

// ListEvents lists a practice's audit events, newest first. People without access to User Management+ see those with
// EventQuery.UserID of their own.
func (s *Service) ListEvents(ctx context.Context, caller Caller, practice idp.PracticeID, q EventQuery, page Page, now time.Time) ([]idp.AuditEvent, string, error) {
	return nil, "", errPending
}

// Origin is a browser that nobody has signed in with.
type Origin struct {
	Address   string
	UserAgent string
}

// LinkDetail is what the page of a link shows before it is posted.
type LinkDetail struct {
	Purpose   idp.LinkPurpose
	Name      string
	Username  string
	Practice  string
	TimeZone  string
	ExpiresAt time.Time
}

// RequestPasswordReset mails a link to whoever has this user name. It answers alike, and at the same cost, whether there is one
// or not (ABUSE 26); errors are about the text only: idp.CodeInvalid with field "username".
func (s *Service) RequestPasswordReset(ctx context.Context, from Origin, username string, now time.Time) error {
	return errPending
}

// RequestUnlock mails a link that ends the lock of the password, if there is one; otherwise as RequestPasswordReset.
func (s *Service) RequestUnlock(ctx context.Context, from Origin, username string, now time.Time) error {
	return errPending
}

// ViewLink shows what a link is for. It changes nothing. idp.ErrNotFound for one that does not exist; idp.ErrUsed for one that
// was used, was revoked, or is over.
func (s *Service) ViewLink(ctx context.Context, token idp.Secret, now time.Time) (LinkDetail, error) {
	return LinkDetail{}, errPending
}

// AcceptInvite consumes an invitation and sets the first password. idp.CodeInvalid with field "new_password" leaves the link open.
func (s *Service) AcceptInvite(ctx context.Context, from Origin, token, password idp.Secret, now time.Time) error {
	return errPending
}

// ResetByLink consumes the link and sets a new password, as ResetPassword does.
func (s *Service) ResetByLink(ctx context.Context, from Origin, token, password idp.Secret, now time.Time) error {
	return errPending
}

// UnlockByLink consumes the link and ends the lock of the password.
func (s *Service) UnlockByLink(ctx context.Context, from Origin, token idp.Secret, now time.Time) error {
	return errPending
}

// FreezeByLink consumes the link: "this wasn't me". The person is disabled, all sessions end, and the practice's administrators
// are told.
func (s *Service) FreezeByLink(ctx context.Context, from Origin, token idp.Secret, now time.Time) error {
	return errPending
}
