package sqlstore

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

func everybody(db *gorm.DB) *gorm.DB { return db }

// searchUsers returns the condition of a search: each word of the text is a part of the folded name or user name. It is compared with
// everybody in the practice: an index of the parts would need an extension of Postgres, and 10,000 people take milliseconds.
func (q queries) searchUsers(ctx context.Context, practice idp.PracticeID, typed string) (build, error) {
	s, ok := newSearch(typed)
	if !ok {
		return everybody, nil
	}
	if len(s.words) == 0 {
		return where("FALSE"), nil
	}
	var has []string
	var values []any
	for _, word := range s.words {
		has, values = append(has, `folded LIKE ? ESCAPE '\'`), append(values, likePerson(word))
	}
	sql := strings.Join(has, " AND ")
	late, found, err := q.searchUnfolded(ctx, practice, s)
	switch {
	case err != nil:
		return nil, err
	case len(late) == 0:
		return where(sql, values...), nil
	case len(found) == 0:
		return where("NOT ? AND "+sql, append([]any{among("users.id", late)}, values...)...), nil
	}
	return where("(? OR NOT ? AND "+sql+")", append([]any{among("users.id", found), among("users.id", late)}, values...)...), nil
}

// searchUnfolded returns those of the practice whom a node of the previous release has written since the last repair, and those of
// them whom the search finds.
func (q queries) searchUnfolded(ctx context.Context, practice idp.PracticeID, s search) (late, found []text, err error) {
	var users []userRow
	err = q.find(ctx, &users, func(db *gorm.DB) *gorm.DB {
		return db.Select("id", "name", "username").Where("practice_id = ? AND "+unfolded, text(practice)).Limit(mostUnfolded)
	})
	for _, u := range users {
		late = append(late, u.ID)
		if s.findsPerson(string(foldUser(u).Folded)) {
			found = append(found, u.ID)
		}
	}
	return late, found, err
}
