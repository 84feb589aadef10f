package sqlstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// CountMFA counts, of the practice's people who are not disabled, how many were there at each of these times, which ascend, and how
// many of those had the oldest of the authenticators that they have now. It reads each person twice, however many times there are.
func (q queries) CountMFA(ctx context.Context, practice idp.PracticeID, times []time.Time) ([]directory.MFACount, error) {
	people, err := q.countUntil(ctx, practice, times, "users.created_at", everybody)
	if err != nil {
		return nil, err
	}
	ready, err := q.countUntil(ctx, practice, times, "e.since", func(db *gorm.DB) *gorm.DB {
		return db.Joins("JOIN (SELECT user_id, min(created_at) AS since FROM authenticators WHERE practice_id = ? GROUP BY user_id) e ON e.user_id = users.id",
			text(practice))
	})
	if err != nil {
		return nil, err
	}
	counts := make([]directory.MFACount, len(times))
	for i, each := range times {
		counts[i] = directory.MFACount{At: each, People: people[i], Ready: ready[i]}
	}
	return counts, nil
}

// countUntil counts the people of whom the column is no later than each of the times.
func (q queries) countUntil(ctx context.Context, practice idp.PracticeID, times []time.Time, column string, join build) ([]int64, error) {
	var first strings.Builder // the first of the times at which a person counts
	values := make([]any, len(times))
	for i, each := range times {
		first.WriteString(" WHEN " + column + " <= ? THEN " + strconv.Itoa(i))
		values[i] = at(each)
	}
	var rows []struct{ First, Amount int64 }
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return join(db.Table("users")).Select("CASE"+first.String()+" ELSE -1 END AS first, count(*) AS amount", values...).
			Where("users.practice_id = ? AND users.state = ?", text(practice), text(idp.UserActive)).Group("first")
	})
	if err != nil {
		return nil, err
	}
	counts := make([]int64, len(times))
	for _, row := range rows {
		for i := row.First; i >= 0 && i < int64(len(counts)); i++ {
			counts[i] += row.Amount
		}
	}
	return counts, nil
}
