package sqlstore

import (
	"context"
	"errors"

	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
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

func (r guardRow) domain(subject string) idp.Guard {
	return idp.Guard{
		Subject: subject, Proof: idp.Proof(r.Proof), Failures: r.Failures, Locks: r.Locks, Locked: r.Locked,
		LockedUntil: r.LockedUntil.at, UpdatedAt: r.UpdatedAt.at,
	}
}

// UpdateGuard reads the guard of (subject, proof), a zero one if there is none, gives it to change, and stores what that
// returns: all of it alone, whatever runs beside it on this node or another. The subject is stored as its SHA-256 only: it
// may be whatever a stranger typed for a user name.
func (tx *Tx) UpdateGuard(ctx context.Context, subject string, proof idp.Proof, change func(idp.Guard) idp.Guard) error {
	key := guardRow{SubjectHash: text(idp.HashToken(subject)), Proof: text(proof)}
	stored, err := tx.holdGuard(ctx, key)
	if err != nil {
		return err
	}
	g := change(stored.domain(subject))
	_, err = tx.update(ctx, &guardRow{}, where("subject_hash = ? AND proof = ?", key.SubjectHash, key.Proof), map[string]any{
		"failures": g.Failures, "locks": g.Locks, "locked": g.Locked,
		"locked_until": at(g.LockedUntil), "updated_at": at(g.UpdatedAt),
	})
	return err
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
