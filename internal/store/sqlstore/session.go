package sqlstore

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
)

type sessionRow struct {
	ID          text `gorm:"primaryKey"`
	PracticeID  text
	UserID      text
	ClientID    text
	BrowserHash text
	ACR         text          `gorm:"column:acr"`
	AMR         list[idp.AMR] `gorm:"column:amr"`
	AuthTime    stamp
	CreatedAt   stamp
	ExpiresAt   stamp
	EndedAt     stamp
	EndReason   text
}

// TableName names the table.
func (sessionRow) TableName() string { return "sessions" }

func sessionToRow(s idp.Session) sessionRow {
	return sessionRow{
		ID: text(s.ID), PracticeID: text(s.PracticeID), UserID: text(s.UserID), ClientID: text(s.ClientID),
		BrowserHash: text(s.BrowserHash), ACR: text(s.ACR), AMR: s.AMR, AuthTime: at(s.AuthTime),
		CreatedAt: at(s.CreatedAt), ExpiresAt: at(s.ExpiresAt), EndedAt: at(s.EndedAt), EndReason: text(s.EndReason),
	}
}

func (r sessionRow) domain() (idp.Session, error) {
	return idp.Session{
		ID: idp.SID(r.ID), PracticeID: idp.PracticeID(r.PracticeID), UserID: idp.UserID(r.UserID),
		ClientID: idp.ClientID(r.ClientID), BrowserHash: string(r.BrowserHash), ACR: idp.ACR(r.ACR), AMR: r.AMR,
		AuthTime: r.AuthTime.at, CreatedAt: r.CreatedAt.at, ExpiresAt: r.ExpiresAt.at,
		EndedAt: r.EndedAt.at, EndReason: idp.EndReason(r.EndReason),
	}, nil
}

// StartSession creates the session, and sets the user's last sign-in. One with this SID that belongs to the same user and
// app and has not ended only gets the new BrowserHash; any other is idp.ErrConflict. It is idp.ErrNotFound if the user is
// not of the practice or the app does not exist.
func (tx *Tx) StartSession(ctx context.Context, s idp.Session) error {
	row := sessionToRow(s)
	// First the user, as endUserSessions does: a session that starts beside it is either seen by it or comes after it.
	mine := where("id = ? AND practice_id = ?", row.UserID, row.PracticeID)
	changed, err := tx.update(ctx, &userRow{}, mine, map[string]any{"last_signin_at": later(row.CreatedAt)})
	if err != nil {
		return err
	}
	if changed == 0 {
		return idp.ErrNotFound
	}
	created, err := tx.insert(ctx, &row, clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoNothing: true})
	if err != nil || created {
		return err
	}
	return tx.rebindSession(ctx, row)
}

// later is the stored time of the last sign-in or this one, whichever is later.
func later(at stamp) clause.Expr {
	return gorm.Expr("CASE WHEN last_signin_at > ? THEN last_signin_at ELSE ? END", at, at)
}

// rebindSession carries a session that was started before to a new cookie: its sign-in was repeated after a failure
// between this database and the transaction's store.
func (tx *Tx) rebindSession(ctx context.Context, row sessionRow) error {
	same := where("id = ? AND practice_id = ? AND user_id = ? AND client_id = ? AND ended_at IS NULL",
		row.ID, row.PracticeID, row.UserID, row.ClientID)
	changed, err := tx.update(ctx, &sessionRow{}, same, map[string]any{"browser_hash": row.BrowserHash})
	if err == nil && changed == 0 {
		return idp.ErrConflict
	}
	return err
}

// FindSession returns it, ended or not; idp.ErrNotFound if there is none.
func (q queries) FindSession(ctx context.Context, id idp.SID) (idp.Session, error) {
	var row sessionRow
	if err := q.take(ctx, &row, where("id = ?", text(id))); err != nil {
		return idp.Session{}, err
	}
	return row.domain()
}

