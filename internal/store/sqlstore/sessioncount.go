package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// CountSessions counts sessions that are open, and their people. It stops after directory.MostSessions. As no session outlives
// policy.DefaultLifetime, it reads those of the last day, through an index.
func (q queries) CountSessions(ctx context.Context, query directory.SessionQuery, now time.Time) (directory.SessionCount, error) {
	open := q.db.Session(&gorm.Session{NewDB: true}).Table("sessions").Select("user_id").
		Where("ended_at IS NULL AND auth_time > ? AND expires_at > ?", at(now.Add(-policy.DefaultLifetime)), at(now)).Limit(directory.MostSessions + 1)
	if query.PracticeID != "" {
		open = open.Where("practice_id = ? AND created_at > ?", text(query.PracticeID), at(now.Add(-policy.DefaultLifetime)))
	}
	if len(query.Clients) > 0 {
		open = open.Where("client_id IN ?", texts(query.Clients))
	}
	if query.WithoutMFA {
		open = open.Where("acr = ?", text(idp.ACRPassword))
	}
	var rows []struct{ People, Sessions int64 }
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Table("(?) AS open", open).Select("count(DISTINCT user_id) AS people, count(*) AS sessions")
	})
	if err != nil || len(rows) == 0 {
		return directory.SessionCount{}, err
	}
	return directory.SessionCount{People: rows[0].People, Sessions: rows[0].Sessions, More: rows[0].Sessions > directory.MostSessions}, nil
}
