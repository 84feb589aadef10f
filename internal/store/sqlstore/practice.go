package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

type practiceRow struct {
	ID              text `gorm:"primaryKey"`
	Name            text
	Kind            text
	State           text
	Region          text
	TimeZone        text
	MFA             text
	MFARequiredFrom stamp `gorm:"column:mfa_required_from"`
	Phone           text
	PhishingFrom    stamp `gorm:"column:phishing_resistance_from"`
	PhishingAdmins  stamp `gorm:"column:phishing_resistance_administrators_from"`
	PasskeyModels   list[string]
	Apps            list[idp.ClientID]
	CreatedAt       stamp
	UpdatedAt       stamp
	Version         int64
}

// TableName names the table.
func (practiceRow) TableName() string { return "practices" }

func practiceToRow(p idp.Practice) practiceRow {
	return practiceRow{
		ID: text(p.ID), Name: text(p.Name), Kind: text(p.Kind), State: text(p.State), Region: text(p.Region),
		TimeZone: text(p.TimeZone), MFA: text(p.MFA), MFARequiredFrom: at(p.MFARequiredFrom),
		Phone: text(p.Phone), PhishingFrom: at(p.PhishingResistanceFrom), PhishingAdmins: at(p.PhishingResistanceAdministratorsFrom),
		PasskeyModels: p.PasskeyModels, Apps: p.Apps,
		CreatedAt: at(p.CreatedAt), UpdatedAt: at(p.UpdatedAt), Version: p.Version,
	}
}

func (r practiceRow) domain() (idp.Practice, error) {
	return idp.Practice{
		ID: idp.PracticeID(r.ID), Kind: idp.PracticeKind(r.Kind), State: idp.PracticeState(r.State), MFA: idp.MFAState(r.MFA),
		MFARequiredFrom: r.MFARequiredFrom.at, Apps: r.Apps, CreatedAt: r.CreatedAt.at, UpdatedAt: r.UpdatedAt.at, Version: r.Version,
		PracticeDetails: idp.PracticeDetails{
			Name: string(r.Name), Region: idp.Region(r.Region), TimeZone: string(r.TimeZone), Phone: string(r.Phone),
			PhishingResistanceFrom: r.PhishingFrom.at, PhishingResistanceAdministratorsFrom: r.PhishingAdmins.at, PasskeyModels: r.PasskeyModels,
		},
	}, nil
}

// CreatePractice stores a new practice as version 1; idp.ErrConflict if its identifier exists.
func (tx *Tx) CreatePractice(ctx context.Context, p idp.Practice) error {
	row := practiceToRow(p)
	row.Version = 1
	_, err := tx.insert(ctx, &row)
	return err
}

// UpdatePractice stores p as version p.Version+1 if the stored one is p.Version, and idp.ErrConflict otherwise. The kind
// and the time of creation never change.
func (tx *Tx) UpdatePractice(ctx context.Context, p idp.Practice) error {
	row := practiceToRow(p)
	tx.outdates(idp.CopiedClients) // an integration is off while its practice is
	tx.outdates(idp.CopiedStanding)
	return replace(ctx, tx, row, where("id = ?", row.ID), "kind", "created_at")
}

// FindPractice returns idp.ErrNotFound if there is none.
func (q queries) FindPractice(ctx context.Context, id idp.PracticeID) (idp.Practice, error) {
	var row practiceRow
	if err := q.take(ctx, &row, where("id = ?", text(id))); err != nil {
		return idp.Practice{}, err
	}
	return row.domain()
}

// SearchPractices lists practices by name, then identifier.
func (q queries) SearchPractices(ctx context.Context, query directory.PracticeQuery, page Page) ([]idp.Practice, string, error) {
	var rows []practiceRow
	err := q.list(ctx, practicesByName, &rows, func(db *gorm.DB) *gorm.DB {
		return narrow(narrow(db, "state = ?", string(query.State)), "mfa = ?", string(query.MFA))
	}, page, query.Search, func(s search, id, name string) bool { return s.whole == id || s.finds(idp.Fold(name)) })
	if err != nil {
		return nil, "", err
	}
	return cut(page, rows, func(r practiceRow) string { return string(r.ID) }, practiceRow.domain)
}
