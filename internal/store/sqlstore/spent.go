package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
)

type spentRow struct {
	Hash      text `gorm:"primaryKey"`
	ExpiresAt stamp
}

// TableName names the table.
func (spentRow) TableName() string { return "spent" }

// Spend records that what name stands for must not be good again before until: of any number of callers, on any nodes, exactly one
// is first. The name is stored as its hash.
func (s *Store) Spend(ctx context.Context, name string, until time.Time) (first bool, err error) {
	row := spentRow{Hash: text(idp.HashToken(name)), ExpiresAt: at(until)}
	err = s.InTx(ctx, func(tx *Tx) (err error) {
		first, err = tx.insert(ctx, &row, clause.OnConflict{DoNothing: true})
		return err
	})
	return first, err
}

// IsSpent reports whether Spend was called for the name, with an end after now.
func (q queries) IsSpent(ctx context.Context, name string, now time.Time) (bool, error) {
	var row spentRow
	err := q.take(ctx, &row, where("hash = ? AND expires_at > ?", text(idp.HashToken(name)), at(now)))
	if err != nil {
		return false, noneIfGone(err)
	}
	return true, nil
}
