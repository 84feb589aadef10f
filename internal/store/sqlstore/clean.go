package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"
)

const (
	// keepOver is how long rows that are over stay for those who ask what happened. The audit trail stays.
	keepOver = 30 * 24 * time.Hour
	// keepSpent is for the clocks of nodes, which may differ: none deletes what is not over by the clock of another.
	keepSpent = 24 * time.Hour
	// keepReminders is much longer than the longest notice ahead of anything: a reminder that is forgotten would be sent again.
	keepReminders = 400 * 24 * time.Hour
	// cleanBatch is how many rows one transaction deletes: few enough that no request waits long for it.
	cleanBatch = 500
)

// Clean deletes rows that are needed no more: refresh tokens and links that are over for 30 days, sessions that ended or passed
// their end 30 days ago, failure counters of unknown user names that were not tried for 30 days and are not locked, what is spent and
// was over a day ago, and reminders of more than 400 days ago. Events stay. It works in small transactions, and stops when ctx ends:
// the next run goes on from there. It returns how many rows it deleted, also beside an error. Any number of nodes may run it at once.
func (s *Store) Clean(ctx context.Context, now time.Time) (rows int64, err error) {
	over := at(now.Add(-keepOver))
	for _, what := range []struct {
		table, key string
		which      build
	}{
		{"refresh_tokens", "hash", where("expires_at < ?", over)},
		{"links", "hash", where("expires_at < ?", over)},
		{"sessions", "id", where("ended_at < ?", over)},
		{"sessions", "id", where("ended_at IS NULL AND expires_at < ?", over)},
		// Unknown names are only ever tried by their password. The counters of known browsers are among them: the shared one of
		// a person who exists stays.
		{"guards", "subject_hash", where("user_id = '' AND updated_at < ? AND (NOT locked OR locked_until < ?)", over, at(now))},
		{"spent", "hash", where("expires_at < ?", at(now.Add(-keepSpent)))},
		{"reminders", "key", where("sent_at < ?", at(now.Add(-keepReminders)))},
	} {
		deleted, err := s.clean(ctx, what.table, what.key, what.which)
		rows += deleted
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func (s *Store) clean(ctx context.Context, table, key string, which build) (rows int64, err error) {
	for {
		batch := int64(0)
		err := s.InTx(ctx, func(tx *Tx) (err error) {
			batch, err = tx.clean(ctx, table, key, which)
			return err
		})
		rows += batch
		if err != nil || batch < cleanBatch {
			return rows, err
		}
	}
}

// clean deletes a batch of rows, and with sessions the refresh tokens that they have left.
func (tx *Tx) clean(ctx context.Context, table, key string, which build) (int64, error) {
	var rows []struct{ Key text }
	err := tx.find(ctx, &rows, locked(func(db *gorm.DB) *gorm.DB {
		return which(db.Table(table).Select(key + " AS key")).Limit(cleanBatch)
	}))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	keys := make([]text, len(rows))
	for i, row := range rows {
		keys[i] = row.Key
	}
	if table == "sessions" {
		if _, err := tx.remove(ctx, &refreshRow{}, where("sid IN ?", keys)); err != nil {
			return 0, err
		}
	}
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	done := which(tx.db.WithContext(ctx).Table(table)).Where(key+" IN ?", keys).Delete(nil)
	return done.RowsAffected, mapError(done.Error)
}
