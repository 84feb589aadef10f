package conform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// unclear is a verdict that never becomes a result: the check's own timing was too coarse to judge.
const unclear State = "unclear"

func doubtful() verdict { return verdict{state: unclear} }

// A check whose timing was too coarse is made again, with times that are so many times as long.
const tries = 3

// attempts makes a check again until it can tell, and says in the end that it could not. The flag, if there is one, would give
// it more time.
func attempts(flag string, try func(times time.Duration) verdict) verdict {
	for times := range time.Duration(tries) {
		if v := try(times + 1); v.state != unclear {
			return v
		}
	}
	return tooSlow(flag)
}

const slowly = "the app or this machine answers too slowly to tell"

func tooSlow(flag string) verdict {
	if flag == "" {
		return unchecked(slowly)
	}
	return unchecked(slowly + "; try a longer --" + flag)
}

// failed is the verdict of a check that could not be completed. If the app took too long, that says nothing about the contract.
func failed(err error) verdict {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return unchecked(fmt.Sprintf("%s: %s", slowly, err))
	}
	return wrong(err.Error())
}

// pace is how slowly things went: how long the app took over an answer, and how much later than asked this process woke up.
type pace struct {
	mu      sync.Mutex
	slowest time.Duration
}

func (p *pace) note(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowest = max(p.slowest, d)
}

func (p *pace) lag() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slowest
}

// sure is the verdict if everything went fast enough for it.
func (p *pace) sure(v verdict, enough time.Duration) verdict {
	if p.lag() > enough {
		return doubtful()
	}
	return v
}

// pause calls the function of this name, and notes how late it woke up.
func (p *pace) pause(ctx context.Context, d time.Duration) {
	began := time.Now()
	pause(ctx, d)
	p.note(time.Since(began) - max(d, 0))
}

// look is one request for the page. What the app decided, it decided between sent and answered.
type look struct {
	as             how
	sent, answered time.Time
	in             bool
}

func (s *suite) look(ctx context.Context, someone *person, as how) (look, error) {
	sent := time.Now()
	in, err := s.shown(ctx, someone, as)
	return look{as: as, sent: sent, answered: time.Now(), in: in}, err
}

const (
	untouched = 3 * time.Second // so long nothing happens at first, to tell a poll from the sign-in
	rounding  = 2 * time.Second // of ages in seconds, at both sides
	fraction  = time.Second     // what an app loses that counts from auth_time, which is in seconds
)

// watch is what was seen of one session until it should have been over.
type watch struct {
	length, grace time.Duration // what the session lasts, and how much later its end may be noticed

	authTime time.Time // no app counts from earlier than this
	signedIn time.Time // nor from later
	ways     []how     // what must not put the end off
	during   []look
	after    []look
	renewed  []time.Time
	told     int // how often the app was told of the end
	reports  []report
	lag      time.Duration
	beside   verdict // on the page in a session that goes on
}

// end judges when the session ended. It is sure of an end too early only of what was answered before the end was due, and of
// a good end only if a session that had been put off would have been there still.
func (w watch) end() verdict {
	for _, l := range w.during {
		switch {
		case l.in:
		case l.answered.Before(w.authTime.Add(w.length - fraction)):
			return wrong(fmt.Sprintf("the session ended before its %s were over", w.length))
		default:
			return doubtful()
		}
	}
	for _, l := range w.after {
		if l.in && !l.sent.Before(w.signedIn.Add(w.length+w.grace)) {
			return wrong(fmt.Sprintf("the page is shown %s after the end; the app renewed its tokens %d times meanwhile", w.grace, len(w.renewed)))
		}
	}
	if len(w.after) == 0 || w.told > 0 && len(w.renewed) < enoughRenewals { // the app may learn of the end by that only
		return doubtful()
	}
	for _, l := range w.after {
		if l.in || !l.answered.Before(w.putOff().Add(w.length)) {
			return doubtful()
		}
	}
	return fine()
}

// putOff is the earliest time from which an app would count if it took something for input that is not.
func (w watch) putOff() time.Time {
	var earliest time.Time
	for i, way := range w.ways {
		var last time.Time
		for _, l := range w.during {
			if l.as == way {
				last = l.sent
			}
		}
		if i == 0 {
			earliest = last
		}
		earliest = minTime(earliest, last)
	}
	for _, at := range slices.Backward(w.renewed) {
		if len(w.after) > 0 && at.Before(w.after[0].sent) && at.After(w.signedIn.Add(w.grace)) {
			return minTime(at, earliest)
		}
	}
	return earliest
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// invented judges whether the app reported input that the person never made. A slow report looks like one of later input, so only
// input counts that is later than the slowest answer could make it look.
func (w watch) invented() verdict {
	honest := w.signedIn.Add(rounding)
	sure := honest.Add(w.lag)
	doubt := false
	for _, r := range w.reports {
		at := r.at.Add(-r.idle)
		if at.After(sure) {
			return wrong(fmt.Sprintf("a report of input %s ago, when the last one was %s ago", r.idle, r.at.Sub(w.signedIn).Round(time.Second)))
		}
		doubt = doubt || at.After(honest)
	}
	if doubt || !w.putOff().After(sure) {
		return doubtful()
	}
	return fine()
}

// watch sees a session to its end: asks for the page in these ways in turn, as long as nothing may have ended, and once more
// when all should be over.
func (s *suite) watch(ctx context.Context, someone *person, w watch, rest, between time.Duration, after ...how) (watch, error) {
	w.signedIn = time.Now()
	s.provider.look(someone.sid(), func(session *session) { w.authTime = session.authTime })
	someone.pace.pause(ctx, rest)
	for i := 0; i < len(w.ways) || time.Since(w.signedIn) < w.length*3/4; i++ {
		l, err := s.look(ctx, someone, w.ways[i%len(w.ways)])
		if err != nil {
			return w, err
		}
		w.during = append(w.during, l)
		if !l.in {
			return w, nil
		}
		someone.pace.pause(ctx, between)
	}
	someone.pace.pause(ctx, time.Until(w.signedIn.Add(w.length+w.grace)))
	for _, as := range after {
		l, err := s.look(ctx, someone, as)
		if err != nil {
			return w, err
		}
		w.after = append(w.after, l)
	}
	s.provider.look(someone.sid(), func(session *session) {
		w.renewed, w.told, w.reports = session.renewed, session.told, session.reports
	})
	w.lag = someone.pace.lag()
	return w, nil
}
