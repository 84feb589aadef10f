package rp

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

// standing is what the script is told of the session: how long it has left, whose it is, and the key of that person's drafts.
type standing struct {
	apsid.ActivityAnswer
	Person   string `json:"person"`
	DraftKey string `json:"draft_key"`
	Home     string `json:"home"` // where another person is sent
}

// serveSession answers how long the session has left. It is for scripts that poll: it keeps nothing alive.
func (a *App) serveSession(w http.ResponseWriter, r *http.Request) {
	s, err := a.current(r)
	if err == nil {
		s, err = a.upkeep(r.Context(), s)
	}
	a.answerStanding(w, r, s, err)
}

// serveActivity takes the age of the person's last input in this app, in seconds, from the app's own script. It takes JSON
// only, which no other site's form can send.
func (a *App) serveActivity(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		writeJSON(w, http.StatusUnsupportedMediaType, refusal{Error: "invalid_request"})
		return
	}
	var body struct {
		IdleSeconds *int `json:"idle_seconds"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&body)
	if err != nil || body.IdleSeconds == nil || *body.IdleSeconds < 0 || *body.IdleSeconds > int(longestMaxAge/time.Second) {
		writeJSON(w, http.StatusBadRequest, refusal{Error: "invalid_request"})
		return
	}
	s, err := a.heard(r, time.Duration(*body.IdleSeconds)*time.Second)
	a.answerStanding(w, r, s, err)
}

// heard records activity of so long ago, if the session was alive then and is not over for good, and tells the provider.
func (a *App) heard(r *http.Request, age time.Duration) (Session, error) {
	cookie := a.cookies.get(r, a.cookies.sessionName())
	if cookie == "" {
		return Session{}, ErrNoSession
	}
	s, err := a.findWithin(r.Context(), storeKey(cookie), reportAllowance)
	if err != nil {
		return Session{}, err
	}
	at := a.config.Now().Add(-age)
	if !at.Before(s.End()) {
		return Session{}, ErrNoSession
	}
	if at.After(s.LastActivity) {
		s, err = a.change(r.Context(), s.key, func(s *Session) { s.active(at) })
		if err != nil {
			return Session{}, err
		}
	}
	if s, err = a.tell(r.Context(), s); err != nil {
		return Session{}, err
	}
	if !a.config.Now().Before(s.End()) {
		return Session{}, ErrNoSession
	}
	return a.upkeep(r.Context(), s)
}

func (a *App) answerStanding(w http.ResponseWriter, r *http.Request, s Session, err error) {
	if errors.Is(err, ErrNoSession) {
		answer := refusal{Error: apsid.ErrorSessionEnded, Signin: a.loginURL(a.paths.done, requirement{})}
		var over *ended
		if errors.As(err, &over) {
			answer.Reason = over.reason
		}
		writeJSON(w, http.StatusUnauthorized, answer)
		return
	}
	if err != nil {
		a.config.Logger.ErrorContext(r.Context(), "session store failed", "error", err)
		writeJSON(w, http.StatusServiceUnavailable, refusal{Error: "temporarily_unavailable"})
		return
	}
	now := a.config.Now()
	answer := standing{Person: a.persons.name(s.Subject), DraftKey: a.persons.draftKey(s.Subject), Home: a.config.Home}
	answer.ExpiresIn, answer.IdleTimeout = seconds(s.ExpiresAt.Sub(now)), seconds(s.IdleTimeout)
	if s.IdleTimeout > 0 {
		answer.IdleExpiresIn = seconds(s.LastActivity.Add(s.IdleTimeout).Sub(now))
	}
	writeJSON(w, http.StatusOK, answer)
}

func seconds(d time.Duration) int { return max(int(d/time.Second), 0) }
