package auditlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Fault is the first thing that is wrong with the trail.
type Fault struct {
	EventID idp.EventID // the event at fault, or the last one before it where that one is gone without a trace
	Index   int64       // of its leaf
	What    string      // "was altered", "was removed", …
}

// Error names the event.
func (f *Fault) Error() string {
	if f.EventID == "" {
		return fmt.Sprintf("audit log, leaf %d: %s", f.Index, f.What)
	}
	return fmt.Sprintf("audit log, event %s (leaf %d): %s", f.EventID, f.Index, f.What)
}

// Report says what was verified.
type Report struct {
	Events      int64      // with a leaf, all of them as they were; those that have left are among them if their files were read
	Archived    int64      // events that have left for archives
	Proved      bool       // those too: their files were read
	Checkpoints int        // with a signature of ours, all of them prefixes of the tree
	Newest      Checkpoint // to be kept elsewhere; zero: there is none yet
	Waiting     int        // events without a leaf so far, counted up to about a thousand
	Oldest      Record     // of those

	Restored []Restored // the restores of a backup that the trail tells of, in order
	Gap      *Gap       // what the checkpoint that was kept knows of and a restore has taken away; nil: nothing
}

// Restored is a restore of a backup, as its event tells of it.
type Restored struct {
	Restoration
	EventID idp.EventID
	By      string // who said so
}

// Gap is a part of the trail that is gone because a backup was restored: the events between the backup and the checkpoint that was kept
// were there, and nothing here can prove any more what they said.
type Gap struct {
	By     Restored
	Events int64     // that are gone, at least
	Until  time.Time // when the last of them that is known of was there
}

// maxWaiting bounds how many events without a leaf are counted.
const maxWaiting = 1000

// Verify recomputes the whole tree from the events. It answers with a *Fault for the first thing that is wrong; any
// other error means that the trail could not be read. kept is the text of a checkpoint that was kept elsewhere, "" for
// none: with it, a trail that was cut back together with its checkpoints is found too. If a restore of a backup did that, which only an
// event with a signed restoration of after the checkpoint shows, it is Report.Gap and no Fault. Memory does not grow with the trail.
//
// Events that have left for archives are proved by their files, in folder; without it ("") the proof begins where the last archive ends,
// as its signature says.
func Verify(ctx context.Context, store Store, kept, folder string) (Report, error) {
	stored, err := store.FindLogKey(ctx)
	if errors.Is(err, idp.ErrNotFound) {
		return verifyNothing(ctx, store, kept)
	}
	if err != nil {
		return Report{}, err
	}
	k, err := parseKey(stored)
	if err != nil {
		return Report{}, err
	}
	v := &verifier{store: store, key: k, tree: &tree{}}
	if err := v.keep(kept); err != nil {
		return Report{}, err
	}
	if err := v.archived(ctx, folder); err != nil {
		return v.report, err
	}
	if err := v.walk(ctx); err != nil {
		return v.report, err
	}
	return v.report, v.wait(ctx)
}

// verifyNothing verifies a log that has no key: then there may be no leaf, and no checkpoint kept elsewhere.
func verifyNothing(ctx context.Context, store Store, kept string) (Report, error) {
	leaves, err := store.ListSealed(ctx, 0, 1)
	if err != nil {
		return Report{}, err
	}
	if len(leaves) > 0 || kept != "" {
		return Report{}, &Fault{What: "the key of the log is gone: nothing can be proved any more"}
	}
	v := &verifier{store: store}
	return v.report, v.wait(ctx)
}

// verifier walks the tree from its first leaf.
type verifier struct {
	store  Store
	key    key
	tree   *tree
	last   idp.EventID // of the last good leaf
	report Report

	pending []Checkpoint // read, and of trees not reached yet
	read    int64        // up to this size

	kept  signed // the checkpoint from outside; size 0: none
	other *Fault // the trail is another one than at kept
}

// keep takes a checkpoint from outside.
func (v *verifier) keep(text string) error {
	if text == "" {
		return nil
	}
	kept, err := v.key.open(text)
	if err != nil {
		return fmt.Errorf("the checkpoint that was kept: %w", err)
	}
	v.kept = kept
	return nil
}

func (v *verifier) walk(ctx context.Context) error {
	for {
		leaves, err := v.store.ListSealed(ctx, v.tree.size, batch)
		if err != nil {
			return err
		}
		for _, leaf := range leaves {
			if err := v.leaf(ctx, leaf); err != nil {
				return err
			}
		}
		if len(leaves) == batch {
			continue
		}
		if grown, err := v.end(ctx); err != nil || !grown {
			return err
		}
	}
}

// leaf checks one event and its place, and the signature after it.
func (v *verifier) leaf(ctx context.Context, s Sealed) error {
	if err := v.grow(ctx, s); err != nil {
		return err
	}
	v.report.Events++
	return v.signed(ctx)
}

