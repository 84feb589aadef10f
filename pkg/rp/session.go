package rp

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Session is a person signed in to the app.
type Session struct {
	Subject string `json:"sub"` // names the person, for ever
	Name    string `json:"name"`
	Email   string `json:"email"`
	// EmailVerified is whether the provider knows that the person reads the mailbox. An app that decides anything by the address asks
	// for it.
	EmailVerified bool      `json:"email_verified"`
	PracticeID    string    `json:"practice_id"`
	ACR           string    `json:"acr"`       // one of those of package apsid
	AMR           []string  `json:"amr"`       // RFC 8176
	AuthTime      time.Time `json:"auth_time"` // when the person last proved who they are
	SID           string    `json:"sid"`       // the provider's name of this session
	ExpiresAt     time.Time `json:"expires_at"`

	IdleTimeout  time.Duration `json:"idle_timeout"`  // 0: the session does not end by inactivity
	LastActivity time.Time     `json:"last_activity"` // of the person, as far as the app knows
	Told         time.Time     `json:"told"`          // the last activity that the provider knows of
	ReportedAt   time.Time     `json:"reported_at"`   // when it was told; zero: not yet
	Reached      time.Time     `json:"reached"`       // the last activity before the end that the provider sees from what it was told

	IDToken       Token     `json:"id_token"`     // shown to the provider at logout
	AccessToken   Token     `json:"access_token"` // may be over: App.AccessToken returns one that is not
	AccessExpires time.Time `json:"access_expires"`
	RefreshToken  Token     `json:"refresh_token"` // "": the app is not registered for them
	RefreshAt     time.Time `json:"refresh_at"`    // when the access token is due for another, some time before its end

	Version int64 `json:"version"` // counted up by the Store at each change

	key string // in the Store
}

// End is when the session ends if the person does nothing more.
func (s Session) End() time.Time {
	if idle := s.LastActivity.Add(s.IdleTimeout); s.IdleTimeout > 0 && idle.Before(s.ExpiresAt) {
		return idle
	}
	return s.ExpiresAt
}

// active takes over that the person was active at a time.
func (s *Session) active(at time.Time) {
	if !at.After(s.LastActivity) {
		return
	}
	s.LastActivity = at
	s.reach(at)
}

// reach remembers activity that the provider would still count, going by what it was told.
func (s *Session) reach(at time.Time) {
	if at.After(s.Reached) && at.Before(s.Told.Add(s.IdleTimeout)) {
		s.Reached = at
	}
}

// tellable is the activity to tell the provider of: the last one, and if that is refused as inactivity, the one before. Reports may
// have failed for so long that the last one comes after the end that the provider sees. A person who was active all the while was so
// before that end too, and is told from there on.
func (s Session) tellable() []time.Time {
	if s.IdleTimeout > 0 && !s.LastActivity.Before(s.Told.Add(s.IdleTimeout)) && s.Reached.After(s.Told) {
		return []time.Time{s.LastActivity, s.Reached}
	}
	return []time.Time{s.LastActivity}
}

// Token is a token of the provider. It prints as "[redacted]" and marshals as itself, so that a Store can keep it.
type Token string

// String redacts.
func (Token) String() string { return "[redacted]" }

// Format redacts under every verb.
func (Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// LogValue redacts in structured logs.
func (Token) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// shorten takes over an end that the provider named, if it is earlier: the lifetime of a session is never prolonged. A second
// is lost in rounding.
func (s *Session) shorten(end time.Time) {
	if end.Before(s.ExpiresAt.Add(-time.Second)) {
		s.ExpiresAt = end
	}
}

type contextKey struct{}

// SessionFrom returns the session of the request behind Require or Load.
func SessionFrom(ctx context.Context) (Session, bool) {
	s, ok := ctx.Value(contextKey{}).(Session)
	return s, ok
}
