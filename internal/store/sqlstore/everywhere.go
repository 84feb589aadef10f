package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

// mostSearched bounds how many people a search of all practices looks at: APS has some ten thousands.
const mostSearched = 1_000_000

// SearchEverywhere lists people of all practices, by practice and then by name: those whose folded name and user name have each word of
// the text as a part. An index alone answers which: only the people of the page are read. Those whom a node of the release before has
// written are found after the next repair, which folds their names.
func (q queries) SearchEverywhere(ctx context.Context, typed string, most int) ([]idp.User, error) {
	s, ok := newSearch(typed)
	if !ok || len(s.words) == 0 {
		return nil, nil
	}
	var keys []struct{ ID text }
	// The bound makes Postgres read the index in its order, and stop when it has found enough.
	everybody := q.db.Session(&gorm.Session{NewDB: true}).Table("users").Select("practice_id, folded, id").Order("practice_id, folded, id").Limit(mostSearched)
	err := q.find(ctx, &keys, func(db *gorm.DB) *gorm.DB {
		for _, word := range s.words {
			db = db.Where(`folded LIKE ? ESCAPE '\'`, likePerson(word))
		}
		return db.Table("(?) AS everybody", everybody).Select("id").Order("practice_id, folded, id").Limit(most)
	})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	ids := make([]text, len(keys))
	for i, key := range keys {
		ids[i] = key.ID
	}
	var rows []userRow
	err = q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("?", among("id", ids)).Order("practice_id, folded, id")
	})
	users := make([]idp.User, 0, len(rows))
	for _, row := range rows {
		user, err := row.domain()
		if err != nil {
			return nil, err
		}
		user.PasswordHash = idp.Secret{}
		users = append(users, user)
	}
	return users, err
}
