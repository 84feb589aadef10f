package outbox

import (
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	laneWidth   = 4           // deliveries to one app at once, on one node
	laneSpacing = time.Second // between the next tries of two messages that were put off
	laneRound   = 60          // messages; if more wait, they are tried again at the same times as the first ones
)

// lanes bounds how many deliveries to one app run at once on a node, so that an app that is slow or down does not hold up the
// messages to others.
type lanes struct {
	mu   sync.Mutex
	open map[idp.ClientID]*lane
}

type lane struct {
	running int
	waiting int // about how many messages were put off since the lane was last empty
}

func newLanes() *lanes { return &lanes{open: make(map[idp.ClientID]*lane)} }

// enter takes a place in the lane of app. If all are taken, wait is how long to put the message off: the messages that wait get
// times one after another, within a minute.
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

// leave gives the place back.
func (l *lanes) leave(app idp.ClientID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.open[app]
	one.running--
	if one.running == 0 {
		delete(l.open, app)
	}
}
