package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm/clause"
)

type reminderRow struct {
	Key    text `gorm:"primaryKey"`
	SentAt stamp
}

// TableName names the table.
func (reminderRow) TableName() string { return "reminders" }

// TakeReminder records that a reminder was sent; false if it was recorded before, on any node.
func (tx *Tx) TakeReminder(ctx context.Context, key string, now time.Time) (bool, error) {
	return tx.insert(ctx, &reminderRow{Key: text(key), SentAt: at(now)}, clause.OnConflict{DoNothing: true})
}

// IsReminded reports whether a reminder was recorded under this key.
func (q queries) IsReminded(ctx context.Context, key string) (bool, error) {
	err := q.take(ctx, &reminderRow{}, where("key = ?", text(key)))
	return err == nil, noneIfGone(err)
}
