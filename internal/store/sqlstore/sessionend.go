package sqlstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

// endBatch is how many sessions are ended by one statement: both engines bound the number of values in a statement, to 32,766 at least.
const endBatch = 500

// EndSession is Tx.EndSession in a transaction of its own.
func (s *Store) EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended bool, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		ended, err = tx.EndSession(ctx, id, reason, event, now)
		return err
	})
	return ended && err == nil, err
}

// EndSession ends the session with the reason, deletes its refresh tokens, queues the message to its app and writes the event. One
// that has ended already, or does not exist, is left alone: then ended is false and no event is written.
func (tx *Tx) EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended bool, err error) {
	one, err := tx.endSessions(ctx, where("id = ?", text(id)), reason, now)
	if err != nil || len(one) == 0 {
		return false, err
	}
	if err := tx.AppendEvent(ctx, event); err != nil {
		return false, err
	}
	return true, nil
}

// EndUserSessions is Tx.EndUserSessions in a transaction of its own.
func (s *Store) EndUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended []idp.Session, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		ended, err = tx.EndUserSessions(ctx, practice, user, reason, event, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// EndUserSessions ends all sessions of the user, in the practice, as EndSession does, and returns them. For each it writes the
// event, with an identifier, the session, the user, the practice and the app filled in; if there are none it writes none.
func (tx *Tx) EndUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error) {
	if err := tx.holdUser(ctx, practice, user); err != nil {
		return nil, noneIfGone(err)
	}
	ended, err := tx.endSessions(ctx, where("practice_id = ? AND user_id = ?", text(practice), text(user)), reason, now)
	if err != nil {
		return nil, err
	}
	return ended, tx.appendEnds(ctx, ended, event, now)
}

// EndPracticeSessions is Tx.EndPracticeSessions in a transaction of its own.
func (s *Store) EndPracticeSessions(ctx context.Context, practice idp.PracticeID, client idp.ClientID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended []idp.Session, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		ended, err = tx.EndPracticeSessions(ctx, practice, client, reason, event, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// EndPracticeSessions is EndUserSessions for every person of the practice, at one app, or at all if client is "".
func (tx *Tx) EndPracticeSessions(ctx context.Context, practice idp.PracticeID, client idp.ClientID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error) {
	err := tx.take(ctx, &practiceRow{}, locked(where("id = ?", text(practice))))
	if err != nil {
		return nil, noneIfGone(err)
	}
	ended, err := tx.endSessions(ctx, func(db *gorm.DB) *gorm.DB {
		db = db.Where("practice_id = ?", text(practice))
		if client != "" {
			db = db.Where("client_id = ?", text(client))
		}
		return db
	}, reason, now)
	if err != nil {
		return nil, err
	}
	return ended, tx.appendEnds(ctx, ended, event, now)
}

// endSessions is the only function that ends sessions: all open ones that which selects, even those whose lifetime is over, as a
// clock that is set back must not revive them. It returns the sessions that it has ended.
func (tx *Tx) endSessions(ctx context.Context, which build, reason idp.EndReason, now time.Time) ([]idp.Session, error) {
	var rows []sessionRow
	// Locked in one order, so that two transactions that end the same sessions do not deadlock.
	err := tx.find(ctx, &rows, locked(func(db *gorm.DB) *gorm.DB { return which(db).Where("ended_at IS NULL").Order("id") }))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	tx.allow(len(rows), endBatch)
	tx.outdates(idp.CopiedStanding)
	ids := make([]text, len(rows))
	for i := range rows {
		rows[i].EndedAt, rows[i].EndReason = at(now), text(reason)
		ids[i] = rows[i].ID
	}
	for batch := range slices.Chunk(ids, endBatch) {
		_, err := tx.update(ctx, &sessionRow{}, where("?", among("id", batch)), map[string]any{"ended_at": at(now), "end_reason": text(reason)})
		if err != nil {
			return nil, err
		}
		if _, err := tx.remove(ctx, &refreshRow{}, where("?", among("sid", batch))); err != nil {
			return nil, err
		}
	}
	ended, err := sessions(rows)
	if err != nil {
		return nil, err
	}
	for _, s := range ended {
		tx.ended = append(tx.ended, s.ID)
	}
	return ended, tx.enqueueLogouts(ctx, ended)
}

// enqueueLogouts queues a message for each of the sessions whose app is registered for logout messages.
func (tx *Tx) enqueueLogouts(ctx context.Context, ended []idp.Session) error {
	apps := map[text]bool{}
	for _, s := range ended {
		apps[text(s.ClientID)] = true
	}
	var listeners []struct{ ID text }
	err := tx.find(ctx, &listeners, func(db *gorm.DB) *gorm.DB {
		return db.Table("clients").Select("id").Where("id IN ? AND backchannel_logout_uri <> ''", slices.Sorted(maps.Keys(apps)))
	})
	if err != nil {
		return err
	}
	told := make(map[idp.ClientID]bool, len(listeners))
	for _, row := range listeners {
		told[idp.ClientID(row.ID)] = true
	}
	var logouts []idp.Logout
	for _, s := range ended {
		if told[s.ClientID] {
			logouts = append(logouts, idp.Logout{
				SID: s.ID, PracticeID: s.PracticeID, UserID: s.UserID, ClientID: s.ClientID, Reason: s.EndReason, At: s.EndedAt,
			})
		}
	}
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	for batch := range slices.Chunk(logouts, endBatch) {
		if err := tx.outbox.EnqueueLogouts(ctx, tx.sql, batch); err != nil {
			return mapError(err)
		}
		tx.queued = true
	}
	return nil
}

// appendEnds writes the event for each of the sessions.
func (tx *Tx) appendEnds(ctx context.Context, ended []idp.Session, event idp.AuditEvent, now time.Time) error {
	place := 0
	for batch := range slices.Chunk(ended, endBatch) {
		rows := make([]eventRow, len(batch))
		for i, s := range batch {
			place++ // the first one is the event of what ended them
			event.ID = idp.NthEventID(now, place)
			event.PracticeID, event.UserID, event.ClientID, event.SID = s.PracticeID, s.UserID, s.ClientID, s.ID
			rows[i] = eventToRow(event)
		}
		if _, err := tx.insert(ctx, &rows); err != nil {
			return err
		}
	}
	return nil
}
