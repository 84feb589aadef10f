package faulttest

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// outcome is what became of one operation.
type outcome int

const (
	completed outcome = iota
	refused           // a page or an OAuth error of ours that says to try again
	broken            // anything else: a connection that was reset, 500, a page that isn't ours, a token that does not verify
	cut               // it was at a node that a row killed
)

func (o outcome) String() string { return []string{"completed", "refused", "broken", "cut off"}[o] }

// event is one operation that ended.
type event struct {
	kind    string // "sign-in", "userinfo", …
	outcome outcome
	began   time.Time // when its last request did
	text    string    // of what did not complete
}

// tally counts what became of everything that was tried in a row.
type tally struct {
	mu      sync.Mutex
	events  []event
	doubled []string
	lost    []string
}

func (c *tally) add(e event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, e)
}

// double notes that something single-use was used twice.
func (c *tally) double(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doubled = append(c.doubled, fmt.Sprintf(format, args...))
}

// lose notes that something acknowledged has gone.
func (c *tally) lose(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = append(c.lost, fmt.Sprintf(format, args...))
}

// of lists the operations of an outcome that began since then, of these kinds or of all.
func (c *tally) of(o outcome, since time.Time, kinds ...string) (found []event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events {
		if e.outcome == o && e.began.After(since) && (len(kinds) == 0 || slices.Contains(kinds, e.kind)) {
			found = append(found, e)
		}
	}
	return found
}

// failed lists those that did not complete.
func (c *tally) failed(since time.Time) []event {
	return slices.Concat(c.of(refused, since), c.of(broken, since), c.of(cut, since))
}

// summary says how often each text of an outcome came, for a person who has to find out why.
func (c *tally) summary(o outcome) (lines []string) {
	counts := map[string]int{}
	for _, e := range c.of(o, time.Time{}) {
		counts[e.kind+": "+e.text]++
	}
	for text, n := range counts {
		lines = append(lines, fmt.Sprintf("%4d x %s: %s", n, o, text))
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	return lines[:min(len(lines), 12)]
}
