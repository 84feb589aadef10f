package sqlstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// peopleList is a list of people of one practice.
type peopleList struct {
	queries
	practice idp.PracticeID
	order    order
	which    build
	now      time.Time
}

// listPeople begins a list; idp.ErrInvalid for a filter or an order that does not exist.
func (q queries) listPeople(ctx context.Context, practice idp.PracticeID, query directory.UserQuery, now time.Time) (peopleList, error) {
	l := peopleList{queries: q, practice: practice, now: now}
	filter, err := filterUsers(query.Filter, practice, now)
	if err != nil {
		return l, err
	}
	search, err := q.searchUsers(ctx, practice, query.Search)
	if err != nil {
		return l, err
	}
	l.order, err = orderUsers(query.Sort)
	l.which = func(db *gorm.DB) *gorm.DB {
		db = filter(search(db.Where("practice_id = ?", text(practice))))
		if query.IDs != nil {
			db = db.Where("?", amongRows("users.id", texts(query.IDs[:min(len(query.IDs), MaxBatch)])))
		}
		return db
	}
	return l, err
}

// SearchUsers lists people of one practice. now decides which locks are over.
func (q queries) SearchUsers(ctx context.Context, practice idp.PracticeID, query directory.UserQuery, page Page, now time.Time) ([]directory.Person, string, error) {
	l, err := q.listPeople(ctx, practice, query, now)
	if err != nil {
		return nil, "", err
	}
	keys, more, err := l.keys(ctx, page, false)
	if err != nil {
		return nil, "", err
	}
	found, err := l.shown(ctx, keys)
	if err != nil || !more {
		return found, "", err
	}
	return found, l.order.cursor(keys[len(keys)-1]), nil
}

// BrowseUsers lists people of one practice likewise, in both directions, and counts them.
func (q queries) BrowseUsers(ctx context.Context, practice idp.PracticeID, query directory.UserQuery, page directory.UserPage, now time.Time) (directory.UserList, error) {
	l, err := q.listPeople(ctx, practice, query, now)
	if err != nil {
		return directory.UserList{}, err
	}
	return l.browse(ctx, page)
}

func (l peopleList) browse(ctx context.Context, page directory.UserPage) (found directory.UserList, err error) {
	asked := page.Page
	if page.Back && page.After == "" {
		// The last page has what is over when the pages before it are full, so that the way back meets the pages of the way there.
		if found.Total, _, err = l.count(ctx, nil); err != nil {
			return found, err
		}
		asked.Limit = max(int(found.Total-1)%limit(page.Page)+1, 1)
	}
	keys, more, err := l.keys(ctx, asked, page.Back)
	switch {
	case err != nil:
		return found, err
	case page.After == "":
	case page.Back && !more: // the first page, full
		return l.browse(ctx, directory.UserPage{Page: Page{Limit: page.Limit}})
	case len(keys) == 0: // those who came after the cursor are gone
		return l.browse(ctx, directory.UserPage{Page: Page{Limit: page.Limit}, Back: true})
	}
	if page.Back {
		slices.Reverse(keys)
	}
	if len(keys) > 0 {
		if found.Total, found.Before, err = l.count(ctx, &keys[0]); err != nil {
			return found, err
		}
		if found.Before > 0 {
			found.Previous = l.order.cursor(keys[0])
		}
		if found.Before+int64(len(keys)) < found.Total {
			found.Next = l.order.cursor(keys[len(keys)-1])
		}
	}
	found.People, err = l.shown(ctx, keys)
	return found, err
}

// keys reads the places of a page of people, and whether there are more in the direction in which the list is read.
func (l peopleList) keys(ctx context.Context, page Page, fromEnd bool) (keys []key, more bool, err error) {
	after, err := l.place(ctx, page.After)
	if err != nil {
		return nil, false, err
	}
	err = l.find(ctx, &keys, func(db *gorm.DB) *gorm.DB {
		db = l.which(l.order.keys(db))
		if after != nil {
			c := l.order.beyond(*after, fromEnd)
			db = db.Where(c.sql, c.values...)
		}
		return l.order.sorted(db, fromEnd).Limit(limit(page) + 1)
	})
	if len(keys) > limit(page) {
		return keys[:limit(page)], true, err
	}
	return keys, false, err
}

// place is the one that a cursor names, nil for no cursor. A cursor that is an identifier means the place where that person is now.
func (l peopleList) place(ctx context.Context, cursor string) (*key, error) {
	if cursor == "" {
		return nil, nil
	}
	if strings.HasPrefix(cursor, cursorBegins) {
		k, err := l.order.read(cursor)
		return &k, err
	}
	var now []key
	err := l.find(ctx, &now, func(db *gorm.DB) *gorm.DB {
		return l.order.keys(db).Where("users.id = ? AND practice_id = ?", text(cursor), text(l.practice))
	})
	switch {
	case err != nil:
		return nil, err
	case len(now) == 0:
		return nil, idp.ErrInvalid
	}
	return &now[0], nil
}

// count counts the people of the list, and those of them before the first.
func (l peopleList) count(ctx context.Context, first *key) (total, before int64, err error) {
	earlier := condition{sql: "FALSE"}
	if first != nil {
		earlier = l.order.beyond(*first, true)
	}
	var rows []struct{ Total, Before int64 }
	err = l.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = db.Table("users").Select("count(*) AS total, count(*) FILTER (WHERE "+earlier.sql+") AS before", earlier.values...)
		return l.which(db)
	})
	if err != nil || len(rows) == 0 {
		return 0, 0, err
	}
	return rows[0].Total, rows[0].Before, nil
}

// shown reads the people of the places, in their order, with what lists show of each: a statement for all of them, and two more.
func (l peopleList) shown(ctx context.Context, keys []key) ([]directory.Person, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	at := make(map[text]int, len(keys))
	for i, k := range keys {
		at[k.ID] = i
	}
	var rows []userRow
	err := l.find(ctx, &rows, where("practice_id = ? AND ?", text(l.practice), among("id", each(keys, func(k key) text { return k.ID }))))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b userRow) int { return at[a.ID] - at[b.ID] })
	var users []idp.User
	for _, row := range rows {
		u, err := row.domain()
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return l.people(ctx, users, l.now)
}
