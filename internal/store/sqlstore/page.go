package sqlstore

import (
	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
)

const (
	// MaxPage is the largest page; a limit above it means MaxPage.
	MaxPage = 200
	// defaultPage is what a limit of 0 means.
	defaultPage = 50
)

// Page is directory.Page.
type Page = directory.Page

func limit(p Page) int {
	if p.Limit < 1 {
		return defaultPage
	}
	return min(p.Limit, MaxPage)
}

// more asks for one row beyond the page: its presence says that there is a next one.
func more(p Page, db *gorm.DB) *gorm.DB { return db.Limit(limit(p) + 1) }

// cut maps the rows of a page and returns them with the cursor of the next page, "" when there is none.
func cut[R, T any](p Page, rows []R, id func(R) string, domain func(R) (T, error)) ([]T, string, error) {
	next := ""
	if len(rows) > limit(p) {
		rows = rows[:limit(p)]
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
