package sqlstore

import (
	"context"
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
	Factors     list[factorItem]
	AuthTime    stamp
	CreatedAt   stamp
	ExpiresAt   stamp
	// LastActivity and SignOn are NULL in rows of a release that had neither: see domain.
	LastActivity stamp
	SignOn       optional
	EndedAt      stamp
	EndReason    text
}

// TableName names the table.
func (sessionRow) TableName() string { return "sessions" }

// factorItem is an idp.Factor inside the row.
type factorItem struct {
	Kind idp.Kind            `json:"kind"`
	ID   idp.AuthenticatorID `json:"id"`
	At   time.Time           `json:"at"`
}

func sessionToRow(s idp.Session) sessionRow {
	row := sessionRow{
		ID: text(s.ID), PracticeID: text(s.PracticeID), UserID: text(s.UserID), ClientID: text(s.ClientID),
		BrowserHash: text(s.BrowserHash), ACR: text(s.ACR), AMR: s.AMR, AuthTime: at(s.AuthTime),
		CreatedAt: at(s.CreatedAt), ExpiresAt: at(s.ExpiresAt), LastActivity: at(s.LastActivity),
		EndedAt: at(s.EndedAt), EndReason: text(s.EndReason),
	}
	for _, f := range s.Factors {
		row.Factors = append(row.Factors, factorItem{f.Kind, f.ID, at(f.At).at})
	}
	if s.SignOn != s.ID {
		row.SignOn = optional(s.SignOn)
	}
	return row
}

// domain reads a row: without a last activity, the session's beginning is its last activity; without a sign-on, the session
// rests on its own proofs.
func (r sessionRow) domain() (idp.Session, error) {
	s := idp.Session{
		ID: idp.SID(r.ID), PracticeID: idp.PracticeID(r.PracticeID), UserID: idp.UserID(r.UserID),
		ClientID: idp.ClientID(r.ClientID), BrowserHash: string(r.BrowserHash), ACR: idp.ACR(r.ACR), AMR: r.AMR,
		AuthTime: r.AuthTime.at, CreatedAt: r.CreatedAt.at, ExpiresAt: r.ExpiresAt.at,
		LastActivity: r.LastActivity.at, SignOn: idp.SID(r.SignOn), EndedAt: r.EndedAt.at, EndReason: idp.EndReason(r.EndReason),
	}
	for _, f := range r.Factors {
		s.Factors = append(s.Factors, idp.Factor{Kind: f.Kind, ID: f.ID, At: at(f.At).at})
	}
	if s.LastActivity.IsZero() {
		s.LastActivity = s.CreatedAt
	}
	if s.SignOn == "" {
		s.SignOn = s.ID
	}
	return s, nil
}

func sessions(rows []sessionRow) ([]idp.Session, error) {
	list := make([]idp.Session, 0, len(rows))
	for _, row := range rows {
		s, err := row.domain()
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// StartSession creates the session, and sets the user's last sign-in. If a session with this SID exists that belongs to the same
// user and app and has not ended, it only gets the new BrowserHash; any other is idp.ErrConflict. It is idp.ErrNotFound if the
// user is not of the practice or the app does not exist, and idp.ErrUnavailable in another epoch than EnterEpoch has told of.
func (tx *Tx) StartSession(ctx context.Context, s idp.Session) error {
	row := sessionToRow(s)
	if tx.joins.hold != "" && tx.entered != nil && tx.heldPractice == s.PracticeID {
		return tx.startAtOnce(ctx, row)
	}
	if err := tx.holdEpoch(ctx); err != nil {
		return err
	}
	// The user and the practice are locked first, as in EndUserSessions and EndPracticeSessions: a session that starts beside them
	// is either seen by them or comes after them.
	mine := where("id = ? AND practice_id = ?", row.UserID, row.PracticeID)
	changed, err := tx.update(ctx, &userRow{}, mine, map[string]any{"last_signin_at": later(row.CreatedAt)})
	if err != nil {
		return err
	}
	if changed == 0 {
		return idp.ErrNotFound
	}
	if err := tx.holdPractice(ctx, s.PracticeID); err != nil {
		return err
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

// rebindSession gives a session that was started before a new cookie: its sign-in was repeated after a failure between this
// database and the transaction's store.
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
		return more(page, db.Order("created_at DESC, id DESC"))
	})
	if err != nil {
		return nil, "", err
	}
	return cut(page, rows, func(r sessionRow) string { return string(r.ID) }, sessionRow.domain)
}
