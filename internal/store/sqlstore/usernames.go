package sqlstore

import (
	"context"
	"errors"

	"github.com/apscloud/apsid/internal/idp"
)

// VisitUsernames calls visit for every person of every practice, by identifier, a page at a time. An error of visit ends it and is
// returned. It works beside Migrate, without the keys that a Store needs.
func VisitUsernames(ctx context.Context, url string, visit func(user idp.UserID, username string) error) error {
	engine, err := EngineOf(url)
	if err != nil {
		return err
	}
	p, err := openPools(engine, url, Limit)
	if err != nil {
		return err
	}
	return errors.Join(p.visitUsernames(ctx, visit), p.close())
}

func (p pools) visitUsernames(ctx context.Context, visit func(user idp.UserID, username string) error) error {
	type person struct{ id, username string }
	for after := ""; ; {
		rows, err := p.reader.QueryContext(ctx, "SELECT id, username FROM users WHERE id > $1 ORDER BY id LIMIT 1000", after)
		if err != nil {
			return mapError(err)
		}
		var page []person
		for rows.Next() {
			var each person
			if err := rows.Scan(&each.id, &each.username); err != nil {
				return errors.Join(mapError(err), rows.Close())
			}
			page = append(page, each)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return mapError(err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, each := range page {
			if err := visit(idp.UserID(each.id), each.username); err != nil {
				return err
			}
		}
		after = page[len(page)-1].id
	}
}
