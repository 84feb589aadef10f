package keyring

import (
	"context"
	"sync"
	"time"
)

const (
	// inquireApart is the least time between two loads of the keys that unknown identifiers cause.
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
	next    chan struct{} // closed when the load that has not begun yet is done; nil: none is planned
	last    time.Time     // when the last one began
	waiting int
}

// wait returns after load was run by this call or for another one, when ctx ends or that takes too long, or at once if too many wait.
func (q *inquiry) wait(ctx context.Context, load func(context.Context)) {
	done, ok := q.join(load)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, inquireApart+inquireWithin)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
	}
	q.mu.Lock()
	q.waiting--
	q.mu.Unlock()
}

func (q *inquiry) join(load func(context.Context)) (done <-chan struct{}, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting == inquirers {
		return nil, false
	}
	q.waiting++
	if q.next == nil {
		next := make(chan struct{})
		q.next = next
		time.AfterFunc(time.Until(q.last.Add(inquireApart)), func() { q.run(next, load) })
	}
	return q.next, true
}

func (q *inquiry) run(done chan struct{}, load func(context.Context)) {
	q.mu.Lock()
	q.next, q.last = nil, time.Now()
	q.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), inquireWithin)
	defer cancel()
	load(ctx)
	close(done)
}
