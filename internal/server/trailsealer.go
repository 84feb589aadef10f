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
	trailWithin = time.Minute // bounds one batch, and the last round of a node that stops
	// trailShare is the part of the time, one of so many, that a node works on a long list of events: those of an import of hundreds of
	// thousands of people must not take the time of requests.
	trailShare = 4
	// trailRest bounds the pause between two batches: where a batch takes long because the machine is busy, the list must not grow.
	trailRest = 250 * time.Millisecond
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
	every(ctx, trailEvery, func(ctx context.Context) { sealer = s.round(ctx, sealer, trailShare) })
}

// end seals the last events of a node that stops. Everything else that writes events must have ended.
func (s trailSealer) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), trailWithin)
	defer cancel()
	s.round(ctx, nil, 1)
}

// round seals batch after batch until no event waits, or ctx is over. share is how much of its time it works, one of so many parts.
func (s trailSealer) round(ctx context.Context, sealer *auditlog.Sealer, share int) *auditlog.Sealer {
	for more := true; more; {
		began, err := time.Now(), error(nil)
		sealer, more, err = s.batch(context.WithoutCancel(ctx), sealer)
		if err != nil {
			s.log.WarnContext(ctx, "audit events not sealed", "error", err)
		}
		more = more && rested(ctx, min(time.Since(began)*time.Duration(share-1), trailRest))
	}
	return sealer
}

func (s trailSealer) batch(ctx context.Context, sealer *auditlog.Sealer) (_ *auditlog.Sealer, more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, trailWithin)
	defer cancel()
	if sealer == nil {
		sealer, err = auditlog.NewSealer(ctx, s.store, s.clock())
		if err != nil {
			return nil, false, err
		}
	}
	_, more, err = sealer.SealSome(ctx, s.clock())
	return sealer, more, err
}
