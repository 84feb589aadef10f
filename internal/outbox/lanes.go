package outbox

import (
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	laneWidth   = 4           // deliveries to one app at once, on one node
	laneSpacing = time.Second // between two messages that were put off
	laneRound   = 60          // messages; if more wait, they share the moments of the first ones
)

// lanes bounds how much of a node one app can keep busy: one that is slow, or gone, leaves room for the others.
type lanes struct {
	mu   sync.Mutex
	open map[idp.ClientID]*lane
}

type lane struct {
	running int
	waiting int // how many were put off since the lane was last empty, about
}

func newLanes() *lanes { return &lanes{open: make(map[idp.ClientID]*lane)} }

// enter asks for room. If there is none, wait says when to come again: one after another, and within a minute.
func (l *lanes) enter(app idp.ClientID) (wait time.Duration, entered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, found := l.open[app]
	if !found {
		one = &lane{}
		l.open[app] = one
	}
	if one.running < laneWidth {
		one.running++
		one.waiting = max(one.waiting-1, 0)
		return 0, true
	}
	one.waiting++
	return time.Duration(1+(one.waiting-1)%laneRound) * laneSpacing, false
}

// leave gives the room back.
func (l *lanes) leave(app idp.ClientID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.open[app]
	one.running--
	if one.running == 0 {
		delete(l.open, app)
	}
}
