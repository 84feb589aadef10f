package keyring

import (
	"context"
	"math/rand/v2"
	"time"
)

// A refresh comes every 30 to 60 seconds: well within publishAhead, and spread so that nodes don't ask all at once.
const (
	refreshLeast  = 30 * time.Second
	refreshSpread = 30 * time.Second
	refreshWithin = 10 * time.Second // the time one refresh may take
)

// Run follows the store until ctx is over. A refresh that fails is logged, and the ring goes on with what it had.
func (r *Ring) Run(ctx context.Context) {
	timer := time.NewTimer(pause())
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-timer.C:
			r.refreshOrLog(ctx, now)
			timer.Reset(pause())
		}
	}
}

func (r *Ring) refreshOrLog(ctx context.Context, now time.Time) {
	bounded, cancel := context.WithTimeout(ctx, refreshWithin)
	defer cancel()
	err := r.Refresh(bounded, now)
	if err != nil && ctx.Err() == nil {
		r.log.ErrorContext(ctx, "signing keys not refreshed", "error", err)
	}
}

func pause() time.Duration { return refreshLeast + rand.N(refreshSpread) } // #nosec G404 -- spreads the nodes, and guards nothing
