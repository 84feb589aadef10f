package authenticator

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestACrowdWaitsBrieflyAndTheRestIsTurnedAway(t *testing.T) { // ABUSE 40
	synctest.Test(t, func(t *testing.T) {
		passwords, err := NewPasswords(PasswordConfig{Parallel: 2, Queue: 64, Wait: 2 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		leave := occupy(t, passwords.turns, 2)

		before := allocated()
		results := make(chan error, 500)
		start := time.Now()
		for range 500 {
			go func() {
				_, err := passwords.Verify(t.Context(), Claim{}, idp.Secret{}, idp.NewSecret("guess"))
				results <- err
			}()
		}
		synctest.Wait()
		if got := len(results); got != 500-64 {
			t.Fatalf("%d were turned away at once, want %d", got, 500-64)
		}
		if grown := allocated() - before; grown > argonMemory*1024/2 {
			t.Errorf("500 callers without a turn allocated %d bytes", grown)
		}

		time.Sleep(2 * time.Second) // the bubble's clock
		synctest.Wait()
		if got := len(results); got != 500 {
			t.Fatalf("%d of 500 have an answer after the wait", got)
		}
		for range 500 {
			mustBeBusy(t, <-results)
		}
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v", waited)
		}
		if counted := passwords.TurnedAway(); counted != 500 {
			t.Errorf("%d are counted as turned away", counted)
		}
		leave()
		if _, err := passwords.Verify(t.Context(), Claim{}, idp.Secret{}, idp.NewSecret("guess")); err != nil {
			t.Errorf("after the crowd: %v", err)
		}
	})
}

// Where a thread that hashes keeps its processor, or uses up a share of the machine, one is left to the requests that hash nothing.
func TestHashingLeavesAProcessor(t *testing.T) { // ABUSE 40
	all := runtime.NumCPU()
	for procs := 1; procs < all; procs++ {
		if n := AtOnce(procs); n < 1 || n > 4 || n >= procs && procs > 1 {
			t.Errorf("%d hashes at once on a share of %d processors of %d", n, procs, all)
		}
	}
	if n := AtOnce(all); n < 1 || n > min(all, 4) {
		t.Errorf("%d hashes at once on all %d processors", n, all)
	}
	passwords, err := NewPasswords(PasswordConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if n, want := passwords.turns.parallel, AtOnce(runtime.GOMAXPROCS(0)); n != want {
		t.Errorf("%d hashes at once, want %d", n, want)
	}
}

func TestNeverMoreAtOnceThanAllowed(t *testing.T) { // ABUSE 40
	turns, err := newTurns(3, 1000, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var inside, most int
	count := func(change int) {
		mu.Lock()
		defer mu.Unlock()
		inside += change
		most = max(most, inside)
	}
	var all sync.WaitGroup
	for range 500 {
		all.Go(func() {
			if err := turns.enter(t.Context(), Claim{}); err != nil {
				t.Error(err)
				return
			}
			defer turns.leave()
			count(1)
			runtime.Gosched()
			count(-1)
		})
	}
	all.Wait()
	if most != 3 || turns.count() != 0 {
		t.Errorf("at most %d at once, %d left waiting; want 3 and 0", most, turns.count())
	}
}

func TestWaiterGetsTheTurnThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, err := newTurns(1, 1, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		leave := occupy(t, turns, 1)
		entered := make(chan error, 1)
		go func() {
			entered <- turns.enter(t.Context(), Claim{})
		}()
		synctest.Wait()
		leave()
		if err := <-entered; err != nil {
			t.Error(err)
		}
	})
}

func TestWaiterWhoGoesAwayLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, err := newTurns(1, 1, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer occupy(t, turns, 1)()
		ctx, cancel := context.WithCancel(t.Context())
		entered := make(chan error, 1)
		go func() {
			entered <- turns.enter(ctx, Claim{})
		}()
		synctest.Wait()
		cancel()
		if err := <-entered; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if left := turns.count(); left != 0 {
			t.Errorf("%d still in the queue", left)
		}
	})
}

func occupy(t *testing.T, turns *turns, n int) (leave func()) {
	t.Helper()
	for range n {
		if err := turns.enter(t.Context(), Claim{}); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for range n {
			turns.leave()
		}
	}
}

func mustBeBusy(t *testing.T, err error) {
	t.Helper()
	var e *idp.Error
	if !errors.As(err, &e) || e.Code != idp.CodeBusy || e.RetryAfter < time.Second {
		t.Fatalf("error %v, want busy with a time to come back", err)
	}
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}
