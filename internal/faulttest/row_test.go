package faulttest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// row is one row of the table: something that happens to nodes under load.
type row struct {
	name string // of the test
	what string // what is done, as the table says it
	set  func(testing.TB) (stores, harm)

	abuse   string                          // the attacks of the threat model that it is a test of
	quick   bool                            // make test runs it too, on nodes within the test
	forgets bool                            // codes and sign-ins under way go: Redis forgets them, or a clock says that they are over
	kills   bool                            // requests that are at a killed node are cut off
	people  []idp.Kind                      // who signs in; nil: people of all kinds
	flags   []string                        // more of the nodes
	start   func(testing.TB, launch) launch // what starts the nodes of this row, in place of what starts those of others
}

// harm does the harm and ends it, and says when it ended by scene.ends.
type harm func(*scene)

// scene is a row that is played.
type scene struct {
	*world
	load  *load
	began time.Time
	ended time.Time // when the cause of the harm ended
	note  string    // beside the row in the table

	program string // of commands; "": not built yet

	steady []string // the kinds of operations that must go on
}

// ends says that the cause of the harm has ended just now.
func (s *scene) ends() { s.ended = time.Now() }

// lasts lets the harm last.
func (s *scene) lasts(d time.Duration) { time.Sleep(d) }

// goesOn demands that operations of these kinds go on completing from the beginning of the harm, every one of them.
func (s *scene) goesOn(kinds ...string) { s.steady = kinds }

// held fails the test for each kind that did not go on. Beside other tests a store may be too late for a few requests, which are refused
// then.
func (s *scene) held(limit time.Duration) {
	s.t.Helper()
	for _, kind := range s.steady {
		good, failed, late := len(s.tally.of(completed, s.began, kind)), s.tally.of(broken, s.began, kind), s.tally.of(refused, s.began, kind)
		if limit == promise || len(late) > good/2 {
			failed = append(failed, late...)
		}
		if good == 0 || len(failed) > 0 {
			s.t.Errorf("%s must go on: %d completed, %d did not: %v", kind, good, len(failed), failed[:min(len(failed), 1)])
		}
	}
}

// calm is how long nothing may fail before what was harmed has recovered.
const calm = 2 * time.Second

// recover waits until nothing fails any more, and returns how long after the end of the cause the last operation began that did.
func (s *scene) recover(limit time.Duration) time.Duration {
	s.t.Helper()
	last := func() time.Time {
		at := s.ended
		for _, e := range s.tally.failed(s.ended) {
			if e.began.After(at) {
				at = e.began
			}
		}
		return at
	}
	give := s.ended.Add(limit + calm)
	for time.Since(last()) < calm && time.Now().Before(give) {
		time.Sleep(50 * time.Millisecond)
	}
	s.works(s.ended, limit)
	return last().Sub(s.ended)
}

// line is what the table says of a row.
type line struct {
	tried, completed, refused, cut, broken, doubled, lost int
	seconds                                               float64
	note                                                  string
}

// play plays a row.
func (r row) play(t testing.TB, start launch, limit time.Duration) *line {
	t.Helper()
	places, harm := r.set(t)
	if r.start != nil {
		start = r.start(t, start)
	}
	w := newWorld(t, places, start, r.flags...)
	w.forgets, w.kills = r.forgets, r.kills
	s := &scene{world: w, load: w.begin(r.people...)}
	s.began = time.Now()
	harm(s)
	if s.ended.IsZero() {
		s.ends()
	}
	took := s.recover(limit)
	s.load.end()
	s.held(limit)
	s.load.judge()
	return s.count(took, limit)
}

// count sums up, and fails the test for what must not be.
func (s *scene) count(took, limit time.Duration) *line {
	s.t.Helper()
	n := func(o outcome) int { return len(s.tally.of(o, time.Time{})) }
	l := &line{completed: n(completed), refused: n(refused), cut: n(cut), broken: n(broken),
		doubled: len(s.tally.doubled), lost: len(s.tally.lost), seconds: math.Ceil(took.Seconds()*10) / 10, note: s.note}
	l.tried = l.completed + l.refused + l.cut + l.broken
	if l.broken+l.doubled+l.lost > 0 || took > limit {
		s.t.Errorf("%d broken, %d doubled, %d lost; recovered after %s, at most %s", l.broken, l.doubled, l.lost, took, limit)
	}
	said := slices.Concat(s.tally.summary(broken), s.tally.summary(cut), s.tally.summary(refused), s.tally.doubled, s.tally.lost)
	s.t.Logf("%d tried, %d completed, %d refused, %d cut off; recovered after %s. %s\n%s", l.tried, l.completed, l.refused, l.cut, took, s.note,
		strings.Join(said[:min(len(said), 40)], "\n"))
	return l
}

// said is what the page says of the row after it was played; l is nil if it did not come to its end.
func (r row) said(l *line, held bool) string {
	what := r.what
	if r.abuse != "" {
		what += " (" + r.abuse + ")"
	}
	if l != nil && l.note != "" {
		what += ". " + l.note
	}
	if !held {
		what += ". **Not held**"
	}
	if l == nil {
		return fmt.Sprintf("| %s | %s: it did not come to its end | | | | | | | | |", r.name, what)
	}
	return fmt.Sprintf("| %s | %s | %d | %d | %d | %d | %d | %d | %d | %.1f |", r.name, what, l.tried, l.completed, l.refused, l.cut, l.broken,
		l.doubled, l.lost, l.seconds)
}
