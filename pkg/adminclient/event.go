package adminclient

import (
	"context"
	"iter"
	"time"
)

// Event is one record of the audit trail.
type Event struct {
	ID         string            `json:"id"`
	At         time.Time         `json:"at"`
	Type       string            `json:"type"`
	Actor      Actor             `json:"actor"`
	PracticeID string            `json:"practice_id,omitempty"`
	UserID     string            `json:"user_id,omitempty"` // whom it concerns
	ClientID   string            `json:"client_id,omitempty"`
	SessionID  string            `json:"session_id,omitempty"`
	Result     string            `json:"result"` // "success", "failure"
	Reason     string            `json:"reason,omitempty"`
	Address    string            `json:"address,omitempty"`
	UserAgent  string            `json:"user_agent,omitempty"`
	Details    map[string]string `json:"details"`
}

// EventQuery narrows a list; empty fields do not.
type EventQuery struct {
	User, Client, Session string
	Type                  string // whole, or with "." at its end the beginning
	Result                string
	From, Until           time.Time
}

// Events lists what happened in a practice, newest first.
func (c *Client) Events(ctx context.Context, practice string, q EventQuery) iter.Seq2[Event, error] {
	r := get("practices", practice, "events")
	r.query = values("user", q.User, "client", q.Client, "session", q.Session, "type", q.Type, "result", q.Result,
		"from", moment(q.From), "until", moment(q.Until))
	return list[Event](ctx, c, r)
}
