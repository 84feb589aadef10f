package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/session"
)

const (
	// sweepEvery bounds how late an app hears of a session that ended without a request for it.
	sweepEvery  = 15 * time.Second
	sweepWithin = time.Minute
)

// sweeper ends the sessions that are over. Every node has one, so that a node that dies leaves no session that another does not
// end.
type sweeper struct {
	sessions *session.Service
	clock    func() time.Time
	log      *slog.Logger
}

// run sweeps until ctx ends. What fails is tried again in the next round.
func (s sweeper) run(ctx context.Context) { every(ctx, sweepEvery, s.sweep) }

func (s sweeper) sweep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, sweepWithin)
	defer cancel()
	ended, err := s.sessions.Sweep(ctx, s.clock())
	switch {
	case err != nil && ctx.Err() == nil:
		s.log.WarnContext(ctx, "sessions that are over could not all be ended", "ended", ended, "error", err)
	case ended > 0:
		s.log.InfoContext(ctx, "sessions ended that were over", "ended", ended)
	}
}
