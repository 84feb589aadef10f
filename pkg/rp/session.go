package rp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Session is a person signed in to the app.
type Session struct {
	Subject    string    `json:"sub"` // names the person, for ever
	Name       string    `json:"name"`
	Email      string    `json:"email"`
	PracticeID string    `json:"practice_id"`
	ACR        string    `json:"acr"`       // one of apsid.ACRPassword and apsid.ACRMFA
	AMR        []string  `json:"amr"`       // RFC 8176
	AuthTime   time.Time `json:"auth_time"` // when the person last proved who they are
	SID        string    `json:"sid"`       // the provider's name of this session
	ExpiresAt  time.Time `json:"expires_at"`
	IDToken    Token     `json:"id_token"` // shown to the provider at logout
}

// Token is a token of the provider. It prints as "[redacted]" and marshals as itself, so that a Store can keep it.
type Token string

// String redacts.
func (Token) String() string { return "[redacted]" }

// Format redacts under every verb.
func (Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// LogValue redacts in structured logs.
func (Token) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// ErrNoSession is what a Store answers for a session that is gone or never was.
var ErrNoSession = errors.New("rp: no such session")

// Store keeps the app's sessions. An app with more than one process gives its own.
type Store interface {
	// Save keeps s under key, replacing what was there, and may forget it after s.ExpiresAt.
	Save(ctx context.Context, key string, s Session) error
	// Find returns ErrNoSession for a key that holds nothing.
	Find(ctx context.Context, key string) (Session, error)
	// Delete forgets it; a key that holds nothing is no error.
	Delete(ctx context.Context, key string) error
}

type contextKey struct{}

// SessionFrom returns the session of the request behind Require or Load.
func SessionFrom(ctx context.Context) (Session, bool) {
	s, ok := ctx.Value(contextKey{}).(Session)
	return s, ok
}
