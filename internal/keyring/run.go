package keyring

import (
	"context"
	"math/rand/v2"
	"time"
)

// A refresh comes every 20 to 40 seconds, spread so that nodes don't ask all at once: well within publishAhead, and with the time that
// it may take, a node that is told nothing still forgets a key within a minute of its retirement.
const (
	refreshLeast  = 20 * time.Second
	refreshSpread = 20 * time.Second
	refreshWithin = 10 * time.Second // the time one refresh may take
	// lookEvery is how often a node looks whether a key begins to sign, or is over.
	lookEvery = time.Second
)

// Run follows the store, and the clock, until ctx is over. A refresh that fails is logged, and the ring goes on with what it had.
func (r *Ring) Run(ctx context.Context, clock func() time.Time) {
	look, again := time.NewTicker(lookEvery), time.NewTimer(pause())
	defer look.Stop()
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			again.Reset(pause())
		case <-look.C:
			if !r.outlived(clock()) {
				continue
			}
		}
		r.refreshBounded(ctx, clock())
	}
}

// outlived reports whether a key that the ring holds has begun to sign, or is over, since it was loaded.
func (r *Ring) outlived(now time.Time) bool {
	until := r.held.Load().until
	return !until.IsZero() && !now.Before(until)
}

func (r *Ring) refreshBounded(ctx context.Context, now time.Time) {
	bounded, cancel := context.WithTimeout(ctx, refreshWithin)
	defer cancel()
	r.refreshOrLog(bounded, now)
}

func (r *Ring) refreshOrLog(ctx context.Context, now time.Time) {
	err := r.Refresh(ctx, now)
	if err != nil && ctx.Err() == nil {
		r.log.ErrorContext(ctx, "signing keys not refreshed", "error", err)
	}
}

func pause() time.Duration { return refreshLeast + rand.N(refreshSpread) } // #nosec G404 -- spreads the nodes, and guards nothing
