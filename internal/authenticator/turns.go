package authenticator

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// turns lets a bounded number of callers work at once, a bounded number wait for a bounded time, and turns the rest away.
// It stands before any allocation of the work it guards, so that a crowd costs nothing but its own goroutines.
type turns struct {
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
	wait    time.Duration
}

func newTurns(parallel, queue int, wait time.Duration) (*turns, error) {
	switch {
	case parallel < 1:
		return nil, idp.Invalid("parallel", "at least one hash must be allowed at a time")
	case queue < 0:
		return nil, idp.Invalid("queue", "the queue can't be shorter than nothing")
	case wait < 0:
		return nil, idp.Invalid("wait", "the wait can't be shorter than nothing")
	}
	return &turns{slots: make(chan struct{}, parallel), queue: int64(queue), wait: wait}, nil
}

// enter waits for a turn and returns how to end it. Errors: idp.ErrBusy with RetryAfter, or the context's.
func (t *turns) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, idp.Wrap(idp.CodeUnavailable, err)
	}
	select {
	case t.slots <- struct{}{}:
		return t.leave, nil
	default:
		return t.queueUp(ctx)
	}
}

func (t *turns) queueUp(ctx context.Context) (leave func(), err error) {
	defer t.waiting.Add(-1)
	if t.waiting.Add(1) > t.queue {
		return nil, t.busy()
	}
	patience := time.NewTimer(t.wait)
	defer patience.Stop()
	select {
	case t.slots <- struct{}{}:
		return t.leave, nil
	case <-patience.C:
		return nil, t.busy()
	case <-ctx.Done():
		return nil, idp.Wrap(idp.CodeUnavailable, ctx.Err())
	}
}

func (t *turns) leave() { <-t.slots }

// busy asks to come back after the time in which a full queue drains, in whole seconds as Retry-After counts.
func (t *turns) busy() error {
	return idp.Busy(max(t.wait.Round(time.Second), time.Second))
}
