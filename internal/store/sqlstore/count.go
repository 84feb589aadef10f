package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

type countRow struct {
	People, Enrolled, Passkeys, Managers, Invited, NeverSigned, Disabled int64
}

// CountPractice counts the practice's people, reading each of them once.
func (q queries) CountPractice(ctx context.Context, practice idp.PracticeID) (directory.Counts, error) {
	active, disabled := text(idp.UserActive), text(idp.UserDisabled)
	var rows []countRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Table("users").Select(`count(*) FILTER (WHERE state = ?) AS people,
			count(e.user_id) FILTER (WHERE state = ?) AS enrolled,
			count(*) FILTER (WHERE state = ? AND e.passkeys > 0) AS passkeys,
			count(*) FILTER (WHERE state = ? AND roles LIKE ?) AS managers,
			count(*) FILTER (WHERE state = ? AND password_hash = '' AND password_changed_at IS NULL) AS invited,
			count(*) FILTER (WHERE state = ? AND last_signin_at IS NULL) AS never_signed,
			count(*) FILTER (WHERE state = ?) AS disabled`,
			active, active, active, active, likeRole(idp.RoleUserManagement), active, active, disabled).
			Joins("LEFT JOIN (SELECT user_id, count(*) FILTER (WHERE kind = ?) AS passkeys FROM authenticators WHERE practice_id = ? GROUP BY user_id) e"+
				" ON e.user_id = users.id", text(idp.KindPasskey), text(practice)).
			Where("practice_id = ?", text(practice))
	})
	if err != nil || len(rows) == 0 {
		return directory.Counts{}, err
	}
	return directory.Counts(rows[0]), nil
}
