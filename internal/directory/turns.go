package directory

import (
	"sync"
	"time"
)

// turns counts the commands that are given at one time, as a program gives them that reads the clock once for many: their events keep
// the order in which they were given.
type turns struct {
	mu sync.Mutex
	at time.Time
	n  int
}

// apart is how many places the events of two commands of one time are apart: those of the sessions that a command ends come between.
const apart = 1000

// next returns the place of the next command's event among those of this time: see idp.NthEventID.
func (t *turns) next(now time.Time) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at.Equal(now) {
		t.n += apart
	} else {
		t.at, t.n = now, 0
	}
	return t.n
}
