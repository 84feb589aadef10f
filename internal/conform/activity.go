package conform

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

// The numbers of APS ID: how often an app may report, with slack for jitter, and how late a report still counts.
const (
	reportSlack     = 5 * time.Second
	reportAllowance = time.Minute
)

// soonest is the least time between two reports of a session.
func (s *session) soonest() time.Duration {
	every := apsid.ReportEvery(s.idle)
	return every - min(reportSlack, every/3)
}

// serveActivity is the endpoint of the inactivity contract.
func (p *provider) serveActivity(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	seconds, flaw := readReport(w, r)
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[p.access[bearer(r)]]
	if s == nil {
		p.flaws[lacking("a report of activity without the session's access token")] = true
		refuse(w, http.StatusUnauthorized, "invalid_token", "")
		return
	}
	if s.away {
		refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "")
		return
	}
	age := time.Duration(seconds) * time.Second
	s.reports = append(s.reports, report{at: now, idle: age, flaw: flaw})
	reason := s.over(now)
	if s.toldLate(now.Add(-age), now) {
		reason = ""
	}
	switch {
	case flaw != "":
		refuse(w, http.StatusUnprocessableEntity, "invalid", flaw)
	case reason != "":
		s.told++
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": apsid.ErrorSessionEnded, "reason": reason})
	case !s.reportedAt.IsZero() && now.Sub(s.reportedAt) < s.soonest():
		w.Header().Set("Retry-After", strconv.Itoa(int((apsid.ReportEvery(s.idle)-now.Sub(s.reportedAt))/time.Second)+1))
		refuse(w, http.StatusTooManyRequests, "too_soon", "one report in a quarter of idle_timeout, and one a minute at most")
	default:
		s.take(now, age)
		writeJSON(w, http.StatusOK, s.standing(now))
	}
}

// toldLate reports whether a late report still counts: up to a minute after the idle end, of input from before it.
func (s *session) toldLate(input, now time.Time) bool {
	end := s.lastActivity.Add(s.idle)
	return s.over(now) == "idle" && s.ended == "" && input.Before(end) && now.Before(end.Add(reportAllowance))
}

func (s *session) take(now time.Time, age time.Duration) {
	s.reportedAt = now
	if at := now.Add(-age); at.After(s.lastActivity) {
		s.lastActivity = at
	}
}

func (s *session) standing(now time.Time) apsid.ActivityAnswer {
	answer := apsid.ActivityAnswer{ExpiresIn: int(s.authTime.Add(s.lifetime).Sub(now) / time.Second)}
	if s.idle > 0 {
		answer.IdleTimeout = int(s.idle / time.Second)
		answer.IdleExpiresIn = int(s.lastActivity.Add(s.idle).Sub(now) / time.Second)
	}
	return answer
}

// readReport returns the age and what is wrong with the request.
func readReport(w http.ResponseWriter, r *http.Request) (seconds int, flaw string) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return 0, "the report is not application/json"
	}
	var body struct {
		IdleSeconds *int `json:"idle_seconds"`
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		return 0, "the report is not {\"idle_seconds\": n} and nothing else"
	}
	if body.IdleSeconds == nil {
		return 0, "the report has no age: idle_seconds is missing"
	}
	if *body.IdleSeconds < 0 || *body.IdleSeconds > 24*60*60 {
		return 0, fmt.Sprintf("idle_seconds is %d", *body.IdleSeconds)
	}
	return *body.IdleSeconds, ""
}
