package restore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Older is the error of a database that is older than what this installation has seen of it, or that a restore has not been finished
// on. errors.Is takes it for idp.ErrUnavailable.
type Older struct {
	Seen       Mark // the zero mark: a restore was begun and not finished
	Unfinished bool
}

// Error says in one line what was seen and what to do.
func (o *Older) Error() string {
	const then = `run "apsid restore-done", which signs everybody out and lets nothing come back that was ended after the backup`
	if o.Unfinished {
		return `"apsid restore-done" was begun on this database and did not end: run it again`
	}
	return fmt.Sprintf("the database is older than what this installation has seen: event %d of its audit trail, of %s, is missing; if a backup was restored, %s",
		o.Seen.Place.Size, o.Seen.Place.At.UTC().Format(time.RFC3339), then)
}

// Unwrap makes errors.Is take it for idp.ErrUnavailable.
func (*Older) Unwrap() error { return idp.ErrUnavailable }

// judge compares the database with a mark: *Older if it has lost what the mark has seen.
//
// A later epoch in the database accounts for every mark of an earlier one: the operator has said that a backup was restored. In the
// same epoch, the tree must have had the mark's root at the mark's size. A leaf that has left for an archive is older than any event
// that a restore is about: the tree goes on beyond it.
func (w *Watch) judge(ctx context.Context, epoch idp.Epoch, seen Mark) error {
	switch {
	case seen.Place.Size == 0 && !epoch.Since.Before(seen.Epoch.Since):
		return nil
	case epoch.Since.After(seen.Epoch.Since):
		return nil
	case epoch.Since.Before(seen.Epoch.Since):
		return &Older{Seen: seen}
	}
	leaf, err := w.store.FindLeaf(ctx, seen.Place.Size-1)
	if err == nil && leaf.Root == seen.Place.Root {
		return nil
	}
	if err == nil {
		return &Older{Seen: seen}
	}
	if !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	newest, err := w.store.NewestCheckpoint(ctx)
	switch {
	case errors.Is(err, idp.ErrNotFound) || err == nil && newest.Size < seen.Place.Size:
		return &Older{Seen: seen}
	default:
		return err
	}
}
