package faulttest

import (
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// kinds are the operations of a load.
func kinds() []string {
	return []string{"sign-in", "userinfo", "introspection", "activity", "refresh", "log-out", "machine token", "discovery", "account page"}
}

const (
	workers = 5                      // people at the same time
	pause   = 100 * time.Millisecond // between two things that one does
)

// load is people and integrations at work.
type load struct {
	world *world
	kinds []idp.Kind // how they sign in, in turn; "" is without MFA
	stop  chan struct{}
	all   sync.WaitGroup

	mu       sync.Mutex
	sessions []*session
}

// begin starts a load, and returns once every kind of operation has completed.
func (w *world) begin(kinds ...idp.Kind) *load {
	w.t.Helper()
	if len(kinds) == 0 {
		kinds = []idp.Kind{"", idp.KindTOTP, idp.KindTOTP, idp.KindSMS, ""}
	}
	l := &load{world: w, kinds: kinds, stop: make(chan struct{})}
	for i := range workers {
		l.all.Go(func() { l.until(func(turn int) { l.person(l.kinds[(i+turn)%len(l.kinds)], turn) }) })
	}
	machine := newBrowser(w, "10.8.8.8")
	l.all.Go(func() {
		l.until(func(turn int) {
			w.machineToken(machine)
			if turn%5 == 0 {
				w.discovery(machine)
				w.account(newBrowser(w, "10.8.8.9"))
			}
		})
	})
	w.works(time.Now(), time.Minute)
	return l
}

// works waits until every kind of operation has completed that began after a moment.
func (w *world) works(since time.Time, most time.Duration) {
	w.t.Helper()
	for _, kind := range kinds() {
		within(w.t, kind+" completes", most, func() bool { return len(w.tally.of(completed, since, kind)) > 0 })
	}
}

// until does the same again and again until the load ends.
func (l *load) until(turn func(int)) {
	for n := 0; ; n++ {
		turn(n)
		select {
		case <-l.stop:
			return
		case <-time.After(pause):
		}
	}
}

// end ends the load and waits for what is under way.
func (l *load) end() {
	close(l.stop)
	l.all.Wait()
}

// person signs in, works, and in every second turn signs out.
func (l *load) person(kind idp.Kind, turn int) {
	w := l.world
	s := w.signIn(w.people.take(kind))
	if s == nil {
		return
	}
	l.hold(s)
	s.userinfo(w)
	s.renew(w)
	s.introspect(w)
	s.report(w)
	s.userinfo(w)
	if turn%2 == 0 {
		s.leave(w)
	}
}

// someone signs in beside the load.
func (s *scene) someone() (held *session) {
	s.t.Helper()
	within(s.t, "somebody signs in", time.Minute, func() bool {
		held = s.signIn(s.people.take(""))
		return held != nil
	})
	s.load.hold(held)
	return held
}

// hold keeps a session that must be there in the end.
func (l *load) hold(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sessions = append(l.sessions, s)
}
