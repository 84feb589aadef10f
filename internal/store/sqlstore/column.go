package sqlstore

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// stampLayout has a fixed width, so that times compare right as text too.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// stamp is a point in time as a column: timestamptz on Postgres, text in stampLayout on SQLite; the zero time is NULL.
type stamp struct{ at time.Time }

// at cuts a time to what a column holds.
func at(t time.Time) stamp {
	if t.IsZero() {
		return stamp{}
	}
	return stamp{at: t.UTC().Truncate(time.Microsecond)}
}

// GormDataType keeps gorm from filling in times of its own.
func (stamp) GormDataType() string { return "stamp" }

// Value writes the time; Postgres reads the text as a timestamptz.
func (s stamp) Value() (driver.Value, error) {
	if s.at.IsZero() {
		return nil, nil
	}
	return s.at.Format(stampLayout), nil
}

// Scan reads it.
func (s *stamp) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*s = stamp{}
	case time.Time:
		*s = at(v)
	case string:
		t, err := time.Parse(stampLayout, v)
		if err != nil {
			return fmt.Errorf("time column: %w", err)
		}
		*s = at(t)
	default:
		return fmt.Errorf("time column: %T", value)
	}
	return nil
}

// text is free text as a column. Postgres cannot hold a NUL or what is not UTF-8, so text is refused alike for both engines.
type text string

// Value refuses what cannot be held, with errText.
func (t text) Value() (driver.Value, error) {
	if strings.ContainsRune(string(t), 0) || !utf8.ValidString(string(t)) {
		return nil, errText
	}
	return string(t), nil
}

// Scan reads it; NULL, which a joined row that is not there has, is empty.
func (t *text) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*t = ""
	case string:
		*t = text(v)
	case []byte:
		*t = text(v)
	default:
		return fmt.Errorf("text column: %T", value)
	}
	return nil
}

// clean makes any text storable: for the audit trail, which must never lose an event because of its content.
func clean(s string) text {
	return text(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD"))
}

// optional is a reference to another row that may be absent: empty is NULL.
type optional string

// Value writes NULL for none.
func (o optional) Value() (driver.Value, error) {
	if o == "" {
		return nil, nil
	}
	return text(o).Value()
}

// Scan reads it.
func (o *optional) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*o = ""
	case string:
		*o = optional(v)
	default:
		return fmt.Errorf("reference column: %T", value)
	}
	return nil
}

// list is a short list inside a row, as JSON text; an empty one is "[]" there and nil here.
type list[T any] []T

// Value writes it.
func (l list[T]) Value() (driver.Value, error) {
	if len(l) == 0 {
		return "[]", nil
	}
	raw, err := json.Marshal([]T(l))
	return string(raw), err
}

// Scan reads it.
func (l *list[T]) Scan(value any) error {
	if value == "[]" {
		*l = nil
		return nil
	}
	var items []T
	if err := scanJSON(value, &items); err != nil {
		return err
	}
	if len(items) == 0 {
		items = nil
	}
	*l = items
	return nil
}

// GormDataType tells gorm that it is one column.
func (list[T]) GormDataType() string { return "text" }

// details is a small map of texts, as JSON text.
type details map[string]string

// Value writes it.
func (d details) Value() (driver.Value, error) {
	if len(d) == 0 {
		return "{}", nil
	}
	raw, err := json.Marshal(map[string]string(d))
	return string(raw), err
}

// Scan reads it.
func (d *details) Scan(value any) error {
	var items map[string]string
	if err := scanJSON(value, &items); err != nil {
		return err
	}
	if len(items) == 0 {
		items = nil
	}
	*d = items
	return nil
}

// GormDataType tells gorm that it is one column.
func (details) GormDataType() string { return "text" }

func scanJSON(value, into any) error {
	switch v := value.(type) {
	case string:
		return json.Unmarshal([]byte(v), into)
	case []byte:
		return json.Unmarshal(v, into)
	default:
		return fmt.Errorf("JSON column: %T", value)
	}
}
