package auditlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	batch = 500
	// late is how old an event may be when it is given a leaf: a transaction may commit after others that began later, and clocks of
	// nodes differ. An event that comes late gets a later leaf. One that is older than that was written by hand, and waits: Verify
	// finds it.
	late = 48 * time.Hour
)

// Sealer gives events their leaves. Any number of nodes may run one: only one of them gets the index of the next leaf, and the
// other begins again. It is used by one goroutine.
type Sealer struct {
	store Store
	key   key
	mark  idp.EventID // events of before are not given leaves any more
}

// NewSealer opens the log, and draws its key if it is new. Errors are those of the store.
func NewSealer(ctx context.Context, store Store, now time.Time) (*Sealer, error) {
	k, err := openKey(ctx, store, now)
	if err != nil {
		return nil, err
	}
	s := &Sealer{store: store, key: k}
	newest, err := store.NewestCheckpoint(ctx)
	if errors.Is(err, idp.ErrNotFound) {
		return s, nil // from the first event on
	}
	if err != nil {
		return nil, err
	}
	last, err := store.FindLeaf(ctx, newest.Size-1)
	if err == nil {
		s.mark = before(last.EventID, late)
	}
	return s, nil
}

func openKey(ctx context.Context, store Store, now time.Time) (key, error) {
	stored, err := store.FindLogKey(ctx)
	if !errors.Is(err, idp.ErrNotFound) {
		if err != nil {
			return key{}, err
		}
		return parseKey(stored)
	}
	drawn, err := NewKey()
	if err != nil {
		return key{}, err
	}
	err = store.CreateLogKey(ctx, drawn, now)
	if errors.Is(err, idp.ErrConflict) {
		return openKey(ctx, store, now)
	}
	if err != nil {
		return key{}, err
	}
	return parseKey(drawn)
}

// Seal gives every event that has none a leaf, in as many batches as it takes, and returns how many that were. Events that
// another node seals at the same moment are left to that node.
func (s *Sealer) Seal(ctx context.Context, now time.Time) (sealed int, err error) {
	for more := true; more && err == nil; {
		var some int
		some, more, err = s.SealSome(ctx, now)
		sealed += some
	}
	return sealed, err
}

// SealSome is one batch of Seal; more says that it was a full one. It costs what is new, however long the trail is.
func (s *Sealer) SealSome(ctx context.Context, now time.Time) (sealed int, more bool, err error) {
	records, err := s.store.ListWaiting(ctx, s.mark, batch)
	if err != nil {
		return 0, false, err
	}
	err = s.append(ctx, records, now)
	if errors.Is(err, idp.ErrConflict) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	if len(records) == batch {
		return batch, true, nil
	}
	s.mark = max(s.mark, markAt(now.Add(-late)))
	return len(records), false, nil
}

// append gives the records the next leaves.
func (s *Sealer) append(ctx context.Context, records []Record, now time.Time) error {
	if len(records) == 0 {
		return nil
	}
	t, drop, err := s.grown(ctx, now)
	if err != nil {
		return err
	}
	leaves := make([]Leaf, 0, len(records))
	for _, record := range records {
		hash, err := record.hash()
		if err != nil {
			return err
		}
		leaf := Leaf{Index: t.size, EventID: record.ID, Hash: hash}
		leaf.Root = t.add(hash)
		leaves = append(leaves, leaf)
	}
	checkpoint, err := s.key.sign(t, now)
	if err != nil {
		return err
	}
	return s.store.AppendLeaves(ctx, leaves, checkpoint, drop)
}

// grown is the tree as the newest checkpoint has it, and the size of that checkpoint if the next one takes its place: the last
// checkpoint of each hour is kept. A tree that does not match the signed root is an error.
func (s *Sealer) grown(ctx context.Context, now time.Time) (t *tree, drop int64, err error) {
	newest, err := s.store.NewestCheckpoint(ctx)
	if errors.Is(err, idp.ErrNotFound) {
		return &tree{}, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	signed, err := s.key.open(newest.Note)
	if err != nil {
		return nil, 0, fmt.Errorf("audit log: checkpoint %d: %w", newest.Size, err)
	}
	t, err = treeAt(newest.Size, newest.Frontier)
	if err != nil || signed.size != newest.Size || t.root() != signed.root {
		return nil, 0, fmt.Errorf("audit log: checkpoint %d was tampered with", newest.Size)
	}
	if newest.CreatedAt.UTC().Truncate(time.Hour).Equal(now.UTC().Truncate(time.Hour)) {
		drop = newest.Size
	}
	return t, drop, nil
}

// markLength is that of the part of an event's identifier that says when: "evt_" and nine digits (idp.NewEventID).
const markLength = 13

// markAt is smaller than the identifier of any event at this time or later.
func markAt(at time.Time) idp.EventID { return idp.NewEventID(at)[:markLength] }

// before is a mark so long before an event.
func before(id idp.EventID, d time.Duration) idp.EventID {
	at, err := idp.TimeOfEvent(id)
	if err != nil {
		return ""
	}
	return markAt(at.Add(-d))
}
