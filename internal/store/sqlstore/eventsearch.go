package sqlstore

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

const (
	// markLength is that of the part of an event's identifier that says when: "evt_" and nine digits (idp.NewEventID).
	markLength = len("evt_") + 9
	// markSlack is how far the time of an event may be from that of its identifier: both are taken from one clock, at once.
	markSlack = 24 * time.Hour
)

// SearchEvents lists the events of a practice, newest first; practice "" means those that belong to none, like the sign-in of
// an unknown user name.
func (q queries) SearchEvents(ctx context.Context, practice idp.PracticeID, query directory.EventQuery, page Page) ([]idp.AuditEvent, string, error) {
	var rows []eventRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = narrowEvents(db.Where("practice_id = ?", text(practice)), query)
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

func narrowEvents(db *gorm.DB, query directory.EventQuery) *gorm.DB {
	db = narrow(db, "user_id = ?", string(query.UserID))
	db = narrow(db, "client_id = ?", string(query.ClientID))
	db = narrow(db, "sid <> '' AND sid = ?", string(query.SID))
	db = narrow(db, "result = ?", string(query.Result))
	if beginning, dotted := strings.CutSuffix(string(query.Type), "."); dotted {
		db = db.Where("type >= ? AND type < ?", text(query.Type), text(beginning+"/")) // "/" comes after "."
	} else {
		db = narrow(db, "type = ?", string(query.Type))
	}
	// The identifiers sort by time, and the lists are in their order: they say where in the index to begin and to stop.
	if !query.From.IsZero() {
		db = db.Where("at >= ? AND id >= ?", at(query.From), mark(query.From.Add(-markSlack)))
	}
	if !query.Until.IsZero() {
		db = db.Where("at < ? AND id < ?", at(query.Until), mark(query.Until.Add(markSlack)))
	}
	return db
}

func mark(at time.Time) text {
	if at.UnixMilli() < 0 {
		return ""
	}
	return text(idp.NewEventID(at)[:markLength])
}
