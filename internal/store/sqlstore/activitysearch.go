package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

const (
	// mostCounted bounds how many events CountActivity reads: the newest.
	mostCounted = 50_000
	// mostSteps bounds how many steps ListSteps returns, for sign-ins of one page.
	mostSteps = 5_000
)

// isStep is the condition on an event that it is a step of a sign-in. The steps of one sign-in have one sid, from the beginning; what
// happens to the session afterwards has the same, and is no step.
func isStep() (string, []any) {
	return "sid <> '' AND (type >= ? AND type < ? OR type IN ?)",
		[]any{text("signin."), text("signin/"), texts([]idp.EventType{idp.EventMFAEnrolled, idp.EventMFARevoked, idp.EventPINCreated})}
}

// SearchActivity lists events as SearchEvents does, but of the steps of a sign-in only the last that the query finds.
func (q queries) SearchActivity(ctx context.Context, practice idp.PracticeID, query directory.EventQuery, page Page) ([]idp.AuditEvent, string, error) {
	step, values := isStep()
	later := narrowEvents(q.db.Session(&gorm.Session{NewDB: true}).Table("events AS later").Select("1").
		Where("later.sid = events.sid AND later.id > events.id AND practice_id = ?", text(practice)).Where(step, values...), query)
	var rows []eventRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = narrowEvents(db.Where("practice_id = ?", text(practice)), query)
		db = db.Where("NOT ("+step+" AND EXISTS (?))", append(values, later)...)
		if page.After != "" {
			db = db.Where("id < ?", text(page.After))
		}
		return more(page, db.Order("id DESC"))
	})
	if err != nil {
		return nil, "", err
	}
	return cut(page, rows, func(r eventRow) string { return string(r.ID) }, eventRow.domain)
}

// ListSteps lists the steps of these sign-ins, oldest first: those about one person, or all in the practice if user is "".
func (q queries) ListSteps(ctx context.Context, practice idp.PracticeID, user idp.UserID, signins []idp.SID) ([]idp.AuditEvent, error) {
	if len(signins) == 0 {
		return nil, nil
	}
	step, values := isStep()
	var rows []eventRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = db.Where("practice_id = ? AND ?", text(practice), among("sid", texts(signins))).Where(step, values...)
		return narrow(db, "user_id = ?", string(user)).Order("id").Limit(mostSteps)
	})
	if err != nil {
		return nil, err
	}
	events := make([]idp.AuditEvent, len(rows))
	for i, row := range rows {
		if events[i], err = row.domain(); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// CountActivity counts what SearchActivity lists, and how much of it stands on the pages before the one after this cursor. It
// reads a bounded number of events in the order of an index, however many there are.
func (q queries) CountActivity(ctx context.Context, practice idp.PracticeID, query directory.EventQuery, after string) (directory.ActivityCount, error) {
	step, values := isStep()
	newest := narrowEvents(q.db.Session(&gorm.Session{NewDB: true}).Table("events").
		Select("id, CASE WHEN "+step+" THEN sid ELSE id END AS line", values...).
		Where("practice_id = ?", text(practice)), query).Order("id DESC").Limit(mostCounted)
	lines := q.db.Session(&gorm.Session{NewDB: true}).Table("(?) AS newest", newest).Select("max(id) AS last, count(*) AS events").Group("line")
	var rows []struct{ Lines, Before, Events int64 }
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Table("(?) AS lines", lines).Select("count(*) AS lines, count(*) FILTER (WHERE last >= ?) AS before, coalesce(sum(events), 0) AS events", text(after))
	})
	if err != nil || len(rows) == 0 {
		return directory.ActivityCount{}, err
	}
	count := directory.ActivityCount{Lines: rows[0].Lines, Before: rows[0].Before, More: rows[0].Events == mostCounted}
	if after == "" {
		count.Before = 0
	}
	return count, nil
}
