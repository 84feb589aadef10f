package sqlstore

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// lockedNow is what a guard meets that refuses every try now, which is its one value.
const lockedNow = "locked AND (locked_until IS NULL OR locked_until > ?)"

// SearchUsers lists people of one practice by user name. now decides which locks are over.
func (q queries) SearchUsers(ctx context.Context, practice idp.PracticeID, query directory.UserQuery, page Page, now time.Time) ([]directory.Person, string, error) {
	var rows []userRow
	filter, err := filterUsers(query.Filter, now)
	if err != nil {
		return nil, "", err
	}
	err = q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = filter(searchUsers(db.Where("practice_id = ?", text(practice)), practice, query.Search))
		if page.After != "" {
			db = db.Where("username > (SELECT username FROM users WHERE id = ? AND practice_id = ?)", text(page.After), text(practice))
		}
		return more(page, db.Order("username"))
	})
	if err != nil {
		return nil, "", err
	}
	users, next, err := cut(page, rows, func(r userRow) string { return string(r.ID) }, userRow.domain)
	if err != nil {
		return nil, "", err
	}
	people, err := q.people(ctx, practice, users, now)
	return people, next, err
}

// searchUsers keeps those whose user name begins with the text, or whose name has a word that begins with each word of it. Both
// are ranges of an index: what is typed is never a pattern.
func searchUsers(db *gorm.DB, practice idp.PracticeID, typed string) *gorm.DB {
	s, ok := newSearch(typed)
	if !ok {
		return db
	}
	found := "SELECT id FROM users WHERE practice_id = ? AND username >= ? AND username < ?"
	values := []any{text(practice), text(s.whole), text(s.whole + afterAll)}
	named := ""
	for i, word := range s.words {
		if i > 0 {
			named += " AND user_id IN ("
		}
		named += "SELECT user_id FROM user_words WHERE practice_id = ? AND word >= ? AND word < ?"
		values = append(values, text(practice), text(word), text(word+afterAll))
	}
	if named != "" {
		for range s.words[1:] {
			named += ")"
		}
		found += " UNION " + named
	}
	return db.Where("id IN ("+found+")", values...)
}

// filterUsers returns the condition of a filter; idp.ErrInvalid for one that does not exist.
func filterUsers(f directory.UserFilter, now time.Time) (build, error) {
	switch f {
	case directory.FilterAll:
		return func(db *gorm.DB) *gorm.DB { return db }, nil
	case directory.FilterNotEnrolled:
		return where("state = ? AND NOT EXISTS (SELECT 1 FROM authenticators a WHERE a.practice_id = users.practice_id AND a.user_id = users.id)",
			text(idp.UserActive)), nil
	case directory.FilterLocked:
		return where("id IN (SELECT user_id FROM guards WHERE "+lockedNow+")", at(now)), nil
	case directory.FilterNeverSigned:
		return where("state = ? AND last_signin_at IS NULL", text(idp.UserActive)), nil
	case directory.FilterInvited:
		return where("state = ? AND password_hash = '' AND password_changed_at IS NULL", text(idp.UserActive)), nil
	case directory.FilterDisabled:
		return where("state = ?", text(idp.UserDisabled)), nil
	case directory.FilterManagers:
		return where(withRoles+" AND (roles LIKE ? OR roles LIKE ?)", likeRole(idp.RoleUserManagement), likeRole(idp.RoleSystemAdministrator)), nil
	default:
		return nil, idp.ErrInvalid
	}
}

// people adds to a page of users what lists show of each: two more statements for all of them.
func (q queries) people(ctx context.Context, practice idp.PracticeID, users []idp.User, now time.Time) ([]directory.Person, error) {
	if len(users) == 0 {
		return nil, nil
	}
	ids := make([]text, len(users))
	for i, u := range users {
		ids[i] = text(u.ID)
	}
	var bound []struct{ UserID, Kind text }
	err := q.find(ctx, &bound, func(db *gorm.DB) *gorm.DB {
		return db.Table("authenticators").Select("DISTINCT user_id, kind").Where("practice_id = ? AND user_id IN ?", text(practice), ids).Order("kind")
	})
	if err != nil {
		return nil, err
	}
	kinds := make(map[idp.UserID][]idp.Kind, len(bound))
	for _, b := range bound {
		kinds[idp.UserID(b.UserID)] = append(kinds[idp.UserID(b.UserID)], idp.Kind(b.Kind))
	}
	var guards []struct{ UserID text }
	err = q.find(ctx, &guards, func(db *gorm.DB) *gorm.DB {
		return db.Table("guards").Select("DISTINCT user_id").Where("user_id IN ? AND "+lockedNow, ids, at(now))
	})
	if err != nil {
		return nil, err
	}
	people := make([]directory.Person, len(users))
	for i, u := range users {
		people[i] = directory.Person{
			User: u, Kinds: kinds[u.ID], Locked: slices.Contains(guards, struct{ UserID text }{text(u.ID)}),
		}
		people[i].User.PasswordHash = idp.Secret{}
	}
	return people, nil
}
