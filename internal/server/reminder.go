package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const (
	// remindEvery is how often a node asks whether the reminders of this hour have been sent.
	remindEvery = 5 * time.Minute
	// remindWithin bounds a round: what it did not reach is sent in the next.
	remindWithin = 10 * time.Minute
)

// reminder sends due reminders once an hour, from the node that is first to record the round.
type reminder struct {
	directory *directory.Directory
	store     *sqlstore.Store
	clock     func() time.Time
	log       *slog.Logger
}

// run makes rounds until ctx ends. What fails is tried again in the next round.
func (r reminder) run(ctx context.Context) {
	every(ctx, remindEvery, func(ctx context.Context) {
		if err := r.round(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "reminders could not all be sent", "error", err)
		}
	})
}

// round makes the round of this hour, unless another node has.
func (r reminder) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, remindWithin)
	defer cancel()
	now, ours := r.clock(), false
	err := r.store.InTx(ctx, func(tx *sqlstore.Tx) (err error) {
		ours, err = tx.TakeReminder(ctx, "round/"+now.UTC().Format("2006-01-02T15"), now)
		return err
	})
	if err != nil || !ours {
		return err
	}
	return r.directory.Reminders.Remind(ctx, now)
}
