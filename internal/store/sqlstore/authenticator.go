package sqlstore

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
)

type authenticatorRow struct {
	ID         text `gorm:"primaryKey"`
	PracticeID text
	UserID     text
	Kind       text
	Label      text
	TOTPKey    []byte `gorm:"column:totp_key"` // sealed
	Phone      []byte // sealed
	LastStep   int64
	CreatedAt  stamp
	LastUsedAt stamp
	DefaultAt  stamp

	CredentialID   optional
	PublicKey      []byte // sealed
	SignCount      int64
	BackupEligible bool
	BackedUp       bool
	Model          text
	Transports     list[string]
	RegressedAt    stamp
}

// TableName names the table.
func (authenticatorRow) TableName() string { return "authenticators" }

type pinRow struct {
	UserID     text `gorm:"primaryKey"`
	PracticeID text
	Hash       text
	CreatedAt  stamp
}

// TableName names the table.
func (pinRow) TableName() string { return "recovery_pins" }

func (r pinRow) domain() idp.RecoveryPIN {
	return idp.RecoveryPIN{
		PracticeID: idp.PracticeID(r.PracticeID), UserID: idp.UserID(r.UserID),
		Hash: idp.NewSecret(string(r.Hash)), CreatedAt: r.CreatedAt.at,
	}
}

func (q queries) authenticatorToRow(a idp.Authenticator) (row authenticatorRow, err error) {
	row = authenticatorRow{
		ID: text(a.ID), PracticeID: text(a.PracticeID), UserID: text(a.UserID), Kind: text(a.Kind), Label: text(a.Label),
		LastStep: a.LastStep, CreatedAt: at(a.CreatedAt), LastUsedAt: at(a.LastUsedAt), DefaultAt: at(a.DefaultAt),
		CredentialID: optional(a.Passkey.Credential), SignCount: int64(a.Passkey.SignCount), BackupEligible: a.Passkey.BackupEligible,
		BackedUp: a.Passkey.BackedUp, Model: text(a.Passkey.Model), Transports: a.Passkey.Transports, RegressedAt: at(a.Passkey.RegressedAt),
	}
	row.TOTPKey, err = q.seal(a.TOTPKey, "authenticators", "totp_key", string(a.ID))
	if err != nil {
		return authenticatorRow{}, err
	}
	row.Phone, err = q.seal(a.Phone, "authenticators", "phone", string(a.ID))
	if err != nil {
		return authenticatorRow{}, err
	}
	row.PublicKey, err = q.seal(a.Passkey.PublicKey, "authenticators", "public_key", string(a.ID))
	if err != nil {
		return authenticatorRow{}, err
	}
	return row, nil
}

func (q queries) authenticator(r authenticatorRow) (a idp.Authenticator, err error) {
	a = idp.Authenticator{
		ID: idp.AuthenticatorID(r.ID), PracticeID: idp.PracticeID(r.PracticeID), UserID: idp.UserID(r.UserID),
		Kind: idp.Kind(r.Kind), Label: string(r.Label), LastStep: r.LastStep,
		CreatedAt: r.CreatedAt.at, LastUsedAt: r.LastUsedAt.at, DefaultAt: r.DefaultAt.at,
		Passkey: idp.Passkey{
			Credential: idp.CredentialID(r.CredentialID), SignCount: uint32(r.SignCount), // #nosec G115 -- the column holds no other
			BackupEligible: r.BackupEligible, BackedUp: r.BackedUp, Model: string(r.Model), Transports: r.Transports, RegressedAt: r.RegressedAt.at,
		},
	}
	a.TOTPKey, err = q.open(r.TOTPKey, "authenticators", "totp_key", string(r.ID))
	if err != nil {
		return idp.Authenticator{}, err
	}
	a.Phone, err = q.open(r.Phone, "authenticators", "phone", string(r.ID))
	if err != nil {
		return idp.Authenticator{}, err
	}
	a.Passkey.PublicKey, err = q.open(r.PublicKey, "authenticators", "public_key", string(r.ID))
	if err != nil {
		return idp.Authenticator{}, err
	}
	return a, nil
}

func (q queries) authenticators(rows []authenticatorRow) ([]idp.Authenticator, error) {
	var list []idp.Authenticator
	for _, row := range rows {
		a, err := q.authenticator(row)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// ListAuthenticators lists what the user of this practice has bound, newest first.
func (q queries) ListAuthenticators(ctx context.Context, practice idp.PracticeID, user idp.UserID) ([]idp.Authenticator, error) {
	var rows []authenticatorRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("user_id = ? AND practice_id = ?", text(user), text(practice)).Order("created_at DESC, id DESC")
	})
	if err != nil {
		return nil, err
	}
	return q.authenticators(rows)
}

// CreateAuthenticator binds an authenticator; one that is there already stays as it is, and one that was removed stays removed:
// the step that binds it may be repeated. It is idp.ErrNotFound if the user is not of the practice, and idp.ErrConflict for a passkey that
// is bound as another authenticator, in any practice.
func (tx *Tx) CreateAuthenticator(ctx context.Context, a idp.Authenticator) error {
	row, err := tx.authenticatorToRow(a)
	if err != nil {
		return err
	}
	if err := tx.holdUser(ctx, a.PracticeID, a.UserID); err != nil {
		return err
	}
	err = tx.take(ctx, &removedRow{}, where("id = ?", row.ID))
	if !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	_, err = tx.insert(ctx, &row, clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoNothing: true})
	return err
}

