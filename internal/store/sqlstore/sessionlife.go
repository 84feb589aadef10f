package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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
// An index answers each condition in a subquery of its own, so that a search that finds nothing stays cheap, however many
// sessions are open.
func (q queries) ListLapsed(ctx context.Context, now time.Time, proved, active map[idp.ClientID]time.Time, limit int) ([]idp.Session, error) {
	ask := lapse{limit: limit}
	ask.add("expires_at", "expires_at <= ?", at(now))
	for _, client := range slices.Sorted(maps.Keys(proved)) {
		ask.add("auth_time", "client_id = ? AND auth_time <= ?", text(client), at(proved[client]))
	}
	for _, client := range slices.Sorted(maps.Keys(active)) {
		ask.add(lastActivity, "client_id = ? AND "+lastActivity+" <= ?", text(client), at(active[client]))
	}
	var rows []sessionRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Where("id IN ("+strings.Join(ask.questions, " UNION ")+")", ask.values...).Order("created_at, id").Limit(limit)
	})
	if err != nil {
		return nil, err
	}
	return sessions(rows)
}

// lapse collects subqueries for identifiers of open sessions.
type lapse struct {
	limit     int
	questions []string
	values    []any
}

// add adds a subquery for sessions that meet the condition, those with the smallest value of by first.
func (l *lapse) add(by, condition string, values ...any) {
	l.questions = append(l.questions, fmt.Sprintf("SELECT id FROM (SELECT id FROM sessions WHERE ended_at IS NULL AND %s ORDER BY %s LIMIT ?) AS q%d",
		condition, by, len(l.questions)))
	l.values = append(append(l.values, values...), l.limit)
}
