package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// installedRow is one thing that is true of the whole installation, whichever node asks.
type installedRow struct {
	Name      text `gorm:"primaryKey"`
	Value     text
	ChangedAt stamp
}

// TableName names the table.
func (installedRow) TableName() string { return "installation" }

// FindInstalled returns what is recorded under the name; idp.ErrNotFound if nothing is.
func (q queries) FindInstalled(ctx context.Context, name string) (string, error) {
	var row installedRow
	err := q.take(ctx, &row, where("name = ?", text(name)))
	return string(row.Value), err
}

// FindAllInstalled returns what is recorded under each of the names, at one moment; nothing for those under which nothing is.
func (q queries) FindAllInstalled(ctx context.Context, names ...string) (map[string]string, error) {
	var rows []installedRow
	if err := q.find(ctx, &rows, where("name IN ?", texts(names))); err != nil {
		return nil, err
	}
	values := make(map[string]string, len(rows))
	for _, row := range rows {
		values[string(row.Name)] = string(row.Value)
	}
	return values, nil
}

// CreateInstalled records a value unless there is one, and returns the one that holds: of nodes that start together, all get the
// value of the first.
func (s *Store) CreateInstalled(ctx context.Context, name, value string, now time.Time) (string, error) {
	held := ""
	err := s.InTx(ctx, func(tx *Tx) (err error) {
		row := installedRow{Name: text(name), Value: text(value), ChangedAt: at(now)}
		if _, err := tx.insert(ctx, &row, clause.OnConflict{DoNothing: true}); err != nil {
			return err
		}
		held, err = tx.FindInstalled(ctx, name)
		return err
	})
	return held, err
}

// PutInstalled records a value in place of the one that is there.
func (tx *Tx) PutInstalled(ctx context.Context, name, value string, now time.Time) error {
	row := installedRow{Name: text(name), Value: text(value), ChangedAt: at(now)}
	_, err := tx.insert(ctx, &row, clause.OnConflict{Columns: []clause.Column{{Name: "name"}}, UpdateAll: true})
	return err
}

// ReplaceInstalled records the value to if the one that is there is from, and reports whether it was.
func (tx *Tx) ReplaceInstalled(ctx context.Context, name, from, to string, now time.Time) (bool, error) {
	changed, err := tx.update(ctx, &installedRow{}, where("name = ? AND value = ?", text(name), text(from)),
		map[string]any{"value": text(to), "changed_at": at(now)})
	return changed > 0, err
}

// Installed is a recorded value.
type Installed struct {
	Name, Value string
	ChangedAt   time.Time
}

// ListInstalled lists what is recorded under names that begin so, by name.
func (q queries) ListInstalled(ctx context.Context, prefix string) ([]Installed, error) {
	var rows []installedRow
	begins := beginsWith(prefix)
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB { return begins(db).Order("name") })
	if err != nil {
		return nil, err
	}
	list := make([]Installed, len(rows))
	for i, r := range rows {
		list[i] = Installed{Name: string(r.Name), Value: string(r.Value), ChangedAt: r.ChangedAt.at}
	}
	return list, nil
}

// DeleteInstalled forgets what is recorded under names that begin so, and was recorded before an instant.
func (tx *Tx) DeleteInstalled(ctx context.Context, prefix string, before time.Time) error {
	begins := beginsWith(prefix)
	_, err := tx.remove(ctx, &installedRow{}, func(db *gorm.DB) *gorm.DB { return begins(db).Where("changed_at < ?", at(before)) })
	return err
}

func beginsWith(prefix string) build {
	return where("substr(name, 1, ?) = ?", len(prefix), text(prefix))
}
