package faulttest

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/server"
)

// toldWithin is how long an app may wait to be told of a log-out whose node was killed: another node takes the message over after a
// minute at most.
const toldWithin = 100 * time.Second

// judge proves, after the load, that what was acknowledged is there, and that what is over or used stays so.
func (l *load) judge() {
	w := l.world
	var over, told []*session
	for _, s := range l.sessions {
		switch {
		case w.void.unknown(s):
		case w.void.concerns(s):
			l.staysVoid(s)
			if w.void.has(s) {
				told = append(told, s)
			}
		case !s.overAt.IsZero():
			over = append(over, s)
			l.stayOver(s)
		case s.leaving: // whether the log-out took place is unknown: it was not acknowledged
		default:
			a, err := s.bearer(w, "userinfo_endpoint", "")
			if err == nil && a.status == http.StatusUnauthorized && w.app.leaked.signed(s.access) && s.renew(w) {
				a, err = s.bearer(w, "userinfo_endpoint", "")
			}
			if err != nil || a.status != http.StatusOK {
				w.tally.lose("session %s of %s: %d %s %v", s.sid, s.browser.address, a.status, a.body, err)
			}
		}
	}
	deadline := time.Now().Add(toldWithin)
	for _, s := range slices.Concat(over, told) {
		for !w.app.wasTold(s.sid) && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
		}
		if !w.app.wasTold(s.sid) {
			w.tally.lose("log-out of %s: the app was not told", s.sid)
		}
	}
	l.recorded(over)
	for _, flaw := range w.app.flaws() {
		w.tally.add(event{kind: "log-out token", outcome: broken, began: time.Now(), text: withoutPorts(flaw)})
	}
}

// stayOver uses everything of a session that is over again.
func (l *load) stayOver(s *session) {
	w := l.world
	if a, err := s.bearer(w, "userinfo_endpoint", ""); err != nil || a.status != http.StatusUnauthorized {
		w.tally.lose("%s is over: userinfo answers %d %v", s.sid, a.status, err)
	}
	used := []url.Values{
		{"grant_type": {"authorization_code"}, "code": {s.code}, "redirect_uri": {unlistened}, "code_verifier": {s.verifier}},
		{"grant_type": {"refresh_token"}, "refresh_token": {s.refresh}},
		{"grant_type": {"refresh_token"}, "refresh_token": {s.spent}},
	}
	for _, form := range used {
		if a, err := w.token(s.browser, form); err != nil || a.status == http.StatusOK {
			w.tally.double("%s of %s is good again: %d %v", form.Get("grant_type"), s.sid, a.status, err)
		}
	}
}

// recorded proves that the audit trail holds each sign-in and each log-out once, and is as it was written.
func (l *load) recorded(over []*session) {
	w := l.world
	began := w.column("SELECT sid FROM events WHERE type = 'signin.succeeded'")
	ended := w.column("SELECT sid FROM events WHERE type = 'session.ended'")
	for _, s := range l.sessions {
		if w.void.concerns(s) {
			continue // its events are those of the backup
		}
		if n := count(began, s.sid); n != 1 {
			w.tally.lose("the trail has %d events of the sign-in %s", n, s.sid)
		}
	}
	for _, s := range over {
		if !slices.Contains(ended, s.sid) {
			w.tally.lose("the trail has no event of the log-out %s", s.sid)
		}
	}
	trail, err := server.OpenTrail(context.Background(), w.places().Vault)
	fatal(w.t, err)
	defer func() { fatal(w.t, trail.Close()) }()
	if report, err := trail.Verify(context.Background(), "", ""); err != nil || report.Events == 0 {
		w.tally.lose("the trail: %d events, %v", report.Events, err)
	}
}

func count(in []string, what string) (n int) {
	for _, one := range in {
		if one == what {
			n++
		}
	}
	return n
}
