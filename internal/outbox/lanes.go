package outbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	laneWidth   = 4                      // deliveries at once to one app, on one node
	laneWide    = 12                     // the same while the app answers quickly
	quickly     = 500 * time.Millisecond // how long a delivery to an app that answers quickly takes at most, on a busy node too
	laneSpacing = time.Second            // between the next tries of two messages that were put off
	laneRound   = 60                     // messages; if more wait, they are tried again at the same times as the first ones
	laneLeast   = 3                      // the same for an app that has been slow for a moment only: it may have been the node
)

// lanes bounds how many deliveries to one app run at once on a node, so that an app that is slow or down does not hold up the
// messages to others.
//
// A lane is quick while its app answers quickly. Messages to such an app wait for a place, for as long as places become free one
// after another: so the lane is never empty while there are messages. If no place becomes free for a moment, the app is slow now,
// whether or not it has answered. Messages to a slow app are put off at once, so that they hold no worker that others need.
type lanes struct {
	mu   sync.Mutex
	open map[idp.ClientID]*lane
}

type lane struct {
	running int
	quickAt time.Time       // when the app last answered quickly; zero: not since the lane was last empty
	answers bool            // the app has answered quickly since the lane was last empty: it takes laneWide
	slowAt  time.Time       // since when the answers, or the lack of them, are not quick; zero: the last one was quick
	waiting []chan struct{} // one for each message that waits for a place, which is closed when it gets one; in order
	putOff  int             // about how many messages were put off since the lane was last empty
}

func newLanes() *lanes { return &lanes{open: make(map[idp.ClientID]*lane)} }

// enter takes a place in the lane of app, for which it waits if the app is quick. If there is none, wait is how long to put the
// message off: the messages that were put off get times one after another, within as long as the app has been slow, and within a minute.
func (l *lanes) enter(ctx context.Context, app idp.ClientID) (wait time.Duration, entered bool) {
	turn, wait, entered := l.line(app)
	if turn == nil {
		return wait, entered
	}
	patience := time.NewTimer(quickly)
	defer patience.Stop()
	for {
		select {
		case <-turn:
			return 0, true
		case <-ctx.Done():
			return l.giveUp(app, turn)
		case <-patience.C:
			more := l.patience(app)
			if more <= 0 {
				return l.giveUp(app, turn)
			}
			patience.Reset(more)
		}
	}
}

// patience is for how long a message waits on: until the app has not answered quickly for a moment.
func (l *lanes) patience(app idp.ClientID) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return quickly - time.Since(l.open[app].quickAt)
}

// line takes a place, or begins to wait for one, or puts the message off.
func (l *lanes) line(app idp.ClientID) (turn chan struct{}, wait time.Duration, entered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, found := l.open[app]
	if !found {
		one = &lane{}
		l.open[app] = one
	}
	switch {
	case one.running < one.width():
		one.running++
		one.putOff = max(one.putOff-1, 0)
		return nil, 0, true
	case !one.slowAt.IsZero():
		return nil, one.later(), false
	default:
		turn = make(chan struct{})
		one.waiting = append(one.waiting, turn)
		return turn, 0, false
	}
}

// giveUp ends the wait for a place, unless the message got one at this moment.
func (l *lanes) giveUp(app idp.ClientID, turn chan struct{}) (wait time.Duration, entered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.open[app] // a lane stays while messages run, and messages wait only for those
	at := slices.Index(one.waiting, turn)
	if at < 0 {
		return 0, true
	}
	one.waiting = slices.Delete(one.waiting, at, at+1)
	one.slowed()
	return one.later(), false
}

// leave gives the place back; quick says that the app took the message, and did so quickly.
func (l *lanes) leave(app idp.ClientID, quick bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.open[app]
	one.running--
	if quick {
		one.quickAt, one.slowAt, one.answers = time.Now(), time.Time{}, true
	} else {
		one.slowed()
	}
	for one.running < one.width() && len(one.waiting) > 0 {
		close(one.waiting[0])
		one.waiting = one.waiting[1:]
		one.running++
	}
	if one.running == 0 {
		delete(l.open, app)
	}
}

func (l *lane) width() int {
	if l.answers {
		return laneWide
	}
	return laneWidth
}

// slowed notes that the app does not answer quickly.
func (l *lane) slowed() {
	l.answers = false
	if l.slowAt.IsZero() {
		l.slowAt = time.Now()
	}
}

// later is how long to put the next message off. A node that is busy for a moment takes a quick app for a slow one: what waits must not
// pay for that with a minute.
func (l *lane) later() time.Duration {
	round := min(max(int(time.Since(l.slowAt)/laneSpacing), laneLeast), laneRound)
	l.putOff++
	return time.Duration(1+(l.putOff-1)%round) * laneSpacing
}
