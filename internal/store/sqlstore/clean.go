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
	// keepKeys is for a look at what once signed: no token can be verified by such a key any more.
	keepKeys = 400 * 24 * time.Hour
	// keepRecords is for a look at last year's requests and cases. What was done stands in the audit trail, which stays longer.
	keepRecords = 2 * 365 * 24 * time.Hour
	// cleanBatch is how many rows one transaction deletes: few enough that no request waits long for it.
	cleanBatch = 500
)

// keeper says which rows of a table are needed no more.
type keeper struct {
	table, key string
	which      build
}

// keepers lists all of them. Every other table has a bound of another kind: TestEveryTableHasAKeeper names it.
func keepers(now time.Time) []keeper {
	ago := func(d time.Duration) stamp { return at(now.Add(-d)) }
	return []keeper{
		{"refresh_tokens", "hash", where("expires_at < ?", ago(keepOver))},
		{"links", "hash", where("expires_at < ?", ago(keepOver))},
		{"sessions", "id", where("ended_at < ?", ago(keepOver))},
		{"sessions", "id", where("ended_at IS NULL AND expires_at < ?", ago(keepOver))},
		// Unknown names are only ever tried by their password. The counters of known browsers are among them: the shared one of
		// a person who exists stays.
		{"guards", "subject_hash", where("user_id = '' AND updated_at < ? AND (NOT locked OR locked_until < ?)", ago(keepOver), at(now))},
		// A sign-in that could bring one back is over within the hour.
		{"removed_authenticators", "id", where("removed_at < ?", ago(keepOver))},
		{"spent", "hash", where("expires_at < ?", ago(keepSpent))},
		{"reminders", "key", where("sent_at < ?", ago(keepReminders))},
		{"signing_keys", "id", where("verify_until < ?", ago(keepKeys))},
		{"activations", "id", where("state <> 'open' AND answered_at < ?", ago(keepRecords))},
		{"support_cases", "id", where("opened_at < ?", ago(keepRecords))}, // nothing can be done by one that is days old
	}
}

// Clean deletes rows that are needed no more: see keepers. Events stay: they leave by an archive. It works in small transactions, and
// stops when ctx ends: the next run goes on from there. It returns how many rows it deleted, also beside an error. Any number of nodes
// may run it at once.
func (s *Store) Clean(ctx context.Context, now time.Time) (rows int64, err error) {
	for _, what := range keepers(now) {
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
		if _, err := tx.remove(ctx, &refreshRow{}, where("?", among("sid", keys))); err != nil {
			return 0, err
		}
	}
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	done := which(tx.db.WithContext(ctx).Table(table)).Where("?", among(key, keys)).Delete(nil)
	return done.RowsAffected, mapError(done.Error)
}
