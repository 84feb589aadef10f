package authenticator

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// hall is turns of which one turn is taken, so that everyone who comes has to wait. It records in which order they are served.
type hall struct {
	t      *testing.T
	turns  *turns
	served []string
	busy   []string
	calls  map[string]context.CancelFunc
}

func newHall(t *testing.T, queue int) *hall {
	turns, err := newTurns(1, queue, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{t: t, turns: turns, calls: map[string]context.CancelFunc{}}
	occupy(t, turns, 1)
	return h
}

// come lets a caller come and wait until it waits, or is turned away, or another is.
func (h *hall) come(name string, c Claim) {
	ctx, cancel := context.WithCancel(h.t.Context())
	h.calls[name] = cancel
	go func() {
		defer cancel()
		err := h.turns.enter(ctx, c)
		switch {
		case err == nil:
			h.served = append(h.served, name)
		case ctx.Err() == nil:
			h.busy = append(h.busy, name)
		}
	}()
	synctest.Wait()
}

// serve ends the turn that is taken, n times.
func (h *hall) serve(n int) {
	for range n {
		h.turns.leave()
		synctest.Wait()
	}
}

func (h *hall) flood(name string, n int, address func(int) string, account func(int) string) {
	for i := range n {
		h.come(fmt.Sprintf("%s %d", name, i), Claim{Address: address(i), Account: account(i)})
	}
}

func always(text string) func(int) string { return func(int) string { return text } }

func numbered(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// ABUSE 51: however a crowd spreads itself over names, or over the addresses of a site, or over the networks of the world at one
// account, another caller who comes last is served within a few turns, though every place to wait is taken.
func TestACrowdWaitsBehindItself(t *testing.T) {
	for name, c := range map[string]struct {
		address, account func(int) string
		within           int
	}{
		"made-up names from one address":    {always("192.0.2.7"), numbered("n%d@x.example"), 2},
		"made-up names from one IPv4 /24":   {numbered("192.0.2.%d"), numbered("n%d@x.example"), 6},
		"made-up names from one IPv6 /64":   {numbered("2001:db8:1:1::%d"), numbered("n%d@x.example"), 2},
		"made-up names from one IPv6 /48":   {numbered("2001:db8:1:%d::1"), numbered("n%d@x.example"), 6},
		"one account from many networks":    {numbered("10.%d.0.1"), always("ada@harbour.example"), 2},
		"one made-up name from many others": {numbered("10.%d.0.1"), always("no-one@x.example"), 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHall(t, 16)
				h.flood("crowd", 40, c.address, c.account)
				if len(h.busy) != 24 {
					t.Fatalf("%d of the crowd were turned away, want 24: it has every place while no one else comes", len(h.busy))
				}
				h.come("other", Claim{Address: "198.51.100.1", Account: "bea@reef.example"})
				h.serve(c.within)
				if !slices.Contains(h.served, "other") {
					t.Errorf("served %v, and not the other", h.served)
				}
				h.serve(16)
			})
		})
	}
}

// ABUSE 51: from the very network of the crowd, and from anywhere when a crowd comes from everywhere, an owner gets in with a browser
// that is known, or with a link.
func TestWhoHasProvedThemselvesIsServedInAnyCrowd(t *testing.T) {
	for name, address := range map[string]func(int) string{"its own network": always("192.0.2.7"), "every network": numbered("10.%d.0.1")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHall(t, 16)
				h.flood("crowd", 40, address, numbered("n%d@x.example"))
				h.come("owner", Claim{Address: "192.0.2.7", Account: "ada@harbour.example", Proved: true})
				h.serve(1)
				if !slices.Equal(h.served, []string{"owner"}) {
					t.Errorf("served %v", h.served)
				}
				h.serve(16)
			})
		})
	}
}

