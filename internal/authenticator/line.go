package authenticator

import (
	"cmp"
	"slices"
)

// networksOfSite is how many networks of one site may wait as if they had nothing to do with each other.
const networksOfSite = 4

// waiter is a caller in a line.
type waiter struct {
	caller
	due  float64       // the place in the line: the smallest is next
	turn chan struct{} // closed when the turn has come, or the place is lost
	lost bool          // pushed out by another caller; read it after turn is closed
}

// line is a queue that serves its callers in turns (start-time fair queueing): a caller stands behind those of the same network, the
// same account and the same site who wait already, and beside everyone else.
//
// With ten of one network waiting, due at 5 to 14, and clock 5, another one of that network is due at 15, and the first of another at 5.
type line struct {
	waiters []*waiter
	clock   float64 // no one who comes now is due earlier
}

func (l *line) add(c caller) *waiter {
	var network, account, site int
	for _, w := range l.waiters {
		network += count(w.network == c.network)
		account += count(w.account == c.account)
		site += count(w.site == c.site)
	}
	behind := max(float64(network), float64(account), float64(site)/networksOfSite)
	w := &waiter{caller: c, due: l.clock + behind, turn: make(chan struct{})}
	l.waiters = append(l.waiters, w)
	return w
}

// next removes and returns the waiter who is due first; of several, the one who came first. The clock goes on by at least a share
// of each turn, so that callers who come later can't overtake a waiter for ever.
func (l *line) next() *waiter {
	w := slices.MinFunc(l.waiters, byDue)
	l.clock = max(l.clock+1/float64(len(l.waiters)), w.due)
	l.remove(w)
	return w
}

// last removes and returns the waiter who is due last; of several, the one who came last.
func (l *line) last() *waiter {
	w := l.waiters[len(l.waiters)-1]
	for _, other := range slices.Backward(l.waiters) {
		if other.due > w.due {
			w = other
		}
	}
	l.remove(w)
	return w
}

// remove reports whether w was in the line.
func (l *line) remove(w *waiter) bool {
	at := slices.Index(l.waiters, w)
	if at < 0 {
		return false
	}
	l.waiters = slices.Delete(l.waiters, at, at+1)
	return true
}

// of counts who waits for this account.
func (l *line) of(account string) (n int) {
	for _, w := range l.waiters {
		n += count(w.account == account)
	}
	return n
}

func byDue(a, b *waiter) int { return cmp.Compare(a.due, b.due) }

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
