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

// trailSealer gives events their places in the audit log, in the background, so that no request waits for it. Every node has one.
type trailSealer struct {
	store auditlog.Store
	clock func() time.Time
	log   *slog.Logger
}

// run works until ctx ends. What fails is tried again in the next round: no event is lost meanwhile, it only waits.
func (s trailSealer) run(ctx context.Context) {
	var sealer *auditlog.Sealer
	every(ctx, trailEvery, func(ctx context.Context) { sealer = s.round(context.WithoutCancel(ctx), sealer) })
}

// end seals the last events of a node that stops. Everything else that writes events must have ended. It looks as far back as a node
// that starts, for what was written while run did not look.
func (s trailSealer) end(ctx context.Context) { s.round(context.WithoutCancel(ctx), nil) }

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
