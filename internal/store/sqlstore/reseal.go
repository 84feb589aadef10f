package sqlstore

import (
	"context"
	"encoding/base64"
	"fmt"
)

const (
	// prefixBytes is how many bytes at the beginning of a sealed value tell its key.
	prefixBytes = 5
	// prefixLetters is how many letters of base64 hold them; the last holds two bits more.
	prefixLetters = 7
)

// SealedCount is how many values of a column begin alike: they were sealed with one key.
type SealedCount struct {
	Column string // table.column
	Prefix []byte // of prefixBytes bytes, or less where the value was not sealed
	Values int64
}

// CountSealed counts the sealed values of every column by the key that sealed them.
func (q queries) CountSealed(ctx context.Context) ([]SealedCount, error) {
	var counts []SealedCount
	for _, c := range sealedColumns() {
		rows := []struct {
			Prefix []byte
			Amount int64
		}{}
		err := q.raw(ctx, &rows, fmt.Sprintf("SELECT %s AS prefix, count(*) AS amount FROM %s WHERE %s IS NOT NULL GROUP BY 1 ORDER BY 1",
			c.prefix(), c.table, c.value))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			counts = append(counts, SealedCount{Column: c.String(), Prefix: c.decoded(r.Prefix), Values: r.Amount})
		}
	}
	return counts, nil
}

// Resealed is how far a run of Reseal came in one column.
type Resealed struct {
	Column  string // table.column
	Done    int64  // values that are sealed with the new key now
	Skipped int64  // values that could not be opened: they are left as they are
	Left    int64  // values that were not looked at yet
}

// Reseal seals the values again that another key than the one with this prefix sealed, in batches, and calls progress after each of
// them: its error ends the work, which goes on from there when it is called again. A value that is changed meanwhile is left to who
// changed it, and a value that does not open in its place stays as it is. Any number of nodes may work beside it.
func (s *Store) Reseal(ctx context.Context, prefix []byte, batch int, progress func(Resealed) error) error {
	for _, c := range sealedColumns() {
		if err := s.resealColumn(ctx, c, prefix, batch, progress); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
	}
	return nil
}

func (s *Store) resealColumn(ctx context.Context, c sealedColumn, prefix []byte, batch int, progress func(Resealed) error) error {
	after := ""
	if c.numbered {
		after = "-1"
	}
	done := Resealed{Column: c.String()}
	var err error
	done.Left, err = s.countOthers(ctx, c, prefix)
	if err != nil {
		return err
	}
	for {
		var rows []sealedRow
		err := s.raw(ctx, &rows, fmt.Sprintf("SELECT %s AS id, %s AS name, %s AS value FROM %s WHERE %s NOT IN ? AND %s > ? ORDER BY %s LIMIT ?",
			c.id, c.row, c.value, c.table, c.prefix(), c.id, c.id), c.encoded(prefix), after, batch)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			done.Left = 0 // what is counted here still was deleted, or sealed by a node
			return progress(done)
		}
		after = rows[len(rows)-1].ID
		changed, skipped, err := s.resealRows(ctx, c, rows)
		if err != nil {
			return err
		}
		done.Done, done.Skipped, done.Left = done.Done+changed, done.Skipped+skipped, max(done.Left-int64(len(rows)), 0)
		if err := progress(done); err != nil {
			return err
		}
	}
}

// sealedRow is a sealed value; Value is base64 where it stands in JSON.
type sealedRow struct {
	ID, Name string
	Value    []byte
}

// resealRows seals the values again in one short transaction.
func (s *Store) resealRows(ctx context.Context, c sealedColumn, rows []sealedRow) (changed, skipped int64, err error) {
	fresh := make([][]byte, len(rows))
	for i, r := range rows {
		fresh[i], err = s.resealed(c, r)
		if err != nil { // it was sealed elsewhere, or with a key that is gone
			skipped++
		}
	}
	err = s.InTx(ctx, func(tx *Tx) error {
		changed = 0
		for i, r := range rows {
			if fresh[i] == nil {
				continue
			}
			swapped, err := tx.swap(ctx, c, r, fresh[i])
			if err != nil {
				return err
			}
			changed += swapped
		}
		return nil
	})
	return changed, skipped, err
}

func (s *Store) resealed(c sealedColumn, r sealedRow) ([]byte, error) {
	sealed := r.Value
	if c.inJSON {
		decoded, err := base64.StdEncoding.DecodeString(string(r.Value))
		if err != nil {
			return nil, err
		}
		sealed = decoded
	}
	where := place(c.table, c.column, r.Name)
	plain, err := s.sealer.Open(sealed, where)
	if err != nil {
		return nil, err
	}
	fresh, err := s.sealer.Seal(plain, where)
	if err != nil || !c.inJSON {
		return fresh, err
	}
	return base64.StdEncoding.AppendEncode(nil, fresh), nil
}

// swap puts a value in the place of the one that was read there; 0 if another is there by now.
func (tx *Tx) swap(ctx context.Context, c sealedColumn, was sealedRow, fresh []byte) (int64, error) {
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	set, now, before := "?", any(fresh), any(was.Value)
	if c.inJSON {
		now, before = string(fresh), string(was.Value)
		set = "jsonb_set(args, '$.sealed', ?)"
		if tx.db.Name() == string(Postgres) {
			set = "jsonb_set(args, '{sealed}', to_jsonb(CAST(? AS text)))"
		}
	}
	done := tx.db.WithContext(ctx).Exec(fmt.Sprintf("UPDATE %s SET %s = %s WHERE %s = ? AND %s = ?", c.table, c.column, set, c.id, c.value),
		now, was.ID, before)
	return done.RowsAffected, mapError(done.Error)
}

// countOthers counts the values that another key sealed.
func (q queries) countOthers(ctx context.Context, c sealedColumn, prefix []byte) (count int64, err error) {
	err = q.raw(ctx, &count, fmt.Sprintf("SELECT count(*) FROM %s WHERE %s NOT IN ?", c.table, c.prefix()), c.encoded(prefix))
	return count, err
}

func (q queries) raw(ctx context.Context, rows any, statement string, values ...any) error {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	return mapFind(q.db.WithContext(ctx).Raw(statement, values...).Scan(rows).Error)
}

// String is table.column.
func (c sealedColumn) String() string { return c.table + "." + c.column }

// prefix is SQL: the part of a value that tells its key.
func (c sealedColumn) prefix() string {
	if c.inJSON {
		return fmt.Sprintf("substr(%s, 1, %d)", c.value, prefixLetters)
	}
	return fmt.Sprintf("substr(%s, 1, %d)", c.value, prefixBytes)
}

// encoded lists what prefix may give for a key: base64 spreads the last bits of its fifth byte over a letter with two bits of the next.
func (c sealedColumn) encoded(prefix []byte) []any {
	if !c.inJSON {
		return []any{prefix}
	}
	var all []any
	for next := range 4 {
		text := base64.StdEncoding.EncodeToString(append(append([]byte{}, prefix...), byte(next<<6)))
		all = append(all, text[:prefixLetters])
	}
	return all
}

// decoded reverses encoded.
func (c sealedColumn) decoded(part []byte) []byte {
	if !c.inJSON {
		return part
	}
	bytes, err := base64.StdEncoding.DecodeString(string(part) + "A")
	if err != nil {
		return nil
	}
	return bytes[:prefixBytes]
}
