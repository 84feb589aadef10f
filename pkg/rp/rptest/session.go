package rptest

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

const (
	reportSlack     = 5 * time.Second // a report may come so much sooner, or a third of the time between two: clocks jitter
	reportAllowance = time.Minute
	longestAge      = 86400 // seconds
)

// Report is one report of activity that the provider got, taken or not.
type Report struct {
	SID         string
	IdleSeconds int
	Status      int // of the answer
}

// session is a signed-in person.
type session struct {
	sid, subject     string
	claims           map[string]any
	began, expires   time.Time
	active, reported time.Time
	idle             time.Duration
	ended            string               // the reason
	access           map[string]time.Time // by access token: its end
	refresh          string
	spent            []string // refresh tokens
}

func (s *session) end(reason string) {
	if s.ended == "" {
		s.ended = reason
	}
}

// begin makes a session of the person who signs in. The caller holds the lock.
func (p *Provider) begin() string {
	now := p.now()
	s := &session{
		sid: "ses_" + rand.Text(), subject: p.person.subject, claims: p.person.claims, began: now, expires: now.Add(p.lifetime),
		active: now, idle: p.idle, access: map[string]time.Time{},
	}
	p.sessions[s.sid] = s
	return s.sid
}

// state is why the session is over, "" while it is alive. The caller holds the lock.
func (p *Provider) state(s *session) string {
	now := p.now()
	switch {
	case s.ended != "":
		return s.ended
	case !now.Before(s.expires):
		return apsid.EndedLifetime
	case s.idle > 0 && !now.Before(s.active.Add(s.idle)):
		return apsid.EndedIdle
	default:
		return ""
	}
}

// Sessions lists the SIDs of the person's living sessions.
func (p *Provider) Sessions(subject string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var alive []string
	for sid, s := range p.sessions {
		if s.subject == subject && p.state(s) == "" {
			alive = append(alive, sid)
		}
	}
	slices.Sort(alive)
	return alive
}

// End ends a session for one of the reasons of package apsid, and tells no app.
func (p *Provider) End(sid, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.sessions[sid]; s != nil {
		s.end(reason)
	}
}

// Reports lists the reports of activity so far.
func (p *Provider) Reports() []Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.reports)
}

// Refreshes counts the refresh tokens that were presented, good ones or not.
func (p *Provider) Refreshes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refreshes
}

// bearer is the session of the request's access token, nil if there is none. The caller holds the lock.
func (p *Provider) bearer(r *http.Request) *session {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, s := range p.sessions {
		if p.now().Before(s.access[token]) {
			return s
		}
	}
	return nil
}

// serveActivity is the inactivity contract.
func (p *Provider) serveActivity(w http.ResponseWriter, r *http.Request) {
	var body struct {
		IdleSeconds *int `json:"idle_seconds"`
	}
	err := json.NewDecoder(r.Body).Decode(&body)
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.bearer(r)
	switch {
	case s == nil:
		reply(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	case err != nil || body.IdleSeconds == nil || *body.IdleSeconds < 0 || *body.IdleSeconds > longestAge:
		reply(w, http.StatusUnprocessableEntity, map[string]any{"error": "invalid_request"})
		return
	}
	status, answer := p.take(s, *body.IdleSeconds)
	p.reports = append(p.reports, Report{SID: s.sid, IdleSeconds: *body.IdleSeconds, Status: status})
	reply(w, status, answer)
}

// take is a report that is well-formed: what was done before the end still counts for a while after it.
func (p *Provider) take(s *session, age int) (status int, answer any) {
	now := p.now()
	at := now.Add(-time.Duration(age) * time.Second)
	end := s.active.Add(s.idle)
	late := p.state(s) == apsid.EndedIdle && s.ended == "" && at.Before(end) && now.Before(end.Add(reportAllowance))
	if reason := p.state(s); reason != "" && !late {
		return http.StatusUnauthorized, map[string]any{"error": apsid.ErrorSessionEnded, "reason": reason}
	}
	every := apsid.ReportEvery(s.idle)
	if !s.reported.IsZero() && now.Sub(s.reported) < every-min(reportSlack, every/3) {
		return http.StatusTooManyRequests, map[string]any{"error": "too_soon"}
	}
	s.reported = now
	if at.After(s.active) {
		s.active = at
	}
	left := apsid.ActivityAnswer{IdleTimeout: int(s.idle / time.Second), ExpiresIn: int(s.expires.Sub(now) / time.Second)}
	if s.idle > 0 {
		left.IdleExpiresIn = int(s.active.Add(s.idle).Sub(now) / time.Second)
	}
	return http.StatusOK, left
}

// serveLogout is RP-initiated logout: it ends what the hint names, and sends the browser back.
func (p *Provider) serveLogout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var claims struct {
		SID string `json:"sid"`
	}
	if parts := strings.Split(q.Get("id_token_hint"), "."); len(parts) == 3 {
		readSegment(parts[1], &claims)
	}
	p.End(claims.SID, apsid.EndedLogout)
	back := q.Get("post_logout_redirect_uri")
	if back == "" {
		_, _ = w.Write([]byte("signed out"))
		return
	}
	if state := q.Get("state"); state != "" {
		back += "?" + url.Values{"state": {state}}.Encode()
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