// AcceptStep moves the authenticator's last step forward to step, and records that it was used. It is idp.ErrUsed unless
// step is greater than the stored one (RFC 6238, section 5.2), and idp.ErrNotFound if there is no such authenticator.
func (tx *Tx) AcceptStep(ctx context.Context, id idp.AuthenticatorID, step int64, now time.Time) error {
	later := where("id = ? AND last_step < ?", text(id), step)
	changed, err := tx.update(ctx, &authenticatorRow{}, later, map[string]any{"last_step": step, "last_used_at": at(now)})
	if err != nil || changed > 0 {
		return err
	}
	err = tx.take(ctx, &authenticatorRow{}, where("id = ?", text(id)))
	if err != nil {
		return err
	}
	return idp.ErrUsed
}

// TouchAuthenticator records that it was used; idp.ErrNotFound if there is none.
func (tx *Tx) TouchAuthenticator(ctx context.Context, id idp.AuthenticatorID, now time.Time) error {
	changed, err := tx.update(ctx, &authenticatorRow{}, where("id = ?", text(id)), map[string]any{"last_used_at": at(now)})
	if err == nil && changed == 0 {
		return idp.ErrNotFound
	}
	return err
}

// RevokeMFA removes all authenticators and the PIN of the user, and returns the authenticators it removed, newest first. Sessions
// stay: the use case ends them with EndUserSessions, whose events say who did it and how.
func (tx *Tx) RevokeMFA(ctx context.Context, practice idp.PracticeID, user idp.UserID) ([]idp.Authenticator, error) {
	if err := tx.holdUser(ctx, practice, user); err != nil {
		return nil, noneIfGone(err)
	}
	var rows []authenticatorRow
	mine := where("user_id = ? AND practice_id = ?", text(user), text(practice))
	err := tx.find(ctx, &rows, locked(func(db *gorm.DB) *gorm.DB { return mine(db).Order("created_at DESC, id DESC") }))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if err := tx.removeAuthenticator(ctx, mine, row.ID); err != nil {
			return nil, err
		}
	}
	if _, err := tx.remove(ctx, &pinRow{}, mine); err != nil {
		return nil, err
	}
	return tx.authenticators(rows)
}

// removedRow says that there was such an authenticator.
type removedRow struct {
	ID text `gorm:"primaryKey"`
}

// TableName names the table.
func (removedRow) TableName() string { return "removed_authenticators" }

// RemoveAuthenticator removes one, for good; idp.ErrNotFound if the person has no such. Sessions stay.
func (tx *Tx) RemoveAuthenticator(ctx context.Context, practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID) error {
	if err := tx.holdUser(ctx, practice, user); err != nil {
		return err
	}
	return tx.removeAuthenticator(ctx, where("user_id = ? AND practice_id = ?", text(user), text(practice)), text(id))
}

func (tx *Tx) removeAuthenticator(ctx context.Context, mine build, id text) error {
	gone, err := tx.remove(ctx, &authenticatorRow{}, func(db *gorm.DB) *gorm.DB { return mine(db).Where("id = ?", id) })
	if err != nil {
		return err
	}
	if gone == 0 {
		return idp.ErrNotFound
	}
	_, err = tx.insert(ctx, &removedRow{ID: id}, clause.OnConflict{DoNothing: true})
	return err
}

// RenameAuthenticator sets its label; idp.ErrNotFound if the person has no such.
func (tx *Tx) RenameAuthenticator(ctx context.Context, practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID, label string) error {
	return tx.editAuthenticator(ctx, practice, user, id, map[string]any{"label": text(label)})
}

// MakeDefault records that the person made it their default now; idp.ErrNotFound if the person has no such.
func (tx *Tx) MakeDefault(ctx context.Context, practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID, now time.Time) error {
	return tx.editAuthenticator(ctx, practice, user, id, map[string]any{"default_at": at(now)})
}

func (tx *Tx) editAuthenticator(ctx context.Context, practice idp.PracticeID, user idp.UserID, id idp.AuthenticatorID, columns map[string]any) error {
	mine := where("id = ? AND user_id = ? AND practice_id = ?", text(id), text(user), text(practice))
	changed, err := tx.update(ctx, &authenticatorRow{}, mine, columns)
	if err == nil && changed == 0 {
		return idp.ErrNotFound
	}
	return err
}

// SavePIN creates or replaces the user's recovery PIN; idp.ErrNotFound if the user is not of the practice.
func (tx *Tx) SavePIN(ctx context.Context, pin idp.RecoveryPIN) error {
	row := pinRow{
		UserID: text(pin.UserID), PracticeID: text(pin.PracticeID), Hash: text(pin.Hash.Reveal()), CreatedAt: at(pin.CreatedAt),
	}
	if err := tx.holdUser(ctx, pin.PracticeID, pin.UserID); err != nil {
		return err
	}
	_, err := tx.insert(ctx, &row, clause.OnConflict{Columns: []clause.Column{{Name: "user_id"}}, UpdateAll: true})
	return err
}
