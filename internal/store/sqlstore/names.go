package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

// ListNames returns those of the people who belong to the practice, with identifier, user name and name only, in no particular
// order. At most MaxPage identifiers may be asked for.
func (q queries) ListNames(ctx context.Context, practice idp.PracticeID, ids []idp.UserID) ([]idp.User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []userRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Select("id", "username", "name").Where("? AND practice_id = ?", among("id", texts(ids[:min(len(ids), MaxPage)])), text(practice))
	})
	if err != nil {
		return nil, err
	}
	users := make([]idp.User, len(rows))
	for i, r := range rows {
		users[i] = idp.User{ID: idp.UserID(r.ID), PracticeID: practice, Username: string(r.Username), Name: string(r.Name)}
	}
	return users, nil
}
