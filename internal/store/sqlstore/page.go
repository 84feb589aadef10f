package sqlstore

import "gorm.io/gorm"

// MaxPage is the largest page; a limit of 0 or above it means MaxPage.
const MaxPage = 200

// Page asks for a part of a list. Pages follow one another by key, not by number, so that none is missed or seen twice
// while rows are added.
type Page struct {
	After string // the cursor that came with the page before; "" for the first
	Limit int
}

func (p Page) limit() int {
	if p.Limit < 1 || p.Limit > MaxPage {
		return MaxPage
	}
	return p.Limit
}

// more asks for one row beyond the page: its presence says that there is a next one.
func (p Page) more(db *gorm.DB) *gorm.DB { return db.Limit(p.limit() + 1) }

// cut maps the rows of a page and returns them with the cursor of the next page, "" when there is none.
func cut[R, T any](p Page, rows []R, id func(R) string, domain func(R) (T, error)) ([]T, string, error) {
	next := ""
	if len(rows) > p.limit() {
		rows = rows[:p.limit()]
		next = id(rows[len(rows)-1])
	}
	items := make([]T, 0, len(rows))
	for _, row := range rows {
		item, err := domain(row)
		if err != nil {
			return nil, "", err
		}
		items = append(items, item)
	}
	return items, next, nil
}
