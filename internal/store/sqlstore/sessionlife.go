package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

// The columns as the indexes have them: rows of a release that did not have them leave them NULL.
const (
	lastActivity = "coalesce(last_activity, created_at)"
	signOn       = "coalesce(sign_on, id)"
)

// ListSignOn returns all sessions that rest on one sign-in, ended or not, by identifier.
func (q queries) ListSignOn(ctx context.Context, id idp.SID) ([]idp.Session, error) {
	var rows []sessionRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Where(signOn+" = ?", text(id)).Order("id") })
	if err != nil {
		return nil, err
	}
	return sessions(rows)
}

// JoinSession is Tx.JoinSession in a transaction of its own.
func (s *Store) JoinSession(ctx context.Context, joined idp.Session, event idp.AuditEvent, may func(idp.Account) bool) error {
	return s.InTx(ctx, func(tx *Tx) error { return tx.JoinSession(ctx, joined, event, may) })
}

// JoinSession creates a session that rests on the proofs of another of the same user, and writes the event. It is
// idp.ErrConflict if that other one (SignOn) has a session of this app already, or has ended, or does not exist; and
// idp.ErrNotFound if the user is not of the practice or the app does not exist. It is no sign-in: the user's last one stays. may is
// asked about the account as it is while it is held; idp.ErrConflict if it says no.
func (tx *Tx) JoinSession(ctx context.Context, s idp.Session, event idp.AuditEvent, may func(idp.Account) bool) error {
	// Rows are locked in the order of EndUserSessions: a command that ends the user's sessions, or this sign-in, sees this session
	// too.
	account, err := tx.HoldAccount(ctx, s.PracticeID, s.UserID)
	if err != nil {
		return err
	}
	if !may(account) {
		return idp.ErrConflict
	}
	open := where("id = ? AND practice_id = ? AND user_id = ? AND sign_on IS NULL AND ended_at IS NULL",
		text(s.SignOn), text(s.PracticeID), text(s.UserID))
	err = tx.take(ctx, &sessionRow{}, locked(open))
	if errors.Is(err, idp.ErrNotFound) {
		return idp.ErrConflict
	}
	if err != nil {
		return err
	}
	row := sessionToRow(s)
	if _, err := tx.insert(ctx, &row); err != nil {
		return err
	}
	return tx.AppendEvent(ctx, event)
}

// TouchSession is Tx.TouchSession in a transaction of its own.
func (s *Store) TouchSession(ctx context.Context, id idp.SID, when time.Time) error {
	return s.InTx(ctx, func(tx *Tx) error { return tx.TouchSession(ctx, id, when) })
}

// TouchSession moves the last activity forward, never back; idp.ErrNotFound if the session does not exist or has ended.
func (tx *Tx) TouchSession(ctx context.Context, id idp.SID, when time.Time) error {
	earlier := where("id = ? AND ended_at IS NULL AND "+lastActivity+" < ?", text(id), at(when))
	changed, err := tx.update(ctx, &sessionRow{}, earlier, map[string]any{"last_activity": at(when)})
	if err != nil || changed > 0 {
		return err
	}
	return tx.take(ctx, &sessionRow{}, where("id = ? AND ended_at IS NULL", text(id)))
}

// ListLapsed returns up to limit open sessions that meet one of these conditions: their lifetime ends at now or before; their
// proofs are as old as the time of their client in proved, or older; their last activity is as old as the time of their client
// in active, or older. If it returns fewer than limit, these are all.
//
// An index answers each condition in a subquery of its own, and for each client by itself, so that a search that finds nothing stays
// cheap, however many sessions are open. The statement is as long for a thousand clients as for one.
func (q queries) ListLapsed(ctx context.Context, now time.Time, proved, active map[idp.ClientID]time.Time, limit int) ([]idp.Session, error) {
	questions, values := []string{lapsedByEnd}, []any{at(now), limit}
	for _, ask := range []struct {
		by  string
		cut map[idp.ClientID]time.Time
	}{{"auth_time", proved}, {lastActivity, active}} {
		if len(ask.cut) == 0 {
			continue
		}
		cuts, err := cutsOf(ask.cut)
		if err != nil {
			return nil, err
		}
		questions = append(questions, q.lapsedByClient(ask.by))
		values = append(values, cuts, limit)
	}
	var rows []sessionRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("id IN (SELECT id FROM ("+strings.Join(questions, " UNION ")+") AS lapsed LIMIT ?)", append(values, limit)...).
			Order("created_at, id").Limit(limit)
	})
	if err != nil {
		return nil, err
	}
	return sessions(rows)
}

const lapsedByEnd = "SELECT id FROM (SELECT id FROM sessions WHERE ended_at IS NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?) AS q0"

// lapsedByClient is the question for the sessions that are not younger by a column than the cut of their client: see cutsOf. SQLite
// takes tables in the order in which a CROSS JOIN has them.
func (q queries) lapsedByClient(by string) string {
	if q.db.Name() == string(SQLite) {
		return "SELECT id FROM (SELECT s.id FROM json_each(?) AS c CROSS JOIN sessions AS s WHERE s.ended_at IS NULL AND s.client_id = c.value ->> 'client' AND " +
			by + " <= c.value ->> 'until' LIMIT ?)"
	}
	return "SELECT q.id FROM jsonb_to_recordset(?) AS c (client text, until timestamptz) CROSS JOIN LATERAL (SELECT id FROM sessions " +
		"WHERE ended_at IS NULL AND client_id = c.client AND " + by + " <= c.until ORDER BY " + by + " LIMIT ?) AS q"
}

// cutsOf writes the times of clients as one value of a statement.
func cutsOf(times map[idp.ClientID]time.Time) (string, error) {
	type cut struct {
		Client idp.ClientID `json:"client"`
		Until  string       `json:"until"`
	}
	cuts := make([]cut, 0, len(times))
	for client, until := range times {
		cuts = append(cuts, cut{client, at(until).at.Format(stampLayout)})
	}
	text, err := json.Marshal(cuts)
	return string(text), err
}
