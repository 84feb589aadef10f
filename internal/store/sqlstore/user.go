package sqlstore

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

type userRow struct {
	ID                text `gorm:"primaryKey"`
	PracticeID        text
	Username          text
	Name              text
	State             text
	Roles             list[idp.Role]
	BlockedApps       list[idp.ClientID]
	PasswordHash      text
	PasswordChangedAt stamp
	PasswordResetAt   stamp
	EmailVerifiedAt   stamp
	UsernameChangedAt stamp
	UsernameChangedBy list[actorItem]
	CreatedAt         stamp
	UpdatedAt         stamp
	LastSigninAt      stamp
	Version           int64
}

// actorItem is an actor in a list.
type actorItem struct {
	Kind idp.ActorKind `json:"kind"`
	ID   string        `json:"id"`
}

func each[From, To any](items []From, convert func(From) To) (converted []To) {
	for _, item := range items {
		converted = append(converted, convert(item))
	}
	return converted
}

// TableName names the table.
func (userRow) TableName() string { return "users" }

// newUserRow is a row as it is written, with its folded names.
type newUserRow struct {
	User   userRow   `gorm:"embedded"`
	Folded foldedRow `gorm:"embedded"`
}

// TableName names the table.
func (newUserRow) TableName() string { return "users" }

func userToRow(u idp.User) userRow {
	return userRow{
		ID: text(u.ID), PracticeID: text(u.PracticeID), Username: text(u.Username), Name: text(u.Name), State: text(u.State),
		Roles: u.Roles, BlockedApps: u.BlockedApps, PasswordHash: text(u.PasswordHash.Reveal()),
		PasswordChangedAt: at(u.PasswordChangedAt), PasswordResetAt: at(u.PasswordResetAt), EmailVerifiedAt: at(u.EmailVerifiedAt),
		UsernameChangedAt: at(u.UsernameChangedAt), UsernameChangedBy: each(u.UsernameChangedBy, func(a idp.Actor) actorItem { return actorItem(a) }),
		CreatedAt: at(u.CreatedAt), UpdatedAt: at(u.UpdatedAt), LastSigninAt: at(u.LastSigninAt), Version: u.Version,
	}
}

func (r userRow) domain() (idp.User, error) {
	return idp.User{
		ID: idp.UserID(r.ID), PracticeID: idp.PracticeID(r.PracticeID), Username: string(r.Username), Name: string(r.Name),
		State: idp.UserState(r.State), Roles: r.Roles, BlockedApps: r.BlockedApps,
		PasswordHash: idp.NewSecret(string(r.PasswordHash)), PasswordChangedAt: r.PasswordChangedAt.at,
		PasswordResetAt: r.PasswordResetAt.at, EmailVerifiedAt: r.EmailVerifiedAt.at,
		UsernameChangedAt: r.UsernameChangedAt.at, UsernameChangedBy: each(r.UsernameChangedBy, func(a actorItem) idp.Actor { return idp.Actor(a) }),
		CreatedAt: r.CreatedAt.at, UpdatedAt: r.UpdatedAt.at, LastSigninAt: r.LastSigninAt.at, Version: r.Version,
	}, nil
}

// CreateUser stores a new user as version 1. It is idp.ErrConflict if the identifier or the user name exists, in any
// practice, and idp.ErrNotFound if the practice does not.
func (tx *Tx) CreateUser(ctx context.Context, u idp.User) error {
	row := firstRow(u)
	if _, err := tx.insert(ctx, &row); err != nil {
		return err
	}
	return tx.handGuards(ctx, u.ID, u.Username)
}

func firstRow(u idp.User) newUserRow {
	row := userToRow(u)
	row.Version = 1
	return newUserRow{User: row, Folded: foldUser(row)}
}

// UpdateUser stores u as version u.Version+1 if the stored one is u.Version, and idp.ErrConflict otherwise, or if the new
// user name exists. A user never changes practice: one that is not of u.PracticeID is idp.ErrNotFound. The last sign-in is
// left to StartSession.
func (tx *Tx) UpdateUser(ctx context.Context, u idp.User) error {
	row := userToRow(u)
	same := where("id = ? AND username = ?", row.ID, row.Username)
	err := tx.take(ctx, &userRow{}, same)
	if errors.Is(err, idp.ErrNotFound) { // a new name: its counters are locked before the person, as a sign-in does
		err = tx.handGuards(ctx, u.ID, u.Username)
	}
	if err != nil {
		return err
	}
	mine := where("id = ? AND practice_id = ?", row.ID, row.PracticeID)
	tx.outdates(idp.CopiedStanding)
	return replace(ctx, tx, newUserRow{User: row, Folded: foldUser(row)}, mine, "practice_id", "created_at", "last_signin_at")
}

// UpdatePasswordHash replaces the stored hash if it is still from; otherwise it changes nothing. It counts as a new
// version, so that an edit begun before cannot bring the old hash back.
func (tx *Tx) UpdatePasswordHash(ctx context.Context, user idp.UserID, from, to idp.Secret) error {
	still := where("id = ? AND password_hash = ?", text(user), text(from.Reveal()))
	_, err := tx.update(ctx, &userRow{}, still, map[string]any{
		"password_hash": text(to.Reveal()), "version": gorm.Expr("version + 1"),
	})
	return err
}

// FindUser returns the user of this practice, idp.ErrNotFound if there is none.
func (q queries) FindUser(ctx context.Context, practice idp.PracticeID, id idp.UserID) (idp.User, error) {
	var row userRow
	if err := q.take(ctx, &row, where("id = ? AND practice_id = ?", text(id), text(practice))); err != nil {
		return idp.User{}, err
	}
	return row.domain()
}
