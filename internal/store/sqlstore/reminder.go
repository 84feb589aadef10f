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
