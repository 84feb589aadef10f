package rp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

const (
	// reportAllowance is how long after the end by inactivity the provider still takes a report of activity before it.
	reportAllowance = time.Minute
)

// note records that the person was active, and sees to it that the provider is told.
func (a *App) note(ctx context.Context, s Session, at time.Time) (Session, error) {
	if at.Sub(s.LastActivity) < time.Second {
		return s, nil
	}
	s, err := a.change(ctx, s.key, func(s *Session) { s.active(at) })
	if err != nil {
		return Session{}, err
	}
	go func() { _, _ = a.tell(context.WithoutCancel(ctx), s) }() // the page does not wait for it; tell logs what fails
	return s, nil
}

// tell reports the last activity to the provider, unless it was told within apsid.ReportEvery: then it is told later. What can't be
// told is tried again; the session goes on until its own end. ErrNoSession: the provider says that it is over.
func (a *App) tell(ctx context.Context, s Session) (Session, error) {
	now, every := a.config.Now(), apsid.ReportEvery(s.IdleTimeout)
	if !s.LastActivity.After(s.Told) {
		return s, nil
	}
	if wait := s.ReportedAt.Add(every).Sub(now); wait > 0 {
		a.remind(s.key, wait)
		return s, nil
	}
	mine, err := a.config.Store.Claim(ctx, "report:"+s.key, every-every/20)
	if err != nil {
		return Session{}, err
	}
	if !mine {
		return s, nil
	}
	told, err := a.report(ctx, s)
	if err != nil && !errors.Is(err, ErrNoSession) {
		a.config.Logger.WarnContext(ctx, "activity not reported; the session goes on", "error", err)
		a.remind(s.key, every)
		return s, nil
	}
	if err == nil && told.LastActivity.After(told.Told) {
		a.remind(s.key, every)
	}
	return told, err
}

// report posts to the provider's session_activity_endpoint and takes over what it answers.
func (a *App) report(ctx context.Context, s Session) (Session, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	p, err := a.discovery.provider(ctx)
	if err != nil || p.activity == "" {
		return s, err
	}
	access, err := a.AccessToken(ctx, s)
	if err != nil {
		return Session{}, err
	}
	var refusal reportRefused
	for _, at := range s.tellable() {
		now := a.config.Now()
		age := max(now.Sub(at), 0)
		status, body, err := a.post(ctx, p.activity, access, apsid.Activity{IdleSeconds: int(age / time.Second)})
		if err != nil {
			return Session{}, err
		}
		if status == http.StatusOK {
			return a.agree(ctx, s, at, body, now)
		}
		if refusal = readRefusal(status, body); refusal.ended() != apsid.EndedIdle {
			break
		}
	}
	return Session{}, a.refused(ctx, s, refusal)
}

// agree takes over the provider's view of how long the session has left, once it was told of this activity.
func (a *App) agree(ctx context.Context, s Session, told time.Time, body []byte, now time.Time) (Session, error) {
	var answer apsid.ActivityAnswer
	if err := json.Unmarshal(body, &answer); err != nil || answer.ExpiresIn <= 0 {
		return Session{}, fmt.Errorf("activity endpoint: an answer that can't be (%v)", err)
	}
	return a.change(ctx, s.key, func(s *Session) {
		s.Told, s.ReportedAt = told, now
		s.IdleTimeout = time.Duration(answer.IdleTimeout) * time.Second
		s.shorten(now.Add(time.Duration(answer.ExpiresIn) * time.Second))
		known := now.Add(time.Duration(answer.IdleExpiresIn-answer.IdleTimeout) * time.Second) // at other windows of this sign-in
		if s.IdleTimeout > 0 && known.After(s.LastActivity) && !known.After(now) {
			s.LastActivity, s.Told = known, known
		}
		s.reach(s.LastActivity)
	})
}

// reportRefused is the answer to a report that the provider did not take.
type reportRefused struct {
	status int
	Error  string `json:"error"`
	Reason string `json:"reason"`
}

func readRefusal(status int, body []byte) reportRefused {
	r := reportRefused{status: status}
	_ = json.Unmarshal(body, &r) // what is no JSON names no error
	return r
}

// over reports whether the session has ended.
func (r reportRefused) over() bool {
	return r.status == http.StatusUnauthorized && r.Error == apsid.ErrorSessionEnded
}

// ended is why the session is over; "" if it is not, or no reason is named.
func (r reportRefused) ended() string {
	if !r.over() {
		return ""
	}
	return r.Reason
}

// refused is the error of a report that the provider did not take.
func (a *App) refused(ctx context.Context, s Session, r reportRefused) error {
	switch {
	case r.over():
		return a.over(ctx, s, r.Reason)
	case r.status == http.StatusUnauthorized: // the token is over, or was revoked: the next one, or its refusal, will tell
		_, err := a.change(ctx, s.key, func(s *Session) { s.AccessExpires, s.RefreshAt = time.Time{}, time.Time{} })
		return errors.Join(err, fmt.Errorf("activity endpoint: the access token was refused: %s", r.Error))
	case r.status == http.StatusTooManyRequests:
		_, err := a.change(ctx, s.key, func(s *Session) { s.ReportedAt = a.config.Now() })
		return errors.Join(err, errors.New("activity endpoint: told too often"))
	default:
		return fmt.Errorf("activity endpoint: status %d", r.status)
	}
}

func (a *App) post(ctx context.Context, to string, access Token, body any) (status int, answer []byte, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+string(access))
	r.Header.Set("Content-Type", "application/json")
	r.Header["Idempotency-Key"] = nil // not sent: a connection that was closed just as a minute was over may be tried again (package http, Transport)
	response, err := a.config.Client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// remind looks at the session again after a time.
func (a *App) remind(key string, after time.Duration) {
	name := "report:" + key
	if !a.underway.begin(name) {
		return
	}
	time.AfterFunc(after, func() {
		a.underway.end(name)
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		defer cancel()
		if s, err := a.findWithin(ctx, key, reportAllowance); err == nil {
			_, _ = a.tell(ctx, s) // logs what fails
		}
	})
}
