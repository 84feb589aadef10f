package outbox

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Messages to an app that does not answer are put off after a moment, and come again one after another, however many there are;
// messages to other apps do not wait behind them.
func TestLanesKeepAppsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		for range laneWidth {
			enter(t, l, "slow")
		}
		began := time.Now()
		for _, after := range []struct {
			slow  time.Duration
			round int // seconds within which the messages come again
		}{{0, laneLeast}, {20 * time.Second, 20}, {time.Hour, laneRound}} {
			if after.slow > 0 {
				time.Sleep(quickly + after.slow - time.Since(began))
			}
			const rounds = 10
			back := map[time.Duration]int{}
			for range rounds * after.round {
				wait, entered := l.enter(t.Context(), "slow")
				if entered {
					t.Fatal("there is room")
				}
				back[wait]++
			}
			for wait, n := range back {
				if n < rounds-1 || n > rounds+1 || wait < laneSpacing || wait > time.Duration(after.round)*laneSpacing {
					t.Errorf("slow for %s: %d come again after %v, want %d within %d s", after.slow, n, wait, rounds, after.round)
				}
			}
		}
		if took := time.Since(began); took != quickly+time.Hour { // the bubble's clock: only the first one waited
			t.Errorf("putting off took %v", took)
		}
		enter(t, l, "other")
		l.leave("slow", false)
		enter(t, l, "slow")
		if _, entered := l.enter(t.Context(), "slow"); entered {
			t.Error("an app that fails gets more at once")
		}
		for range laneWidth {
			l.leave("slow", false)
		}
		l.leave("other", true)
		if len(l.open) != 0 {
			t.Errorf("%d lanes are kept", len(l.open))
		}
	})
}

// While an app answers quickly, its lane is wide and full: messages wait for a place, in order, and none is put off.
func TestALaneIsFullWhileTheAppIsQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		const messages, took = 600, 10 * time.Millisecond
		var all sync.WaitGroup
		var mu sync.Mutex
		running, most := 0, 0
		began := time.Now()
		for n := range messages {
			all.Go(func() {
				time.Sleep(time.Duration(n)) // so that they come in order
				for {
					wait, entered := l.enter(t.Context(), "app")
					if entered {
						break
					}
					time.Sleep(wait)
				}
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				time.Sleep(took)
				mu.Lock()
				running--
				mu.Unlock()
				l.leave("app", true)
			})
			if n%24 == 23 {
				synctest.Wait()
				time.Sleep(2 * took) // workers are fetched in rounds, and so are these
			}
		}
		all.Wait()
		if most != laneWide {
			t.Errorf("%d at once, want %d", most, laneWide)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%d messages took %v: some were put off", messages, took)
		}
	})
}

// However long the line is, a message waits while the app answers quickly, and is put off a moment after the last such answer.
func TestALongLineOfAQuickAppIsNotPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		for range laneWidth {
			enter(t, l, "app")
		}
		l.leave("app", true)
		for range laneWide - laneWidth + 1 {
			enter(t, l, "app")
		}
		const line, answers = 10, 6
		var all sync.WaitGroup
		var mu sync.Mutex
		entered, putOff := 0, time.Duration(0)
		began := time.Now()
		for range line {
			all.Go(func() {
				_, in := l.enter(t.Context(), "app")
				mu.Lock()
				defer mu.Unlock()
				if in {
					entered++
				} else {
					putOff = time.Since(began)
				}
			})
		}
		synctest.Wait()
		for range answers {
			time.Sleep(quickly / 2)
			l.leave("app", true)
		}
		all.Wait()
		if want := (answers + 2) * quickly / 2; entered != answers || putOff != want {
			t.Errorf("%d entered, want %d; the others were put off after %v, want %v", entered, answers, putOff, want)
		}
	})
}

// A message that stops waiting because its node ends leaves the line, and the place goes to the next one.
func TestWaitingForALaneEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		for range laneWidth {
			enter(t, l, "app")
		}
		ctx, cancel := context.WithCancel(t.Context())
		first, second := make(chan bool, 1), make(chan bool, 1)
		go func() { _, entered := l.enter(ctx, "app"); first <- entered }()
		synctest.Wait()
		go func() { _, entered := l.enter(t.Context(), "app"); second <- entered }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		l.leave("app", true)
		if <-first || !<-second {
			t.Error("the place did not go to the one that still waited")
		}
	})
}

// Whatever order messages come, give up and leave in, no place is lost and none is given twice.
func TestLanesLoseNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		var all sync.WaitGroup
		var mu sync.Mutex
		running := map[idp.ClientID]int{}
		for range 2000 {
			app := idp.ClientID([]string{"a", "b", "c"}[rand.N(3)])
			come, stay, quick := rand.N(3*time.Second), rand.N(2*quickly), rand.N(2) == 0
			all.Go(func() {
				time.Sleep(come)
				if _, entered := l.enter(t.Context(), app); !entered {
					return
				}
				mu.Lock()
				running[app]++
				if running[app] > laneWide {
					t.Errorf("%d at once", running[app])
				}
				mu.Unlock()
				time.Sleep(stay)
				mu.Lock()
				running[app]--
				mu.Unlock()
				l.leave(app, quick)
			})
		}
		all.Wait()
		if len(l.open) != 0 {
			t.Errorf("%d lanes are kept", len(l.open))
		}
	})
}

func enter(t *testing.T, l *lanes, app idp.ClientID) {
	t.Helper()
	if _, entered := l.enter(t.Context(), app); !entered {
		t.Fatalf("no room for %s", app)
	}
}
