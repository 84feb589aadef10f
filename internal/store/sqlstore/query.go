package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
)

// queries are the reads that Store and Tx share, and the helpers they are made of.
type queries struct {
	db     *gorm.DB
	joins  joins
	sealer Sealer
	limit  time.Duration
	until  time.Time // when the transaction must be over; zero outside one
}

// bound gives ctx the time limit of a call.
func (q queries) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if q.until.IsZero() {
		return context.WithTimeout(ctx, q.limit)
	}
	return context.WithDeadline(ctx, q.until)
}

// build completes a statement.
type build func(*gorm.DB) *gorm.DB

// take reads one row into row; idp.ErrNotFound if there is none.
func (q queries) take(ctx context.Context, row any, b build) error {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	err := b(q.db.WithContext(ctx)).Take(row).Error
	return mapFind(err)
}

// find reads all rows into rows, a pointer to a slice.
func (q queries) find(ctx context.Context, rows any, b build) error {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	err := b(q.db.WithContext(ctx)).Find(rows).Error
	return mapFind(err)
}

// insert writes a row. If the row exists already, on says what happens; without on the error is idp.ErrConflict. It reports whether
// a row was written.
func (tx *Tx) insert(ctx context.Context, row any, on ...clause.Expression) (bool, error) {
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	done := tx.db.WithContext(ctx).Clauses(on...).Create(row)
	return done.RowsAffected > 0, mapError(done.Error)
}

// update sets columns of the rows of model's table that b selects, and returns how many rows it changed.
func (tx *Tx) update(ctx context.Context, model any, b build, columns map[string]any) (int64, error) {
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	done := b(tx.db.WithContext(ctx).Model(model)).UpdateColumns(columns)
	return done.RowsAffected, mapError(done.Error)
}

// columns returns the columns of a row with their values, for update: all but those named in stay. So a new column is written
// unless its name is added to stay.
func (tx *Tx) columns(row any, stay ...string) (map[string]any, error) {
	statement := &gorm.Statement{DB: tx.db}
	if err := statement.Parse(row); err != nil {
		return nil, err
	}
	set, value := map[string]any{}, reflect.ValueOf(row)
	for _, name := range statement.Schema.DBNames {
		set[name], _ = statement.Schema.FieldsByDBName[name].ValueOf(tx.db.Statement.Context, value)
	}
	for _, name := range stay {
		if _, found := set[name]; !found {
			return nil, fmt.Errorf("%s has no column %s", statement.Table, name)
		}
		delete(set, name)
	}
	return set, nil
}

// replace writes a row over the stored one, as the next version, if the stored one has the same version; otherwise the error is
// idp.ErrConflict. mine selects the stored row whatever its version; the columns named in stay, and the identifier, are not changed.
func replace[R any](ctx context.Context, tx *Tx, row R, mine build, stay ...string) error {
	columns, err := tx.columns(row, append(stay, "id")...)
	if err != nil {
		return err
	}
	version, _ := columns["version"].(int64)
	columns["version"] = version + 1
	current := func(db *gorm.DB) *gorm.DB { return mine(db).Where("version = ?", version) }
	changed, err := tx.update(ctx, new(R), current, columns)
	if err != nil {
		return err
	}
	return tx.swapped(ctx, changed, new(R), mine)
}

// remove deletes the rows of model's table that b selects, and returns how many.
func (tx *Tx) remove(ctx context.Context, model any, b build) (int64, error) {
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	done := b(tx.db.WithContext(ctx)).Delete(model)
	return done.RowsAffected, mapError(done.Error)
}

// where is a build of one condition.
func where(condition string, values ...any) build {
	return func(db *gorm.DB) *gorm.DB { return db.Where(condition, values...) }
}

// narrow adds a condition on a value, unless the value is "".
func narrow(db *gorm.DB, condition, value string) *gorm.DB {
	if value == "" {
		return db
	}
	return db.Where(condition, text(value))
}

// texts are values as columns.
func texts[T ~string](values []T) []text {
	columns := make([]text, len(values))
	for i, v := range values {
		columns[i] = text(v)
	}
	return columns
}

// noneIfGone turns idp.ErrNotFound into nil, for callers to whom a missing row is no error.
func noneIfGone(err error) error {
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	return err
}

// swapped turns "no row had this identifier and version" into the right error: it is idp.ErrConflict if the row is there.
func (tx *Tx) swapped(ctx context.Context, changed int64, model any, b build) error {
	if changed > 0 {
		return nil
	}
	err := tx.take(ctx, model, b)
	if err != nil {
		return err
	}
	return idp.ErrConflict
}
