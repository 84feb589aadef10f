package sqlstore

import (
	"context"

	"gorm.io/gorm"
)

// named are tables whose rows have a name and are few: thousands. A search reads the names in their order, until the page is
// full, and compares them here: an index of words would have to be kept in step, and SQL folds only ASCII letters alike on both
// engines.
type named string

const (
	practicesByName named = "practices"
	clientsByName   named = "clients"
)

// after narrows the rows to those that come after the row with this identifier.
func (n named) after(db *gorm.DB, id string) *gorm.DB {
	if id == "" {
		return db
	}
	return db.Where("(name, id) > (SELECT name, id FROM "+string(n)+" WHERE id = ?)", text(id))
}

// search returns the identifiers of the rows of a page, and of one more, that meet b and that finds accepts.
func (q queries) search(ctx context.Context, n named, b build, page Page, finds func(id, name string) bool) (ids []text, err error) {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	rows, err := n.after(b(q.db.WithContext(ctx).Table(string(n)).Select("id, name")), page.After).Order("name, id").Rows()
	if err != nil {
		return nil, mapFind(err)
	}
	defer func() { _ = rows.Close() }() // what went wrong is in Err
	for len(ids) <= limit(page) && rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, mapFind(err)
		}
		if finds(id, name) {
			ids = append(ids, text(id))
		}
	}
	return ids, mapFind(rows.Err())
}

// list reads a page of rows that meet b, and one row more; typed narrows it to what finds accepts.
func (q queries) list(ctx context.Context, n named, rows any, b build, page Page, typed string, finds func(s search, id, name string) bool) error {
	which := func(db *gorm.DB) *gorm.DB { return n.after(b(db), page.After) }
	if s, ok := newSearch(typed); ok {
		ids, err := q.search(ctx, n, b, page, func(id, name string) bool { return finds(s, id, name) })
		if err != nil || len(ids) == 0 {
			return err
		}
		which = where("?", among("id", ids))
	}
	return q.find(ctx, rows, func(db *gorm.DB) *gorm.DB { return more(page, which(db).Order("name, id")) })
}
