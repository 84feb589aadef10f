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

// The columns as the indexes have them: rows of a version that did not know them leave them NULL.
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
func (s *Store) JoinSession(ctx context.Context, joined idp.Session, event idp.AuditEvent) error {
	return s.InTx(ctx, func(tx *Tx) error { return tx.JoinSession(ctx, joined, event) })
}

// JoinSession creates a session that rests on the proofs of another of the same user, and writes the event. It is
// idp.ErrConflict if that other one (SignOn) has a session of this app already, or has ended, or is not there; and
// idp.ErrNotFound if the user is not of the practice or the app does not exist. It is no sign-in: the user's last one stays.
func (tx *Tx) JoinSession(ctx context.Context, s idp.Session, event idp.AuditEvent) error {
	if err := tx.holdPractice(ctx, s.PracticeID); err != nil {
		return err
	}
	// In the order of EndUserSessions: nobody ends the user's sessions, or this sign-in, without seeing this one.
	if err := tx.holdUser(ctx, s.PracticeID, s.UserID); err != nil {
		return err
	}
	open := where("id = ? AND practice_id = ? AND user_id = ? AND sign_on IS NULL AND ended_at IS NULL",
		text(s.SignOn), text(s.PracticeID), text(s.UserID))
	err := tx.take(ctx, &sessionRow{}, locked(open))
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

// ListLapsed returns up to limit open sessions, all if they are fewer, of which one of these is at its time or before: the end
// of the lifetime, at now; the proofs, at that of their client in proved; the last activity, at that of their client in active.
//
// Each of these is a question of its own that an index answers, so that finding nothing costs nothing, however many are open.
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

// lapse collects questions for identifiers of open sessions.
type lapse struct {
	limit     int
	questions []string
	values    []any
}

// add asks for those that meet the condition, the smallest by first.
func (l *lapse) add(by, condition string, values ...any) {
	l.questions = append(l.questions, fmt.Sprintf("SELECT id FROM (SELECT id FROM sessions WHERE ended_at IS NULL AND %s ORDER BY %s LIMIT ?) AS q%d",
		condition, by, len(l.questions)))
	l.values = append(append(l.values, values...), l.limit)
}