// One person who has proved who they are does not fill the reserve: their third request at once waits like anyone's.
func TestOneAccountDoesNotFillTheReserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 8)
		for i := range 20 {
			h.come(fmt.Sprintf("known %d", i), Claim{Address: "192.0.2.7", Account: "mallory", Proved: true})
		}
		if n := len(h.turns.proved.waiters); n != provedAtOnce {
			t.Errorf("%d wait with priority", n)
		}
		h.come("owner", Claim{Address: "198.51.100.1", Account: "ada", Proved: true})
		h.come("other", Claim{Address: "198.51.100.2", Account: "bea"})
		h.serve(6)
		if !slices.Contains(h.served, "owner") || !slices.Contains(h.served, "other") {
			t.Errorf("served %v", h.served)
		}
		h.serve(9)
	})
}

// An office whose people all sign in at the same moment behind one address uses every place, in the order in which they came.
func TestAnOfficeAloneHasEveryPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t, 64)
		h.flood("person", 64, always("203.0.113.9"), numbered("p%d@office.example"))
		h.serve(64)
		if len(h.busy) != 0 || len(h.served) != 64 || h.served[0] != "person 0" || h.served[63] != "person 63" {
			t.Errorf("turned away %v, served %v", h.busy, h.served)
		}
	})
}

// What holds of the lines in any history: the places are bounded, those who have proved themselves are not pushed out by others while they
// have no more than their half, and the line of a caller who waits moves on however many come after.
func TestLinesInAnyHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queue := rapid.IntRange(1, 12).Draw(t, "queue")
		turns, err := newTurns(1, queue, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		turns.running = 1
		comer := rapid.Custom(func(t *rapid.T) caller {
			return Claim{
				Address: fmt.Sprintf("10.0.%d.%d", rapid.IntRange(0, 3).Draw(t, "site"), rapid.IntRange(0, 3).Draw(t, "host")),
				Account: fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "account")), Proved: rapid.Bool().Draw(t, "proved"),
			}.caller()
		})
		t.Repeat(map[string]func(*rapid.T){
			"come": func(t *rapid.T) {
				c := comer.Draw(t, "caller")
				proved, anyone := slices.Clone(turns.proved.waiters), slices.Clone(turns.anyone.waiters)
				w := turns.line(c)
				for _, p := range proved {
					if p.lost && !w.proved && len(proved) <= (queue+1)/2 {
						t.Fatal("a caller took a place of the reserve")
					}
				}
				for _, a := range anyone {
					if a.lost && !w.proved && a.due < w.due {
						t.Fatalf("one due at %v lost the place to one due at %v", a.due, w.due)
					}
				}
			},
			"serve": func(*rapid.T) { turns.leave() },
			"give up": func(t *rapid.T) {
				if all := slices.Concat(turns.anyone.waiters, turns.proved.waiters); len(all) > 0 {
					_ = turns.giveUp(rapid.SampledFrom(all).Draw(t, "waiter"), nil)
				}
			},
			"": func(t *rapid.T) {
				if turns.waiting() > queue {
					t.Fatalf("%d wait in %d places", turns.waiting(), queue)
				}
				if turns.running == 0 {
					if turns.waiting() > 0 {
						t.Fatal("someone waits, and no one works")
					}
					turns.running = 1
				}
				for _, w := range slices.Concat(turns.anyone.waiters, turns.proved.waiters) {
					select {
					case <-w.turn:
						t.Fatal("someone waits whose turn is over")
					default:
					}
				}
			},
		})
	})
}

// No one starves: whatever keeps coming, from however many networks, a caller who waits and is not pushed out is served.
func TestNoOneIsOvertakenForEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l line
		ahead := rapid.IntRange(0, 10).Draw(t, "ahead")
		for range ahead {
			l.add(Claim{Address: "192.0.2.7"}.caller())
		}
		mine := l.add(Claim{Address: "192.0.2.7"}.caller())
		others := rapid.IntRange(1, 10).Draw(t, "others")
		for turn := range (ahead + 2) * (ahead + others + 2) {
			for i := range others {
				if len(l.waiters) < ahead+others+1 {
					l.add(Claim{Address: fmt.Sprintf("10.%d.%d.1", turn, i), Account: fmt.Sprint(turn, i)}.caller())
				}
			}
			if l.next() == mine {
				return
			}
		}
		t.Fatalf("due at %v, and still waiting at %v", mine.due, l.clock)
	})
}
