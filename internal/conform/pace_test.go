package conform

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"
)

// at is so many seconds after a sign-in.
func at(seconds float64) time.Time {
	return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

func seen(as how, sent, answered float64, in bool) look {
	return look{as: as, sent: at(sent), answered: at(answered), in: in}
}

func times(all ...float64) (list []time.Time) {
	for _, seconds := range all {
		list = append(list, at(seconds))
	}
	return list
}

// idleFor is a session of six seconds whose end may be noticed two seconds later, polled and looked at.
func idleFor(during, after []look) watch {
	return watch{length: 6 * time.Second, grace: 2 * time.Second, authTime: at(-0.1), signedIn: at(0), ways: []how{script, reload}, during: during, after: after}
}

// A verdict on a session's end is given only where the timing bears it out: an app that keeps the contract is never judged wrong
// for being slow, and one that breaks it is never judged right.
func TestEndIsJudgedByWhatTheTimingProves(t *testing.T) {
	t.Parallel()
	polled := []look{seen(script, 3, 3.1, true), seen(reload, 3.5, 3.6, true), seen(script, 4, 4.1, true), seen(reload, 4.5, 4.6, true)}
	over := []look{seen(script, 8, 8.1, false), seen(reload, 8.1, 8.2, false)}
	with := func(w watch, change func(*watch)) watch { change(&w); return w }
	for name, c := range map[string]struct {
		watch watch
		want  State
	}{
		"it ended":                          {idleFor(polled, over), OK},
		"it is there after":                 {idleFor(polled, []look{seen(script, 8, 8.1, true), seen(reload, 8.1, 8.2, true)}), Wrong},
		"pages find it":                     {idleFor(polled, []look{seen(script, 8, 8.1, false), seen(reload, 8.1, 8.2, true)}), Wrong},
		"it ended early":                    {idleFor([]look{seen(script, 3, 3.1, false)}, nil), Wrong},
		"early, late answer":                {idleFor([]look{seen(script, 3, 3.1, true), seen(reload, 4.5, 6.3, false)}, nil), unclear},
		"early by a fraction of auth_time":  {idleFor([]look{seen(script, 3, 3.1, true), seen(reload, 4.5, 5.2, false)}, nil), unclear},
		"asked too late":                    {idleFor(polled, []look{seen(script, 10, 10.1, false), seen(reload, 10.1, 10.2, false)}), unclear},
		"answered too late":                 {idleFor(polled, []look{seen(script, 8, 10.1, false), seen(reload, 10.1, 10.2, false)}), unclear},
		"still there, however late":         {idleFor(polled, []look{seen(script, 10, 10.1, true), seen(reload, 10.1, 10.2, true)}), Wrong},
		"there, but before the grace":       {idleFor(polled, []look{seen(script, 7, 7.1, true), seen(reload, 7.1, 7.2, true)}), unclear},
		"polled too early":                  {idleFor(polled[:0:0], over), unclear},
		"polled in one way only":            {idleFor([]look{polled[0], polled[2]}, over), unclear},
		"polled in one way before":          {idleFor([]look{seen(reload, 1, 1.1, true), polled[0], polled[2]}, over), unclear},
		"nobody looked":                     {idleFor(polled, nil), unclear},
		"renewed while polled":              {with(idleFor(polled, over), func(w *watch) { w.renewed = times(3, 4.1) }), OK},
		"renewed long before the look":      {with(idleFor(polled, over), func(w *watch) { w.renewed = times(0.3, 2.1) }), unclear},
		"renewed with the sign-in only":     {with(idleFor(polled, over), func(w *watch) { w.renewed = times(0.1, 0.2) }), OK},
		"renewed at the look as well":       {with(idleFor(polled, over), func(w *watch) { w.renewed = times(2.1, 8.1) }), unclear},
		"told by a renewal":                 {with(idleFor(polled, over), func(w *watch) { w.renewed, w.told = times(4.1), 1 }), unclear},
		"told when it need not be any more": {with(idleFor(polled, over), func(w *watch) { w.renewed, w.told = times(3, 4.1), 1 }), OK},
	} {
		if got := c.watch.end(); got.state != c.want {
			t.Errorf("%s: %s (%s), want %s", name, got.state, got.seen, c.want)
		}
	}
}

// A report that was long on its way is not taken for input that the person never made, nor the other way round.
func TestReportsOfPollsAreToldFromSlowOnes(t *testing.T) {
	t.Parallel()
	polled := []look{seen(script, 3, 3.1, true), seen(reload, 3.5, 3.6, true)}
	for name, c := range map[string]struct {
		during  []look
		reports []report
		lag     time.Duration
		want    State
	}{
		"none":                            {polled, nil, 100 * time.Millisecond, OK},
		"of the sign-in, at a poll":       {polled, []report{{at: at(3.1), idle: 3 * time.Second}}, 100 * time.Millisecond, OK},
		"of a poll":                       {polled, []report{{at: at(3.1)}}, 100 * time.Millisecond, Wrong},
		"maybe of a poll, maybe slow":     {polled, []report{{at: at(3.1)}}, 1500 * time.Millisecond, unclear},
		"of a poll for sure":              {[]look{seen(script, 6, 7.5, true)}, []report{{at: at(7)}}, 1500 * time.Millisecond, Wrong},
		"none, polled too soon to tell":   {polled, nil, 1600 * time.Millisecond, unclear},
		"none, and polled in one way":     {polled[:1], nil, 0, unclear},
		"none, and not polled":            {nil, nil, 0, unclear},
		"of the sign-in, slow on its way": {[]look{seen(script, 3, 5, true), seen(reload, 6, 8, true)}, []report{{at: at(3.9), idle: time.Second}}, 2 * time.Second, unclear},
	} {
		w := idleFor(c.during, nil)
		w.reports, w.lag = c.reports, c.lag
		if got := w.invented(); got.state != c.want {
			t.Errorf("%s: %s (%s), want %s", name, got.state, got.seen, c.want)
		}
	}
}

func TestInputIsJudgedByWhatTheTimingProves(t *testing.T) {
	t.Parallel()
	kept := telling{length: 6 * time.Second, authTime: at(-0.1), signedIn: at(0), sent: at(4), answered: at(4.1)}
	late := telling{length: 6 * time.Second, authTime: at(-0.1), signedIn: at(0), age: 4 * time.Second, sent: at(8), answered: at(8.1)}
	for name, c := range map[string]struct {
		telling  telling
		answered time.Time // the input; zero: as above
		then     look
		want     State
	}{
		"it goes on":              {kept, time.Time{}, seen(script, 7, 7.1, true), OK},
		"it would have anyhow":    {kept, time.Time{}, seen(script, 5.9, 7.1, true), unclear},
		"it ended":                {kept, time.Time{}, seen(script, 7, 7.1, false), Wrong},
		"the input came too late": {kept, at(5), seen(script, 7, 7.1, false), unclear},
		"the look came too late":  {kept, time.Time{}, seen(script, 8.5, 9.1, false), unclear},
		"told late, it goes on":   {late, time.Time{}, seen(script, 8.1, 8.2, true), OK},
		"told late, it is over":   {late, time.Time{}, seen(script, 8.1, 8.2, false), Wrong},
		"told too late":           {late, at(9), seen(script, 9, 9.1, false), unclear},
		"looked too late":         {late, time.Time{}, seen(script, 8.1, 9.1, false), unclear},
	} {
		told := c.telling
		told.then = c.then
		if !c.answered.IsZero() {
			told.answered = c.answered
		}
		if got := told.verdict("it is over"); got.state != c.want {
			t.Errorf("%s: %s, want %s", name, got.state, c.want)
		}
	}
}

func TestManyReportsAreTooManyOnlyWithinAMinute(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second float64
		want   State
	}{"at once": {1, Wrong}, "when the next may have been due": {58, unclear}} {
		if got := tooMany(at(0), []report{{at: at(0.5)}, {at: at(c.second)}}); got.state != c.want {
			t.Errorf("%s: %s, want %s", name, got.state, c.want)
		}
	}
}

