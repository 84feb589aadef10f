package server

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/tally"
)

const (
	refusalsEvery  = 5 * time.Second // how often a node looks whether events that share a line are due
	refusalsWithin = 2 * time.Second // bounds how long stopping waits for the last ones
)

// refusals writes the audit events of refused callers when they are due, so that their counts are not lost when a flood ends, or the
// node stops.
type refusals struct {
	tally *tally.Tally
	clock func() time.Time
}

func (r refusals) run(ctx context.Context) {
	every(ctx, refusalsEvery, func(ctx context.Context) { r.tally.Flush(ctx, r.clock(), false) })
}

// last writes what is counted when the node stops.
func (r refusals) last(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalsWithin)
	defer cancel()
	r.tally.Flush(ctx, r.clock(), true)
}
