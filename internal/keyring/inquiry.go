package keyring

import (
	"context"
	"sync"
	"time"
)

const (
	// inquireApart is the least time between the beginnings of two loads of the keys that unknown identifiers cause.
	inquireApart = time.Second
	// inquireWithin is the time that one may take. A caller waits for inquireApart before it at most.
	inquireWithin = 2 * time.Second
	// inquirers is how many callers may wait; others are told at once that there is no such key.
	inquirers = 64
)

// inquiry lets callers who look for an unknown key wait until the keys were loaded once more. However many identifiers strangers make
// up, that is one load in inquireApart for all of them together, and a bounded number of callers who wait. A caller never waits for a load
// that began before it asked: what was stored by then is found.
type inquiry struct {
	mu      sync.Mutex
	next    *round // the load that has not begun yet; nil: none is wanted
	resting bool   // one began less than inquireApart ago
	waiting int
}

// round is one load.
type round struct {
	load func(context.Context)
	done chan struct{} // closed when it is over
}

// wait returns after load was run by this call or for another one, when ctx ends or that takes too long, or at once if too many wait.
func (q *inquiry) wait(ctx context.Context, load func(context.Context)) {
	next, ok := q.join(load)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, inquireApart+inquireWithin)
	defer cancel()
	select {
	case <-next.done:
	case <-ctx.Done():
	}
	q.mu.Lock()
	q.waiting--
	q.mu.Unlock()
}

func (q *inquiry) join(load func(context.Context)) (next *round, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting == inquirers {
		return nil, false
	}
	q.waiting++
	if q.next == nil {
		q.next = &round{load: load, done: make(chan struct{})}
	}
	next = q.next
	q.begin()
	return next, true
}

// begin starts the load that is wanted, unless one began a moment ago. The caller holds the lock.
func (q *inquiry) begin() {
	if q.resting || q.next == nil {
		return
	}
	go q.next.run()
	q.next, q.resting = nil, true
	time.AfterFunc(inquireApart, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.resting = false
		q.begin()
	})
}

func (r *round) run() {
	ctx, cancel := context.WithTimeout(context.Background(), inquireWithin)
	defer cancel()
	r.load(ctx)
	close(r.done)
}
