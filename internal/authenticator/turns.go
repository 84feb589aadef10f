package authenticator

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// provedAtOnce is how many callers who have proved themselves may wait for one account with priority: a person who has a known browser
// must not be able to fill the reserve.
const provedAtOnce = 2

// turns lets a bounded number of callers work at once and a bounded number wait for a bounded time, and turns the rest away. It stands
// before any allocation of the work it guards, so that a crowd costs nothing but its own goroutines.
//
// Callers who wait are served in turns: see line. Callers who have proved themselves have a line of their own: it gets every second turn, and
// half of the places to wait are kept for it. When every place is taken, a caller who would be served before the one who is due last
// takes that one's place, so a crowd gives way to others, and yet has every place while no one else comes.
type turns struct {
	parallel, queue int
	wait            time.Duration

	away atomic.Int64 // callers who were turned away

	mu       sync.Mutex
	running  int
	anyone   line
	proved   line
	favoured bool // the last turn went to the line of those who have proved themselves, though others waited
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
	return &turns{parallel: parallel, queue: queue, wait: wait}, nil
}

// enter waits for a turn; leave ends it. Errors: idp.ErrBusy with RetryAfter, or the context's.
func (t *turns) enter(ctx context.Context, c Claim) error {
	if err := ctx.Err(); err != nil {
		return idp.Wrap(idp.CodeUnavailable, err)
	}
	w := t.line(c.caller())
	if w == nil {
		return nil
	}
	patience := time.NewTimer(t.wait)
	defer patience.Stop()
	select {
	case <-w.turn:
		if w.lost {
			return t.busy()
		}
		return nil
	case <-patience.C:
		return t.giveUp(w, t.busy())
	case <-ctx.Done():
		return t.giveUp(w, idp.Wrap(idp.CodeUnavailable, ctx.Err()))
	}
}

// line begins the caller's turn and returns nil, or returns the place where the caller waits.
func (t *turns) line(c caller) *waiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running < t.parallel {
		t.running++
		return nil
	}
	c.proved = c.proved && t.proved.of(c.account) < provedAtOnce
	w := t.of(c).add(c)
	if t.waiting() > t.queue {
		loser := t.crowded(c).last()
		loser.lost = true
		close(loser.turn)
	}
	return w
}

func (t *turns) of(c caller) *line {
	if c.proved {
		return &t.proved
	}
	return &t.anyone
}

// crowded is the line that has to give up a place for a new caller in the line of c: the one that has more than its half.
func (t *turns) crowded(c caller) *line {
	reserve := (t.queue + 1) / 2
	switch {
	case c.proved && len(t.proved.waiters) <= reserve && len(t.anyone.waiters) > 0:
		return &t.anyone
	case !c.proved && len(t.proved.waiters) > reserve:
		return &t.proved
	default:
		return t.of(c)
	}
}

// giveUp takes a caller out who no longer waits. A turn that began at the same moment goes to the next.
func (t *turns) giveUp(w *waiter, err error) error {
	t.mu.Lock()
	waited := t.of(w.caller).remove(w)
	t.mu.Unlock()
	if !waited && !w.lost {
		t.leave()
	}
	return err
}

// leave ends a turn, and gives it to the waiter who is next.
func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting() == 0 {
		t.running--
		return
	}
	close(t.next().turn)
}

func (t *turns) next() *waiter {
	if len(t.anyone.waiters) == 0 {
		return t.proved.next()
	}
	t.favoured = len(t.proved.waiters) > 0 && !t.favoured
	if t.favoured {
		return t.proved.next()
	}
	return t.anyone.next()
}

func (t *turns) waiting() int { return len(t.anyone.waiters) + len(t.proved.waiters) }

// count is how many callers wait just now.
func (t *turns) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waiting()
}

// busy turns a caller away: it asks to come back after the time in which a full queue drains, in whole seconds as Retry-After counts.
func (t *turns) busy() error {
	t.away.Add(1)
	return idp.Busy(max(t.wait.Round(time.Second), time.Second))
}
