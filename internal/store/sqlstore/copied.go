package sqlstore

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
)

type copyRow struct {
	Name    text `gorm:"primaryKey"`
	Version int64
}

// TableName names the table.
func (copyRow) TableName() string { return "copies" }

// CopyVersions returns, for each kind of facts that nodes keep copies of, a number that is higher after each commit that changed
// some of them.
func (q queries) CopyVersions(ctx context.Context) (map[idp.Copied]int64, error) {
	var rows []copyRow
	if err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db }); err != nil {
		return nil, err
	}
	versions := make(map[idp.Copied]int64, len(rows))
	for _, row := range rows {
		versions[idp.Copied(row.Name)] = row.Version
	}
	return versions, nil
}

// outdates remembers that the transaction changes facts that nodes keep copies of.
func (tx *Tx) outdates(what idp.Copied) {
	if !slices.Contains(tx.outdated, what) {
		tx.outdated = append(tx.outdated, what)
	}
}

// count raises the version of what the transaction has changed. It is the last thing before the commit: every such transaction locks
// these rows after all others, in one order, so that no two of them wait for each other.
func (tx *Tx) count(ctx context.Context) error {
	for _, what := range slices.Sorted(slices.Values(tx.outdated)) {
		if what == idp.CopiedStanding {
			continue // its version is in Redis
		}
		raised := clause.OnConflict{
			Columns:   []clause.Column{{Name: "name"}},
			DoUpdates: clause.Assignments(map[string]any{"version": gorm.Expr("copies.version + 1")}),
		}
		if _, err := tx.insert(ctx, &copyRow{Name: text(what), Version: 1}, raised); err != nil {
			return err
		}
	}
	return nil
}
