package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
)

const (
	// trailEvery bounds how long an event waits for its place in the audit log's tree.
	trailEvery  = 5 * time.Second
	trailWithin = time.Minute
)

// trailSealer gives events their places in the audit log, away from every request. Every node has one.
type trailSealer struct {
	store auditlog.Store
	clock func() time.Time
	log   *slog.Logger
}

// run works until ctx ends, and once more then, so that what a node wrote last is sealed too. What fails is tried again at the
// next round: nothing is lost meanwhile, events only wait.
func (s trailSealer) run(ctx context.Context) {
	rounds := time.NewTicker(trailEvery)
	defer rounds.Stop()
	var sealer *auditlog.Sealer
	for over := false; !over; {
		select {
		case <-ctx.Done():
			over = true
		case <-rounds.C:
		}
		sealer = s.round(context.WithoutCancel(ctx), sealer)
	}
}

func (s trailSealer) round(ctx context.Context, sealer *auditlog.Sealer) *auditlog.Sealer {
	ctx, cancel := context.WithTimeout(ctx, trailWithin)
	defer cancel()
	var err error
	if sealer == nil {
		sealer, err = auditlog.NewSealer(ctx, s.store, s.clock())
	}
	if err == nil {
		_, err = sealer.Seal(ctx, s.clock())
	}
	if err != nil {
		s.log.WarnContext(ctx, "audit events not sealed", "error", err)
	}
	return sealer
}
