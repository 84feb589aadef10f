package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/session"
)

const (
	day, govDay, limit      = 24 * time.Hour, 24*time.Hour - time.Minute, 15 * time.Minute
	grace, throttle, behind = time.Minute, 55 * time.Second, 5 * time.Minute
	never                   = -100 * day
)

// rules is all that a person may rely on of one session: a government app's if strict. Times are since its start.
type rules struct {
	strict                 bool
	last, reported, stored time.Duration // activity; report; activity that SQL was told of
	ended                  idp.EndReason
}

func (r *rules) state(now time.Duration) idp.EndReason {
	switch {
	case r.ended != "":
		return r.ended
	case now >= day || r.strict && now >= govDay:
		return idp.EndLifetime
	case r.strict && now >= r.last+limit:
		return idp.EndIdle
	}
	return ""
}

// look is a refresh, a page or a sweep: what is over for good stays over.
func (r *rules) look(now time.Duration) idp.EndReason {
	is := r.state(now)
	if is == idp.EndLifetime || is == idp.EndIdle && now >= r.last+limit+grace {
		r.ended = is
	}
	return is
}

func (r *rules) report(at, now time.Duration) (is idp.EndReason, busy bool) {
	is = r.state(now)
	if is == idp.EndIdle && r.ended == "" && at < r.last+limit && now < r.last+limit+grace {
		is = "" // told late
	}
	switch {
	case is != "":
		return r.look(now), false
	case now-r.reported < throttle:
		return "", true
	}
	r.last, r.reported = max(r.last, at), now
	if r.last-r.stored >= behind {
		r.stored = r.last
	}
	return "", false
}

// forget is a Redis that lost everything.
func (r *rules) forget() { r.last, r.reported = r.stored, never }

// drive is one run of random events over the service and the rules.
type drive struct {
	*house
	rt     *rapid.T
	starts []time.Time
	visits []*visit
	rules  []*rules
}

// TestRandomLivesAgreeWithTheRules: no sequence of sign-ins, activity, refreshes, logouts, sweeps, clock steps, lost Redis and
// restarted nodes makes a session live longer or shorter than the rules say.
func TestRandomLivesAgreeWithTheRules(t *testing.T) {
	h := newHouse(t)
	rapid.Check(t, func(rt *rapid.T) {
		h.flush()
		h.now = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
		clearSessions(t, h)
		d := &drive{house: h, rt: rt}
		d.signIn()
		rt.Repeat(map[string]func(*rapid.T){
			"sign in": func(*rapid.T) { d.signIn() },
			"active":  d.active,
			"refresh": d.refresh,
			"log out": d.logOut,
			"sweep":   func(*rapid.T) { d.sweep() },
			"clock":   d.clock,
			"flush":   func(*rapid.T) { d.flush() },
			"restart": func(*rapid.T) { d.Service = d.node() },
		})
		for i := range d.visits { // and at the end every session is looked at
			d.see(i)
		}
	})
}

func clearSessions(t *testing.T, h *house) {
	t.Helper()
	_, err := h.sql.DB().ExecContext(t.Context(), "DELETE FROM sessions")
	must(t, err)
}

func (d *drive) signIn() {
	if len(d.visits) == 3 {
		return
	}
	app := rapid.SampledFrom([]idp.ClientID{"lodgements", "lodgements", "timesheets"}).Draw(d.rt, "app")
	d.visits, d.starts = append(d.visits, d.house.signIn(app)), append(d.starts, d.now)
	d.rules = append(d.rules, &rules{strict: app == "lodgements", reported: never})
}

func (d *drive) pick(rt *rapid.T) (i int, now time.Duration) {
	i = rapid.IntRange(0, len(d.visits)-1).Draw(rt, "who")
	return i, d.now.Sub(d.starts[i])
}

func (d *drive) active(rt *rapid.T) {
	i, now := d.pick(rt)
	age := time.Duration(rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 90), rapid.IntRange(0, 1800)).Draw(rt, "seconds idle")) * time.Second
	want, busy := d.rules[i].report(now-age, now)
	_, err := d.visits[i].report(age)
	if busy {
		if idp.CodeOf(err) != idp.CodeBusy {
			rt.Fatalf("a report %s after the start: %v, want busy", now, err)
		}
		return
	}
	d.compare(rt, "report", i, err, want)
}

func (d *drive) refresh(rt *rapid.T) {
	i, _ := d.pick(rt)
	d.see(i)
}

func (d *drive) see(i int) {
	want := d.rules[i].look(d.now.Sub(d.starts[i]))
	d.compare(d.rt, "refresh", i, d.visits[i].refresh(), want)
	_, err := d.Current(context.Background(), d.visits[i].cookie, d.apps[d.visits[i].app], d.now)
	d.compare(d.rt, "page", i, err, want)
}

func (d *drive) compare(rt *rapid.T, what string, i int, err error, want idp.EndReason) {
	var got idp.EndReason
	var ended *session.Ended
	if errors.As(err, &ended) {
		got = ended.Reason
	} else if err != nil {
		rt.Fatalf("%s: %v", what, err)
	}
	if got != want {
		rt.Fatalf("%s at %s, %s after its start: %q, want %q (%+v)", what, d.visits[i].app, d.now.Sub(d.starts[i]), got, want, *d.rules[i])
	}
}

func (d *drive) logOut(rt *rapid.T) {
	if rapid.IntRange(0, 3).Draw(rt, "really") > 0 { // or few would live long
		return
	}
	i, _ := d.pick(rt)
	d.visits[i].logOut()
	if d.rules[i].ended == "" {
		d.rules[i].ended = idp.EndLogout
	}
}

func (d *drive) sweep() {
	want := 0
	for i, r := range d.rules {
		before := r.ended
		if r.look(d.now.Sub(d.starts[i])); before == "" && r.ended != "" {
			want++
		} else if r.strict && r.ended == "" && d.now.Sub(d.starts[i]) >= r.stored+limit+grace {
			r.stored = r.last // SQL is told of those that are not over
		}
	}
	if got, err := d.Sweep(context.Background(), d.now); got != want || err != nil {
		d.rt.Fatalf("swept %d, %v; want %d", got, err, want)
	}
}

// clock lets time pass, mostly near a limit, and sometimes sets it back.
func (d *drive) clock(rt *rapid.T) {
	near := rapid.SampledFrom([]time.Duration{0, 55 * time.Second, time.Minute, 5 * time.Minute, 14 * time.Minute, limit, limit + grace}).Draw(rt, "near")
	off := time.Duration(rapid.IntRange(-2, 40).Draw(rt, "seconds off")) * time.Second
	step := rapid.OneOf(rapid.Just(near+off), rapid.Just(near+off), rapid.Just(-10*time.Minute), rapid.Just(23*time.Hour)).Draw(rt, "step")
	d.pass(step)
}

func (d *drive) flush() {
	d.house.flush()
	for _, r := range d.rules {
		r.forget()
	}
}
