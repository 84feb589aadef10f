package server

import (
	"context"
	"time"
)

// every runs round at once, and then once in each interval until ctx ends. A round that takes longer than the interval delays the
// next one; rounds that were missed are not made up for.
func every(ctx context.Context, interval time.Duration, round func(context.Context)) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for ctx.Err() == nil {
		round(ctx)
		select {
		case <-ctx.Done():
		case <-ticks.C:
		}
	}
}

// rested waits, and reports whether ctx lasted as long: a long round leaves time to requests between its batches.
func rested(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}
