package sqlstore

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

type guardRow struct {
	SubjectHash text `gorm:"primaryKey"`
	Proof       text `gorm:"primaryKey"`
	Failures    int
	Locks       int
	Locked      bool
	LockedUntil stamp
	UpdatedAt   stamp
}

// TableName names the table.
func (guardRow) TableName() string { return "guards" }

// guardToRow returns the row that stores g under key.
func guardToRow(key guardRow, g idp.Guard) guardRow {
	return guardRow{
		SubjectHash: key.SubjectHash, Proof: key.Proof, Failures: g.Failures, Locks: g.Locks, Locked: g.Locked,
		LockedUntil: at(g.LockedUntil), UpdatedAt: at(g.UpdatedAt),
	}
}

func (r guardRow) domain(subject string) idp.Guard {
	return idp.Guard{
		Subject: subject, Proof: idp.Proof(r.Proof), Failures: r.Failures, Locks: r.Locks, Locked: r.Locked,
		LockedUntil: r.LockedUntil.at, UpdatedAt: r.UpdatedAt.at,
	}
}

// UpdateGuard reads the guard of (subject, proof), a zero one if there is none, gives it to change, and stores what that
// returns. No other transaction, on this node or another, changes the guard meanwhile. The subject is stored only as its SHA-256:
// it may be anything that a visitor typed as a user name.
func (tx *Tx) UpdateGuard(ctx context.Context, subject string, proof idp.Proof, change func(idp.Guard) idp.Guard) error {
	key := guardRow{SubjectHash: text(idp.HashToken(subject)), Proof: text(proof)}
	stored, err := tx.holdGuard(ctx, key)
	if err != nil {
		return err
	}
	changed := guardToRow(key, change(stored.domain(subject)))
	if changed == stored { // it is held all the same
		return nil
	}
	columns, err := tx.columns(changed, "subject_hash", "proof")
	if err != nil {
		return err
	}
	columns["user_id"] = guarded(subject, proof)
	_, err = tx.update(ctx, &guardRow{}, where("subject_hash = ? AND proof = ?", key.SubjectHash, key.Proof), columns)
	return err
}

// guarded looks up the user of a guard in the statement that writes it, because lists of people show who is locked and must not
// hash every user name. It costs the same whether there is such a person or not (ABUSE 26).
func guarded(subject string, proof idp.Proof) clause.Expr {
	column, value := "id", text(subject)
	if proof == idp.ProofPassword {
		// The counters of known browsers get no user: their locks show on the shared counter.
		name, _ := strings.CutPrefix(subject, policy.PasswordGuard(""))
		column, value = "username", text(name)
	}
	if _, err := value.Value(); err != nil {
		value = "" // no user has it
	}
	return gorm.Expr("coalesce((SELECT id FROM users WHERE "+column+" = ?), '')", value)
}

// holdGuard reads the row and keeps it locked until the transaction is over. A row that is not there cannot be locked, so
// it is made first; of two that make it at once, one waits for the other.
func (tx *Tx) holdGuard(ctx context.Context, key guardRow) (guardRow, error) {
	var row guardRow
	one := locked(where("subject_hash = ? AND proof = ?", key.SubjectHash, key.Proof))
	err := tx.take(ctx, &row, one)
	if !errors.Is(err, idp.ErrNotFound) {
		return row, err
	}
	if _, err := tx.insert(ctx, &key, clause.OnConflict{DoNothing: true}); err != nil {
		return guardRow{}, err
	}
	err = tx.take(ctx, &row, one)
	return row, err
}

// HoldGuards reads the guards of these subjects that there are, and keeps them until the transaction is over. One statement locks all
// of them, in one order: a transaction that takes them one after another waits for each in turn behind those that use them.
func (tx *Tx) HoldGuards(ctx context.Context, subjects []string, proof idp.Proof) ([]idp.Guard, error) {
	hashes, names := make([]text, len(subjects)), make(map[text]string, len(subjects))
	for i, subject := range subjects {
		hashes[i] = text(idp.HashToken(subject))
		names[hashes[i]] = subject
	}
	var rows []guardRow
	err := tx.find(ctx, &rows, locked(func(db *gorm.DB) *gorm.DB {
		return db.Where("? AND proof = ?", among("subject_hash", hashes), text(proof)).Order("subject_hash")
	}))
	if err != nil {
		return nil, err
	}
	guards := make([]idp.Guard, len(rows))
	for i, row := range rows {
		guards[i] = row.domain(names[row.SubjectHash])
	}
	return guards, nil
}

// handGuards assigns the counter of a user name to the user who has that name now, as a new person may have a name that was tried
// before, and detaches the user from the counter of their old name.
func (tx *Tx) handGuards(ctx context.Context, id idp.UserID, username string) error {
	hash := text(idp.HashToken(policy.PasswordGuard(username)))
	mine := where("proof = ? AND (subject_hash = ? OR user_id = ? AND locked)", text(idp.ProofPassword), hash, text(id))
	_, err := tx.update(ctx, &guardRow{}, mine, map[string]any{
		"user_id": gorm.Expr("CASE WHEN subject_hash = ? THEN ? ELSE '' END", hash, text(id)),
	})
	return err
}

// FindGuards returns the failure counters of the person: password (the shared one), code and PIN; those that don't exist are
// absent.
func (q queries) FindGuards(ctx context.Context, user idp.User) ([]idp.Guard, error) {
	name, id := policy.PasswordGuard(user.Username), string(user.ID)
	var rows []guardRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("subject_hash = ? AND proof = ? OR subject_hash = ? AND proof IN ?", text(idp.HashToken(name)), text(idp.ProofPassword),
			text(idp.HashToken(id)), texts([]idp.Proof{idp.ProofCode, idp.ProofPIN})).Order("proof")
	})
	if err != nil {
		return nil, err
	}
	var guards []idp.Guard
	for _, row := range rows {
		subject := id
		if idp.Proof(row.Proof) == idp.ProofPassword {
			subject = name
		}
		guards = append(guards, row.domain(subject))
	}
	return guards, nil
}
