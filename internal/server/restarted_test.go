package server_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

var errNotTried = errors.New("not tried yet")

// load is what happened while Postgres was killed and started again.
type load struct {
	mu      sync.Mutex
	good    int // answers since begin
	failed  int
	slowest time.Duration
}

func (l *load) note(ok bool, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ok {
		l.good++
	} else {
		l.failed++
	}
	l.slowest = max(l.slowest, took)
}

// begin counts anew.
func (l *load) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.good, l.failed = 0, 0
}

func (l *load) reached(good, failed int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.good >= good && l.failed >= failed
}

// ABUSE 43, 45: Postgres crashes under load and comes back. No session is lost: no one is told to sign in again meanwhile. None
// comes back either: what a command has ended stays ended. Requests fail within seconds, and work again within seconds.
func TestPostgresCrashLosesNoSessionAndRevivesNone(t *testing.T) {
	cluster := testenv.NewCluster(t)
	w := startTwin(t, func(c *demo.Config) { c.DatabaseURL = config.NewSecret(cluster.URL()) })
	people := crowd(t, w.second.Records(), w.Manifest, w.Manifest.Apps[2], 24, w.clock.Now())
	together(people, func(h *held) {
		if status, text := h.renew(w.nodes[0]); status != http.StatusOK {
			t.Fatalf("first refresh: %d %s", status, text)
		}
	})
	readers, renewers, leavers := people[:8], people[8:16], people[16:]

	var l load
	var all sync.WaitGroup
	stop := make(chan struct{})
	again := func(work func(round int) (goOn bool)) {
		all.Go(func() {
			for round := 0; ; round++ {
				select {
				case <-stop:
					return
				default:
				}
				if !work(round) {
					return
				}
			}
		})
	}
	for _, h := range readers {
		again(func(round int) bool {
			began := time.Now()
			status := h.userinfo(w.nodes[round%2])
			if status != http.StatusOK && status < http.StatusInternalServerError {
				t.Errorf("userinfo: %d", status)
			}
			l.note(status == http.StatusOK, time.Since(began))
			return true
		})
	}
	for _, h := range renewers {
		again(func(round int) bool {
			began := time.Now()
			status, text := h.renew(w.nodes[round%2])
			if status != http.StatusOK && status < http.StatusInternalServerError {
				t.Errorf("refresh: %d %s", status, text)
			}
			l.note(status == http.StatusOK, time.Since(began))
			return status == http.StatusOK // whether a failed one took place is unknown: a second use would be theft
		})
	}
	ended := make([]error, len(leavers)) // nil: acknowledged
	system := directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem}}
	early := []*held{leavers[0], leavers[2], leavers[4], leavers[6]}
	killed := make(chan struct{})
	letGo := sync.OnceFunc(func() { close(killed) })
	for i, h := range leavers {
		ended[i] = errNotTried
		again(func(int) bool {
			if i%2 == 1 { // half of them in time, the others until it works
				<-killed
			}
			ended[i] = w.second.Directory().People.EndSession(context.WithoutCancel(t.Context()), system, h.sid, w.clock.Now())
			return ended[i] != nil
		})
	}

	halt := sync.OnceFunc(func() {
		letGo()
		close(stop)
		all.Wait()
	})
	defer halt()
	eventually(t, "the load runs", patience, func() bool { return l.reached(50, 0) && w.overAll(early) })
	cluster.Kill()
	l.begin()
	letGo()
	eventually(t, "requests fail", patience, func() bool { return l.reached(0, 10) })
	cluster.Start()
	l.begin()
	eventually(t, "requests work again", 5*time.Second, func() bool { return l.reached(20, 0) })
	eventually(t, "every command got through", patience, func() bool { return w.overAll(leavers) })
	halt()
	if l.slowest > 5*time.Second {
		t.Errorf("a request took %s", l.slowest)
	}

	for _, h := range append(readers, renewers...) {
		stored, err := w.second.Records().FindSession(t.Context(), h.sid)
		if err != nil || !stored.EndedAt.IsZero() {
			t.Errorf("lost %s: %+v, %v", h.sid, stored, err)
		}
		if status := h.userinfo(w.nodes[1]); status != http.StatusOK {
			t.Errorf("lost %s: %d", h.sid, status)
		}
	}
	for i, h := range leavers {
		if ended[i] != nil {
			t.Errorf("%s: %v", h.sid, ended[i])
		}
		h.wantOver("ended", w.nodes[i%2], idp.EndRevoked)
	}
}

// overAll reports whether all of them have ended.
func (w twin) overAll(people []*held) bool {
	for _, h := range people {
		stored, err := w.second.Records().FindSession(context.Background(), h.sid)
		if err != nil || stored.EndedAt.IsZero() {
			return false
		}
	}
	return true
}
