package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

var errPending = errors.New("sqlstore: not built yet")

var _ directory.Records = (*Store)(nil)

// FindLink is to be built.
func (queries) FindLink(ctx context.Context, hash string) (idp.Link, error) {
	return idp.Link{}, errPending
}

// FindInvite is to be built.
func (queries) FindInvite(ctx context.Context, practice idp.PracticeID, user idp.UserID) (idp.Link, error) {
	return idp.Link{}, errPending
}

// FindGuards is to be built.
func (queries) FindGuards(ctx context.Context, user idp.User) ([]idp.Guard, error) {
	return nil, errPending
}

// CountPractice is to be built.
func (queries) CountPractice(ctx context.Context, practice idp.PracticeID) (directory.Counts, error) {
	return directory.Counts{}, errPending
}

// SearchPractices is to be built.
func (queries) SearchPractices(ctx context.Context, q directory.PracticeQuery, page directory.Page) ([]idp.Practice, string, error) {
	return nil, "", errPending
}

// SearchUsers is to be built.
func (queries) SearchUsers(ctx context.Context, practice idp.PracticeID, q directory.UserQuery, page directory.Page, now time.Time) ([]directory.Person, string, error) {
	return nil, "", errPending
}

// SearchClients is to be built.
func (queries) SearchClients(ctx context.Context, q directory.ClientQuery, page directory.Page) ([]idp.Client, string, error) {
	return nil, "", errPending
}

// SearchEvents is to be built.
func (queries) SearchEvents(ctx context.Context, practice idp.PracticeID, q directory.EventQuery, page directory.Page) ([]idp.AuditEvent, string, error) {
	return nil, "", errPending
}

// FindActivation is to be built.
func (queries) FindActivation(ctx context.Context, id idp.ActivationID) (idp.Activation, error) {
	return idp.Activation{}, errPending
}

// LastActivation is to be built.
func (queries) LastActivation(ctx context.Context, practice idp.PracticeID) (idp.Activation, error) {
	return idp.Activation{}, errPending
}

// ListActivations is to be built.
func (queries) ListActivations(ctx context.Context, state idp.ActivationState, page directory.Page) ([]idp.Activation, string, error) {
	return nil, "", errPending
}

// FindCase is to be built.
func (queries) FindCase(ctx context.Context, id idp.CaseID) (idp.Case, error) {
	return idp.Case{}, errPending
}

// SearchCases is to be built.
func (queries) SearchCases(ctx context.Context, q directory.CaseQuery, page directory.Page) ([]idp.Case, string, error) {
	return nil, "", errPending
}

// ListManagers is to be built.
func (queries) ListManagers(ctx context.Context, practice idp.PracticeID, role idp.Role) ([]idp.User, error) {
	return nil, errPending
}

// ListMailboxes is to be built.
func (queries) ListMailboxes(ctx context.Context, practice idp.PracticeID, limit int) ([]string, error) {
	return nil, errPending
}

// ListAutomated is to be built.
func (queries) ListAutomated(ctx context.Context, practice idp.PracticeID, since time.Time) ([]directory.Automated, error) {
	return nil, errPending
}

// RemoveAuthenticator is to be built.
func (tx *Tx) RemoveAuthenticator(ctx context.Context, practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID) error {
	return errPending
}

// RenameAuthenticator is to be built.
func (tx *Tx) RenameAuthenticator(ctx context.Context, practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID, label string) error {
	return errPending
}

// CreateLink is to be built.
func (tx *Tx) CreateLink(ctx context.Context, l idp.Link) error { return errPending }

// ConsumeLink is to be built.
func (tx *Tx) ConsumeLink(ctx context.Context, hash string, purpose idp.LinkPurpose, now time.Time) (idp.Link, error) {
	return idp.Link{}, errPending
}

// RevokeLinks is to be built.
func (tx *Tx) RevokeLinks(ctx context.Context, practice idp.PracticeID, user idp.UserID, purpose idp.LinkPurpose, now time.Time) (int64, error) {
	return 0, errPending
}

// CreateActivation is to be built.
func (tx *Tx) CreateActivation(ctx context.Context, a idp.Activation) error { return errPending }

// UpdateActivation is to be built.
func (tx *Tx) UpdateActivation(ctx context.Context, a idp.Activation) error { return errPending }

// CreateCase is to be built.
func (tx *Tx) CreateCase(ctx context.Context, c idp.Case) error { return errPending }

// UpdateCase is to be built.
func (tx *Tx) UpdateCase(ctx context.Context, c idp.Case) error { return errPending }

// TakeReminder is to be built.
func (tx *Tx) TakeReminder(ctx context.Context, key string, now time.Time) (bool, error) {
	return false, errPending
}
