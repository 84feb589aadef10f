package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

type activationRow struct {
	ID             text `gorm:"primaryKey"`
	PracticeID     text
	RequestedBy    text
	RequestedAt    stamp
	Note           text
	State          text
	AnsweredByKind text
	AnsweredByID   text
	AnsweredAt     stamp
	Answer         text
	Version        int64
}

// TableName names the table.
func (activationRow) TableName() string { return "activations" }

func activationToRow(a idp.Activation) activationRow {
	return activationRow{
		ID: text(a.ID), PracticeID: text(a.PracticeID), RequestedBy: text(a.RequestedBy), RequestedAt: at(a.RequestedAt),
		Note: text(a.Note), State: text(a.State), AnsweredByKind: text(a.AnsweredBy.Kind), AnsweredByID: text(a.AnsweredBy.ID),
		AnsweredAt: at(a.AnsweredAt), Answer: text(a.Answer), Version: a.Version,
	}
}

func (r activationRow) domain() (idp.Activation, error) {
	return idp.Activation{
		ID: idp.ActivationID(r.ID), PracticeID: idp.PracticeID(r.PracticeID), RequestedBy: idp.UserID(r.RequestedBy),
		RequestedAt: r.RequestedAt.at, Note: string(r.Note), State: idp.ActivationState(r.State),
		AnsweredBy: idp.Actor{Kind: idp.ActorKind(r.AnsweredByKind), ID: string(r.AnsweredByID)}, AnsweredAt: r.AnsweredAt.at,
		Answer: string(r.Answer), Version: r.Version,
	}, nil
}

// CreateActivation stores a new request as version 1. It is idp.ErrConflict if the practice has one that is open, or the
// identifier exists, and idp.ErrNotFound if the practice does not.
func (tx *Tx) CreateActivation(ctx context.Context, a idp.Activation) error {
	row := activationToRow(a)
	row.Version = 1
	_, err := tx.insert(ctx, &row)
	return err
}

// UpdateActivation stores the state and the answer of a as version a.Version+1 if the stored one is a.Version, and is
// idp.ErrConflict otherwise. What was asked, by whom and for which practice never changes.
func (tx *Tx) UpdateActivation(ctx context.Context, a idp.Activation) error {
	row := activationToRow(a)
	mine := where("id = ? AND practice_id = ?", row.ID, row.PracticeID)
	return replace(ctx, tx, row, mine, "practice_id", "requested_by", "requested_at", "note")
}

// FindActivation returns idp.ErrNotFound if there is none.
func (q queries) FindActivation(ctx context.Context, id idp.ActivationID) (idp.Activation, error) {
	var row activationRow
	err := q.take(ctx, &row, where("id = ?", text(id)))
	if err != nil {
		return idp.Activation{}, err
	}
	return row.domain()
}

// LastActivation returns the practice's newest request; idp.ErrNotFound if it never made one.
func (q queries) LastActivation(ctx context.Context, practice idp.PracticeID) (idp.Activation, error) {
	var row activationRow
	err := q.take(ctx, &row, func(db *gorm.DB) *gorm.DB {
		return db.Where("practice_id = ?", text(practice)).Order("requested_at DESC, id DESC")
	})
	if err != nil {
		return idp.Activation{}, err
	}
	return row.domain()
}

// ListActivations lists the requests in a state, oldest first.
func (q queries) ListActivations(ctx context.Context, state idp.ActivationState, page Page) ([]idp.Activation, string, error) {
	var rows []activationRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = db.Where("state = ?", text(state))
		if page.After != "" {
			db = db.Where("(requested_at, id) > (SELECT requested_at, id FROM activations WHERE id = ?)", text(page.After))
		}
		return more(page, db.Order("requested_at, id"))
	})
	if err != nil {
		return nil, "", err
	}
	return cut(page, rows, func(r activationRow) string { return string(r.ID) }, activationRow.domain)
}
