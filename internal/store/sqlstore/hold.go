package sqlstore

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
)

// What is held in a transaction stays as it is until the transaction is over: every change of it takes the same lock. The order is
// failure counters, person, practice, session, app; SQLite, whose transactions hold the only write lock, locks nothing more.

// HoldAccount reads the person, whose practice is then held too, after any change of either that is under way; idp.ErrNotFound if
// the practice has no such person. Authenticators and the recovery PIN are changed under the person's lock.
func (tx *Tx) HoldAccount(ctx context.Context, practice idp.PracticeID, user idp.UserID) (idp.Account, error) {
	if tx.joins.hold != "" {
		var one int
		if err := tx.read(ctx, tx.joins.hold, []any{text(user), text(practice)}, []any{&one}); err != nil {
			return idp.Account{}, err
		}
		tx.heldPractice = practice
	}
	return tx.account(ctx, "u.id = $1 AND p.id = $2", text(user), text(practice)) // what a change that was waited for has left
}

// HoldClient reads the app or integration; idp.ErrNotFound if there is none.
func (tx *Tx) HoldClient(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	var row clientRow
	if err := tx.take(ctx, &row, shared(where("id = ?", text(id)))); err != nil {
		return idp.Client{}, err
	}
	return row.domain()
}

// HoldSession keeps the session from ending. It is idp.ErrNotFound if there is none, or if it has ended; one that this transaction
// itself has ended was alive until then, and is none of these. Whatever takes a person's rights away ends their sessions in the same
// transaction: so who holds a session holds the rights that it stands for.
func (tx *Tx) HoldSession(ctx context.Context, id idp.SID) error {
	if slices.Contains(tx.ended, id) {
		return nil
	}
	return tx.take(ctx, &sessionRow{}, shared(where("id = ? AND ended_at IS NULL", text(id))))
}

// holdUser keeps every other transaction waiting that holds the same person. It is idp.ErrNotFound if the practice has no such
// person.
func (tx *Tx) holdUser(ctx context.Context, practice idp.PracticeID, user idp.UserID) error {
	return tx.take(ctx, &userRow{}, locked(where("id = ? AND practice_id = ?", text(user), text(practice))))
}

// holdPractice keeps every transaction waiting that changes the practice or ends its sessions. It is idp.ErrNotFound if there is
// none.
func (tx *Tx) holdPractice(ctx context.Context, id idp.PracticeID) error {
	if id == tx.heldPractice && id != "" {
		return nil
	}
	return tx.take(ctx, &practiceRow{}, shared(where("id = ?", text(id))))
}

// locked adds FOR UPDATE.
func locked(b build) build {
	return func(db *gorm.DB) *gorm.DB {
		return b(db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}))
	}
}

// shared adds FOR SHARE: any number of transactions hold the row so, and none of them changes it.
func shared(b build) build {
	return func(db *gorm.DB) *gorm.DB {
		return b(db.Clauses(clause.Locking{Strength: clause.LockingStrengthShare}))
	}
}
