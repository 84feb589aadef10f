package restore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
)

// Mark is what was seen of the database: a place in the tree over its audit trail, in an epoch. A database in which the tree never
// had this root at this size has lost what was written since. The zero mark is of a database that was never seen.
type Mark struct {
	Epoch idp.Epoch
	Place auditlog.Place
}

// Before reports whether the mark tells less than the other.
func (m Mark) Before(other Mark) bool {
	if !m.Epoch.Since.Equal(other.Epoch.Since) {
		return m.Epoch.Since.Before(other.Epoch.Since)
	}
	return m.Place.Size < other.Place.Size
}

// Keeper keeps the mark of a trail outside of the database.
type Keeper interface {
	// FindMark returns the mark of the trail; the zero mark if there is none.
	FindMark(ctx context.Context, trail string) (Mark, error)
	// RaiseMark keeps the mark unless one is kept that tells more.
	RaiseMark(ctx context.Context, trail string, m Mark) error
}

type markText struct {
	Number int64     `json:"epoch"`
	Since  time.Time `json:"since"`
	Size   int64     `json:"size"`
	Root   string    `json:"root"`
	At     time.Time `json:"at"`
}

// MarshalText writes the mark as JSON, for keepers.
func (m Mark) MarshalText() ([]byte, error) {
	return json.Marshal(markText{
		Number: m.Epoch.Number, Since: m.Epoch.Since.UTC(), Size: m.Place.Size, Root: m.Place.Root.String(), At: m.Place.At.UTC(),
	})
}

// UnmarshalText reads what MarshalText wrote.
func (m *Mark) UnmarshalText(text []byte) error {
	var t markText
	if err := json.Unmarshal(text, &t); err != nil {
		return fmt.Errorf("not a mark: %w", err)
	}
	root, err := tlog.ParseHash(t.Root)
	if err != nil {
		return fmt.Errorf("not a mark: %w", err)
	}
	*m = Mark{
		Epoch: idp.Epoch{Number: t.Number, Since: t.Since.UTC()},
		Place: auditlog.Place{Size: t.Size, Root: root, At: t.At.UTC()},
	}
	return nil
}