// grow checks one event and its place.
func (v *verifier) grow(ctx context.Context, s Sealed) error {
	at := v.tree.size
	if s.Index != at {
		return &Fault{EventID: v.last, Index: at, What: "the leaf after this event was removed"}
	}
	if s.Record == nil {
		return &Fault{EventID: s.EventID, Index: at, What: "was removed"}
	}
	hash, err := s.Record.hash()
	if err != nil {
		return err
	}
	if hash != s.Hash {
		return &Fault{EventID: s.EventID, Index: at, What: "was altered"}
	}
	if v.tree.add(hash) != s.Root {
		return &Fault{EventID: s.EventID, Index: at, What: "is not where it was: it was altered together with its leaf, moved, or something before it was removed"}
	}
	v.last = s.EventID
	return v.restored(ctx, s.Index, *s.Record)
}

// signed checks the signature over the tree as it is now, if there is one.
func (v *verifier) signed(ctx context.Context) error {
	size, root := v.tree.size, v.tree.root()
	v.compare()
	next, err := v.nextCheckpoint(ctx)
	if err != nil || next == nil || next.Size > size {
		return err
	}
	says, err := v.key.open(next.Note)
	if err != nil || says.size != next.Size || next.Size != size {
		return &Fault{EventID: v.last, Index: size - 1, What: "the checkpoint after this event was forged"}
	}
	if says.root != root {
		return &Fault{EventID: v.last, Index: size - 1, What: "an event up to this one, and after the checkpoint before, was altered together with the tree"}
	}
	v.pending = v.pending[1:]
	v.report.Checkpoints++
	v.report.Newest = *next
	return nil
}

// compare checks the tree as it is now against the checkpoint that was kept, if that is of the same size. A restore may account for a
// difference: see end.
func (v *verifier) compare() {
	if v.kept.size == v.tree.size && v.kept.root != v.tree.root() {
		v.other = &Fault{EventID: v.last, Index: v.tree.size - 1, What: "the trail up to this event is not the one of the checkpoint that was kept"}
	}
}

// nextCheckpoint is the one of the smallest tree not passed yet; nil if there is none.
func (v *verifier) nextCheckpoint(ctx context.Context) (*Checkpoint, error) {
	if len(v.pending) == 0 { // asked again each time: nodes seal meanwhile
		more, err := v.store.ListCheckpoints(ctx, v.read, batch)
		if err != nil {
			return nil, err
		}
		v.pending = more
		if len(more) > 0 {
			v.read = more[len(more)-1].Size
		}
	}
	if len(v.pending) == 0 {
		return nil, nil
	}
	return &v.pending[0], nil
}

// end checks that nothing is missing after the last leaf, and that a signature covers it. Nodes go on sealing meanwhile: leaves and the
// checkpoint that covers them come together, so a checkpoint that is ahead is no fault if leaves have come too. Then the trail has grown.
func (v *verifier) end(ctx context.Context) (grown bool, err error) {
	size := v.tree.size
	next, err := v.nextCheckpoint(ctx)
	if err != nil {
		return false, err
	}
	more, err := v.store.ListSealed(ctx, size, 1)
	if err != nil || len(more) > 0 {
		return err == nil, err
	}
	switch {
	case next != nil:
		return false, v.cut(next.Size, "a checkpoint")
	case v.kept.size > size:
		v.other = v.cut(v.kept.size, "the checkpoint that was kept")
	}
	v.account()
	switch {
	case v.other != nil:
		return false, v.other
	case size > 0 && v.report.Newest.Size != size:
		return false, &Fault{EventID: v.last, Index: size - 1, What: "no checkpoint covers this event: its signature was removed"}
	}
	return false, nil
}

func (v *verifier) cut(size int64, by string) *Fault {
	return &Fault{EventID: v.last, Index: v.tree.size, What: fmt.Sprintf("after this event the trail was cut off: %d events that %s knows of are gone", size-v.tree.size, by)}
}

// wait counts the events that have no leaf yet.
func (v *verifier) wait(ctx context.Context) error {
	after := idp.EventID("")
	for v.report.Waiting < maxWaiting {
		waiting, next, err := v.store.ListUnsealed(ctx, after, batch)
		if err != nil {
			return err
		}
		if len(waiting) > 0 && v.report.Waiting == 0 {
			v.report.Oldest = waiting[0]
		}
		v.report.Waiting += len(waiting)
		if after = next; next == "" {
			return nil
		}
	}
	return nil
}

// Late reports whether an event has waited so long for its leaf that something is wrong: no node seals, or the event was written
// by hand.
func (r Report) Late(now time.Time) bool {
	return r.Waiting > 0 && now.Sub(r.Oldest.At) > late
}