func TestARushIsJudgedOnlyIfAllCameInTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rush rush
		want State
	}{
		"used twice":        {rush{asked: times(1, 9), answered: at(2), took: time.Second, renewals: 1, reuses: 1}, Wrong},
		"used once":         {rush{asked: times(1, 1.1), answered: at(2), took: time.Second, renewals: 1, then: true}, OK},
		"some came late":    {rush{asked: times(1, 1.6), answered: at(2), took: time.Second, renewals: 1, then: true}, unclear},
		"some came after":   {rush{asked: times(1, 3), answered: at(2), took: time.Second, renewals: 1, then: true}, unclear},
		"out afterwards":    {rush{asked: times(1, 1.1), answered: at(2), took: time.Second, renewals: 1}, Wrong},
		"it does not renew": {rush{asked: times(1, 1.1)}, NotChecked},
	} {
		if got := c.rush.verdict(); got.state != c.want {
			t.Errorf("%s: %s, want %s", name, got.state, c.want)
		}
	}
}

// What could not be judged is tried again with more time, and never given out as a verdict.
func TestWhatIsTooSlowToTellIsTriedAgainAndThenNotChecked(t *testing.T) {
	t.Parallel()
	var given []time.Duration
	got := attempts("idle", func(times time.Duration) verdict {
		given = append(given, times)
		return doubtful()
	})
	if got.state != NotChecked || got.seen != "the app or this machine answers too slowly to tell; try a longer --idle" || fmt.Sprint(given) != "[1ns 2ns 3ns]" {
		t.Errorf("%+v after %v", got, given)
	}
	got = attempts("idle", func(times time.Duration) verdict {
		if times < 2 {
			return doubtful()
		}
		return wrong("now it is clear")
	})
	if got.state != Wrong {
		t.Errorf("%+v", got)
	}
	slow := &pace{}
	slow.note(2 * time.Second)
	slow.note(time.Second)
	if fast := slow.sure(fine(), 2*time.Second); fast.state != OK {
		t.Errorf("fast enough: %+v", fast)
	}
	if coarse := slow.sure(wrong("?"), time.Second); coarse.state != unclear {
		t.Errorf("too slow: %+v", coarse)
	}
	if late := failed(&url.Error{Op: "Get", Err: context.DeadlineExceeded}); late.state != NotChecked {
		t.Errorf("an answer that did not come: %+v", late)
	}
	if broken := failed(&url.Error{Op: "Get", Err: context.Canceled}); broken.state != Wrong {
		t.Errorf("no answer: %+v", broken)
	}
}