// FindSessionByBrowser returns the session of this cookie (by hash) at this app, ended or not, the newest if there are
// several; idp.ErrNotFound if there is none.
func (q queries) FindSessionByBrowser(ctx context.Context, browserHash string, client idp.ClientID) (idp.Session, error) {
	if browserHash == "" {
		return idp.Session{}, idp.ErrNotFound
	}
	var row sessionRow
	err := q.take(ctx, &row, func(db *gorm.DB) *gorm.DB {
		return db.Where("browser_hash = ? AND client_id = ?", text(browserHash), text(client)).Order("created_at DESC, id DESC")
	})
	if err != nil {
		return idp.Session{}, err
	}
	return row.domain()
}

// ListSessions lists the sessions of the user of this practice, of all its users if user is "", ended or not, newest first.
func (q queries) ListSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, page Page) ([]idp.Session, string, error) {
	var rows []sessionRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = db.Where("practice_id = ?", text(practice))
		if user != "" {
			db = db.Where("user_id = ?", text(user))
		}
		if page.After != "" {
			db = db.Where("(created_at, id) < (SELECT created_at, id FROM sessions WHERE id = ? AND practice_id = ?)",
				text(page.After), text(practice))
		}
		return page.more(db.Order("created_at DESC, id DESC"))
	})
	if err != nil {
		return nil, "", err
	}
	return cut(page, rows, func(r sessionRow) string { return string(r.ID) }, sessionRow.domain)
}

// EndSession is Tx.EndSession in a transaction of its own.
func (s *Store) EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended bool, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		ended, err = tx.EndSession(ctx, id, reason, event, now)
		return err
	})
	return ended && err == nil, err
}

// EndSession ends it with the reason, deletes its refresh tokens and writes the event. One that has ended already, or does
// not exist, is left alone: then ended is false and no event is written.
func (tx *Tx) EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (ended bool, err error) {
	open := where("id = ? AND ended_at IS NULL", text(id))
	changed, err := tx.update(ctx, &sessionRow{}, open, map[string]any{"ended_at": at(now), "end_reason": text(reason)})
	if err != nil || changed == 0 {
		return false, err
	}
	if err := tx.DeleteRefreshTokens(ctx, id); err != nil {
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

// EndUserSessions ends all sessions of the user, in the practice, with the reason, deletes their refresh tokens and returns
// them. For each it writes the event, with an identifier, the session, the user, the practice and the app filled in; if
// there are none it writes none.
func (tx *Tx) EndUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error) {
	ended, err := tx.endUserSessions(ctx, practice, user, reason, now)
	if err != nil {
		return nil, err
	}
	for _, s := range ended {
		each := event
		each.ID = idp.NewEventID(now)
		each.PracticeID, each.UserID, each.ClientID, each.SID = s.PracticeID, s.UserID, s.ClientID, s.ID
		if err := tx.AppendEvent(ctx, each); err != nil {
			return nil, err
		}
	}
	return ended, nil
}

// endUserSessions ends even those whose lifetime is over: a clock that is set back must not bring them to life again.
func (tx *Tx) endUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, now time.Time) ([]idp.Session, error) {
	err := tx.take(ctx, &userRow{}, locked(where("id = ? AND practice_id = ?", text(user), text(practice))))
	if errors.Is(err, idp.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var rows []sessionRow
	open := where("practice_id = ? AND user_id = ? AND ended_at IS NULL", text(practice), text(user))
	// Locked in one order, so that two who end the same sessions do not wait for each other.
	err = tx.find(ctx, &rows, locked(func(db *gorm.DB) *gorm.DB { return open(db).Order("id") }))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]text, 0, len(rows))
	ended := make([]idp.Session, 0, len(rows))
	for _, row := range rows {
		row.EndedAt, row.EndReason = at(now), text(reason)
		s, err := row.domain()
		if err != nil {
			return nil, err
		}
		ids, ended = append(ids, row.ID), append(ended, s)
	}
	_, err = tx.update(ctx, &sessionRow{}, where("id IN ?", ids), map[string]any{"ended_at": at(now), "end_reason": text(reason)})
	if err != nil {
		return nil, err
	}
	if _, err := tx.remove(ctx, &refreshRow{}, where("sid IN ?", ids)); err != nil {
		return nil, err
	}
	return ended, nil
}
