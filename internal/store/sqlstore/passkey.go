package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
)

type handleRow struct {
	UserID     text `gorm:"primaryKey"`
	PracticeID text
	Handle     text
	CreatedAt  stamp
}

// TableName names the table.
func (handleRow) TableName() string { return "user_handles" }

// FindPasskey finds a passkey among those of all people, of whichever practice: a passkey that is used by itself says who signs in. It is
// idp.ErrNotFound if no one has it.
func (q queries) FindPasskey(ctx context.Context, credential idp.CredentialID) (idp.Authenticator, error) {
	var row authenticatorRow
	if err := q.take(ctx, &row, where("credential_id = ?", text(credential))); err != nil {
		return idp.Authenticator{}, err
	}
	return q.authenticator(row)
}

// FindUserHandle returns the handle of the user of this practice; idp.ErrNotFound if they have none.
func (q queries) FindUserHandle(ctx context.Context, practice idp.PracticeID, user idp.UserID) (idp.UserHandle, error) {
	var row handleRow
	err := q.take(ctx, &row, where("user_id = ? AND practice_id = ?", text(user), text(practice)))
	return idp.UserHandle(row.Handle), err
}

// KeepUserHandle gives the user this handle, unless they have one, and returns the one they have: of any number of callers, all get the
// same. It is idp.ErrNotFound if the user is not of the practice.
func (tx *Tx) KeepUserHandle(ctx context.Context, practice idp.PracticeID, user idp.UserID, fresh idp.UserHandle, now time.Time) (idp.UserHandle, error) {
	if err := tx.holdUser(ctx, practice, user); err != nil {
		return "", err
	}
	row := handleRow{UserID: text(user), PracticeID: text(practice), Handle: text(fresh), CreatedAt: at(now)}
	if _, err := tx.insert(ctx, &row, clause.OnConflict{Columns: []clause.Column{{Name: "user_id"}}, DoNothing: true}); err != nil {
		return "", err
	}
	return tx.FindUserHandle(ctx, practice, user)
}

// UsePasskey lets an answer of a passkey count: it moves the counter, and records that the passkey was used and whether it is on several
// devices. A challenge is answered once, whatever was answered: a second answer to it is idp.ErrUsed. idp.ErrNotFound: there is no such
// passkey.
//
// It reports false for a counter that does not move forward. Then the answer must not count: it can be that of a copy (WebAuthn level 3,
// section 6.1.1). That it was seen is recorded, and lost unless the transaction is committed. A passkey that has never counted does not
// have to: its counter stays 0.
func (tx *Tx) UsePasskey(ctx context.Context, use idp.PasskeyUse, now time.Time) (moved bool, err error) {
	first, err := tx.Spend(ctx, "passkey/"+use.Challenge, use.Until)
	if err != nil {
		return false, err
	}
	if !first {
		return false, idp.ErrUsed
	}
	mine := where("id = ? AND kind = ?", text(use.ID), text(idp.KindPasskey))
	changed, err := tx.update(ctx, &authenticatorRow{}, func(db *gorm.DB) *gorm.DB { return forward(use.SignCount)(mine(db)) },
		map[string]any{"sign_count": int64(use.SignCount), "backed_up": use.BackedUp, "last_used_at": at(now)})
	if err != nil || changed > 0 {
		return changed > 0, err
	}
	changed, err = tx.update(ctx, &authenticatorRow{}, mine, map[string]any{"regressed_at": at(now)})
	if err == nil && changed == 0 {
		return false, idp.ErrNotFound
	}
	return false, err
}

// forward is the condition of a passkey whose counter may move to count.
func forward(count uint32) build {
	if count == 0 {
		return where("sign_count = 0")
	}
	return where("sign_count < ?", int64(count))
}
