package sqlstore

import (
	"context"
	"errors"
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
	return tx.accountOf(ctx, practice, user)
}

// accountOf reads a person who is held, after whatever change was waited for.
func (tx *Tx) accountOf(ctx context.Context, practice idp.PracticeID, user idp.UserID) (idp.Account, error) {
	return tx.account(ctx, "u.id = $1 AND p.id = $2", text(user), text(practice))
}

// HoldAccountAt is HoldAccount for who enters an app, which is held after it. It is idp.ErrNotFound without an account if the practice has
// no such person, and with it if there is no such app.
func (tx *Tx) HoldAccountAt(ctx context.Context, practice idp.PracticeID, user idp.UserID, client idp.ClientID) (idp.Account, idp.Client, error) {
	var app clientRow
	err := tx.readHeld(ctx, tx.joins.holdAt, []any{text(user), text(practice), text(client)}, &app)
	if errors.Is(err, idp.ErrNotFound) {
		return tx.holdInTurn(ctx, practice, user, client)
	}
	if err != nil {
		return idp.Account{}, idp.Client{}, err
	}
	return tx.heldAt(ctx, practice, user, app)
}

// HoldAccountWithCodesAt is HoldAccountAt, and before it holds the failure counter of the person's codes.
func (tx *Tx) HoldAccountWithCodesAt(ctx context.Context, practice idp.PracticeID, user idp.UserID, client idp.ClientID) (codes idp.Guard, account idp.Account, at idp.Client, err error) {
	key := guardRow{SubjectHash: text(idp.HashToken(string(user))), Proof: text(idp.ProofCode)}
	var guard guardRow
	var app clientRow
	err = tx.readHeld(ctx, tx.joins.holdCodesAt, []any{text(user), text(practice), text(client), key.SubjectHash, key.Proof}, &guard, &app)
	switch {
	case err == nil:
		account, at, err = tx.heldAt(ctx, practice, user, app)
	case errors.Is(err, idp.ErrNotFound): // one of them is not there, the counter perhaps, which is made
		if guard, err = tx.holdGuard(ctx, key); err == nil {
			account, at, err = tx.holdInTurn(ctx, practice, user, client)
		}
	}
	return guard.domain(string(user)), account, at, err
}

// readHeld reads rows by a statement that holds them; idp.ErrNotFound if one of them is not there, or where nothing is locked.
func (tx *Tx) readHeld(ctx context.Context, statement string, values []any, rows ...any) error {
	if statement == "" {
		return idp.ErrNotFound
	}
	return tx.read(ctx, statement, values, places(rows...))
}

// heldAt reads the person, who is held with the practice and the app.
func (tx *Tx) heldAt(ctx context.Context, practice idp.PracticeID, user idp.UserID, app clientRow) (idp.Account, idp.Client, error) {
	tx.heldPractice = practice
	at, err := app.domain()
	if err != nil {
		return idp.Account{}, idp.Client{}, err
	}
	account, err := tx.accountOf(ctx, practice, user)
	return account, at, err
}

// holdInTurn is HoldAccountAt by a statement for each.
func (tx *Tx) holdInTurn(ctx context.Context, practice idp.PracticeID, user idp.UserID, client idp.ClientID) (idp.Account, idp.Client, error) {
	account, err := tx.HoldAccount(ctx, practice, user)
	if err != nil {
		return idp.Account{}, idp.Client{}, err
	}
	var app clientRow
	if err := tx.take(ctx, &app, shared(where("id = ?", text(client)))); err != nil {
		return account, idp.Client{}, err
	}
	at, err := app.domain()
	return account, at, err
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
