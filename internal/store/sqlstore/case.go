package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

type caseRow struct {
	ID         text `gorm:"primaryKey"`
	PracticeID text
	UserID     text
	Action     text
	Reason     text
	State      text
	OpenedBy   text
	OpenedAt   stamp
	Checks     list[checkItem]
	CodeHash   text
	CodeTo     text
	CodeUntil  stamp
	CodeMisses int
	DecidedBy  text
	DecidedAt  stamp
	Decision   text
	ActUntil   stamp
	DoneBy     text
	DoneAt     stamp
	Version    int64
}

// TableName names the table.
func (caseRow) TableName() string { return "support_cases" }

// checkItem is a check inside the row.
type checkItem struct {
	Name    idp.CheckName   `json:"name"`
	Result  idp.CheckResult `json:"result"`
	How     string          `json:"how,omitempty"`
	By      idp.UserID      `json:"by"`
	Reader  idp.UserID      `json:"reader,omitempty"`
	Voucher idp.UserID      `json:"voucher,omitempty"`
	At      time.Time       `json:"at"`
}

func caseToRow(c idp.Case) caseRow {
	row := caseRow{
		ID: text(c.ID), PracticeID: text(c.PracticeID), UserID: text(c.UserID), Action: text(c.Action), Reason: text(c.Reason),
		State: text(c.State), OpenedBy: text(c.OpenedBy), OpenedAt: at(c.OpenedAt),
		CodeHash: text(c.CodeHash.Reveal()), CodeTo: text(c.CodeTo), CodeUntil: at(c.CodeUntil), CodeMisses: c.CodeMisses,
		DecidedBy: text(c.DecidedBy), DecidedAt: at(c.DecidedAt), Decision: text(c.Decision), ActUntil: at(c.ActUntil),
		DoneBy: text(c.DoneBy), DoneAt: at(c.DoneAt), Version: c.Version,
	}
	for _, check := range c.Checks {
		row.Checks = append(row.Checks, checkItem{check.Name, check.Result, check.How, check.By, check.Reader, check.Voucher, at(check.At).at})
	}
	return row
}

func (r caseRow) domain() (idp.Case, error) {
	c := idp.Case{
		ID: idp.CaseID(r.ID), PracticeID: idp.PracticeID(r.PracticeID), UserID: idp.UserID(r.UserID), Action: idp.CaseAction(r.Action),
		Reason: string(r.Reason), State: idp.CaseState(r.State), OpenedBy: idp.UserID(r.OpenedBy), OpenedAt: r.OpenedAt.at,
		CodeHash: idp.NewSecret(string(r.CodeHash)), CodeTo: idp.UserID(r.CodeTo), CodeUntil: r.CodeUntil.at, CodeMisses: r.CodeMisses,
		DecidedBy: idp.UserID(r.DecidedBy), DecidedAt: r.DecidedAt.at, Decision: string(r.Decision), ActUntil: r.ActUntil.at,
		DoneBy: idp.UserID(r.DoneBy), DoneAt: r.DoneAt.at, Version: r.Version,
	}
	for _, check := range r.Checks {
		c.Checks = append(c.Checks, idp.CaseCheck{Name: check.Name, Result: check.Result, How: check.How, By: check.By, Reader: check.Reader, Voucher: check.Voucher, At: at(check.At).at})
	}
	return c, nil
}

// CreateCase stores a new case as version 1. It is idp.ErrNotFound if the person is not of the practice, and idp.ErrConflict if
// the identifier exists.
func (tx *Tx) CreateCase(ctx context.Context, c idp.Case) error {
	row := caseToRow(c)
	row.Version = 1
	_, err := tx.insert(ctx, &row)
	return err
}

// UpdateCase stores c as version c.Version+1 if the stored one is c.Version, and is idp.ErrConflict otherwise. What was asked
// for, by whom, for whom and why never changes: a case for another person is idp.ErrNotFound.
func (tx *Tx) UpdateCase(ctx context.Context, c idp.Case) error {
	row := caseToRow(c)
	mine := where("id = ? AND practice_id = ? AND user_id = ?", row.ID, row.PracticeID, row.UserID)
	return replace(ctx, tx, row, mine, "practice_id", "user_id", "action", "reason", "opened_by", "opened_at")
}

// FindCase returns idp.ErrNotFound if there is none.
func (q queries) FindCase(ctx context.Context, id idp.CaseID) (idp.Case, error) {
	var row caseRow
	err := q.take(ctx, &row, where("id = ?", text(id)))
	if err != nil {
		return idp.Case{}, err
	}
	return row.domain()
}

// SearchCases lists cases, newest first.
func (q queries) SearchCases(ctx context.Context, query directory.CaseQuery, page Page) ([]idp.Case, string, error) {
	var rows []caseRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		db = narrow(db, "practice_id = ?", string(query.PracticeID))
		db = narrow(db, "user_id = ?", string(query.UserID))
		db = narrow(db, "opened_by = ?", string(query.OpenedBy))
		if len(query.States) > 0 {
			db = db.Where("state IN ?", texts(query.States))
		}
		if page.After != "" {
			db = db.Where("(opened_at, id) < (SELECT opened_at, id FROM support_cases WHERE id = ?)", text(page.After))
		}
		return more(page, db.Order("opened_at DESC, id DESC"))
	})
	if err != nil {
		return nil, "", err
	}
	return cut(page, rows, func(r caseRow) string { return string(r.ID) }, caseRow.domain)
}
