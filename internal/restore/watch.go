package restore

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
)

// Settled is how long the newest checkpoint must have stood in the database before it is kept as a mark. A standby that takes over may
// lack the commits of the last moment, and a failover must not stop an installation until an operator comes. See the decision record
// deploy/docs/decisions/restored.md.
const Settled = time.Minute

// The names under which the store keeps what is true of the whole installation.
const (
	// InstalledEpoch is the signed restoration that began the epoch; not there, or empty, before the first one.
	InstalledEpoch = "epoch"
	// InstalledUnfinished is there, and not empty, while Done works: then no node gives anything.
	InstalledUnfinished = "restoring"
)

// Store is what a watch reads of the database.
type Store interface {
	auditlog.Store
	// FindAllInstalled returns what is recorded under each of the names, at one moment; nothing for those under which nothing is.
	FindAllInstalled(ctx context.Context, names ...string) (map[string]string, error)
}

// Watch notices a database that is older than what was seen of it. It is safe for concurrent use.
type Watch struct {
	store   Store
	notary  *auditlog.Notary
	keepers map[string]Keeper // by what an operator calls them
	log     *slog.Logger

	mu    sync.Mutex
	epoch idp.Epoch
	note  string // of the epoch, as it is stored
	older error

	turn   sync.Mutex // one look at a time; guards what follows
	held   Mark       // what this node itself has seen
	fresh  Mark       // what it saw at since, and may not have settled
	since  time.Time
	silent map[string]bool // keepers that did not answer
}

// NewWatch opens the key of the audit log. It looks at nothing yet.
func NewWatch(ctx context.Context, store Store, keepers map[string]Keeper, log *slog.Logger, now time.Time) (*Watch, error) {
	notary, err := auditlog.OpenNotary(ctx, store, now)
	if err != nil {
		return nil, err
	}
	return &Watch{store: store, notary: notary, keepers: keepers, log: log, silent: map[string]bool{}}, nil
}

// Epoch is the epoch as the last look found it.
func (w *Watch) Epoch() idp.Epoch {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.epoch
}

// Older is nil, or *Older if the last look found the database older than what was seen. While the database does not answer, what was
// found before stays.
func (w *Watch) Older() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.older
}

// Look reads the epoch and compares the database with every mark. It returns what Older then returns, or the error of a database that
// does not answer. A keeper that does not answer is left out and logged: the others stand in for it.
func (w *Watch) Look(ctx context.Context, now time.Time) error {
	w.turn.Lock()
	defer w.turn.Unlock()
	epoch, note, unfinished, err := w.readEpoch(ctx)
	if err != nil {
		return err
	}
	err = &Older{Unfinished: true}
	if unfinished == "" {
		err = w.compare(ctx, epoch)
	}
	var older *Older
	if err != nil && !errors.As(err, &older) {
		return err
	}
	w.mu.Lock()
	w.epoch, w.note = epoch, note
	if older != nil && w.older == nil {
		w.log.ErrorContext(ctx, "nothing is given any more", "error", older)
	}
	w.older = err
	w.mu.Unlock()
	if err != nil {
		return err
	}
	return w.see(ctx, epoch, now)
}

// Note is the epoch as it is stored, as the last look found it.
func (w *Watch) Note() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.note
}

// readEpoch returns the epoch, the note of it, and that of a restore that was begun and not finished; "": there is none.
func (w *Watch) readEpoch(ctx context.Context) (epoch idp.Epoch, note, unfinished string, err error) {
	installed, err := w.store.FindAllInstalled(ctx, InstalledEpoch, InstalledUnfinished)
	if err != nil || installed[InstalledEpoch] == "" {
		return idp.Epoch{}, "", installed[InstalledUnfinished], err
	}
	r, err := w.notary.Restoration(installed[InstalledEpoch])
	if err != nil {
		return idp.Epoch{}, "", "", idp.Wrap(idp.CodeInternal, errors.Join(errors.New("the epoch in the database can't be read"), err))
	}
	return r.Epoch, installed[InstalledEpoch], installed[InstalledUnfinished], nil
}

// compare is *Older if one of the marks tells more than the database has.
func (w *Watch) compare(ctx context.Context, epoch idp.Epoch) error {
	var judged []Mark // the keepers mostly have the same
	for _, mark := range append(w.marks(ctx), w.held) {
		if slices.Contains(judged, mark) {
			continue
		}
		if err := w.judge(ctx, epoch, mark); err != nil {
			return err
		}
		judged = append(judged, mark)
	}
	return nil
}

// marks are those that the keepers have.
func (w *Watch) marks(ctx context.Context) (all []Mark) {
	for name, keeper := range w.keepers {
		mark, err := keeper.FindMark(ctx, w.notary.Trail())
		w.mind(ctx, name, err)
		if err == nil {
			all = append(all, mark)
		}
	}
	return all
}

// mind logs that a keeper stopped answering, once.
func (w *Watch) mind(ctx context.Context, keeper string, err error) {
	if err != nil && !w.silent[keeper] {
		w.log.WarnContext(ctx, "what was seen of the database can't be kept or read", "where", keeper, "error", err)
	}
	w.silent[keeper] = err != nil
}

// see remembers what the database has, and tells the keepers of what has settled. The epoch settles at once: an operator has begun it,
// and a failover that loses it must not go unnoticed.
func (w *Watch) see(ctx context.Context, epoch idp.Epoch, now time.Time) error {
	newest, err := w.newest(ctx, epoch)
	if err != nil {
		return err
	}
	if begun := (Mark{Epoch: epoch}); w.held.Before(begun) {
		w.held, w.fresh, w.since = begun, newest, now
	}
	if settled := now.Sub(w.since) >= Settled || now.Before(w.since); settled {
		if w.held.Before(w.fresh) && w.judge(ctx, epoch, w.fresh) == nil { // else it was lost before it settled
			w.held = w.fresh
		}
		w.fresh, w.since = newest, now
	}
	for name, keeper := range w.keepers {
		w.mind(ctx, name, keeper.RaiseMark(ctx, w.notary.Trail(), w.held))
	}
	return nil
}

// newest is the place that the newest checkpoint stands for. One that is forged is for "apsid audit verify" to find: it is no place that
// was seen.
func (w *Watch) newest(ctx context.Context, epoch idp.Epoch) (Mark, error) {
	newest, err := w.store.NewestCheckpoint(ctx)
	if errors.Is(err, idp.ErrNotFound) {
		return Mark{Epoch: epoch}, nil
	}
	if err != nil {
		return Mark{}, err
	}
	place, err := w.notary.Checkpoint(newest.Note)
	if err != nil {
		return Mark{Epoch: epoch}, nil
	}
	return Mark{Epoch: epoch, Place: place}, nil
}
