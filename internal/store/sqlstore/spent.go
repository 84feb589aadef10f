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

// spend is one statement on both engines.
const spend = "INSERT INTO spent (hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"

// Spend records that what name stands for must not be good again before until: of any number of callers, on any nodes, exactly one
// is first. The name is stored as its hash.
func (s *Store) Spend(ctx context.Context, name string, until time.Time) (first bool, err error) {
	changed, err := s.exec(ctx, spend, text(idp.HashToken(name)), at(until))
	return changed > 0, err
}

// Revoke is Spend for an access token, whose standing nodes remember for a moment: they are told.
func (s *Store) Revoke(ctx context.Context, name string, until time.Time) error {
	first, err := s.Spend(ctx, name, until)
	if err == nil && first {
		s.tell(ctx, &Tx{outdated: []idp.Copied{idp.CopiedStanding}})
	}
	return err
}

// Spend is Store.Spend in this transaction.
func (tx *Tx) Spend(ctx context.Context, name string, until time.Time) (first bool, err error) {
	row := spentRow{Hash: text(idp.HashToken(name)), ExpiresAt: at(until)}
	return tx.insert(ctx, &row, clause.OnConflict{DoNothing: true})
}

// IsSpent reports whether Spend was called for the name, with an end after now.
func (q queries) IsSpent(ctx context.Context, name string, now time.Time) (bool, error) {
	var spent bool
	err := q.read(ctx, "SELECT EXISTS (SELECT 1 FROM spent WHERE hash = $1 AND expires_at > $2)",
		[]any{text(idp.HashToken(name)), at(now)}, []any{&spent})
	return spent, err
}
