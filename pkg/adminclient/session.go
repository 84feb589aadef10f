package adminclient

import (
	"context"
	"time"
)

// Session is a signed-in browser at one app.
type Session struct {
	ID             string    `json:"id"`
	UserID         string    `json:"user_id"`
	ClientID       string    `json:"client_id"`
	ACR            string    `json:"acr"` // as package apsid has it
	AMR            []string  `json:"amr"`
	AuthTime       time.Time `json:"auth_time"`
	CreatedAt      time.Time `json:"created_at"`
	LastActivityAt time.Time `json:"last_activity_at"`
	ExpiresAt      time.Time `json:"expires_at"`
}

// Sessions lists a person's sessions that are alive, newest first.
func (c *Client) Sessions(ctx context.Context, user string) ([]Session, error) {
	found, err := call[page[Session]](ctx, c, get("users", user, "sessions"))
	return found.Items, err
}

// EndSession ends one; the app is told.
func (c *Client) EndSession(ctx context.Context, id string) error {
	_, err := c.do(ctx, post("sessions", id, "end"))
	return err
}

// SessionCount is how many people an act would sign out, and of how many sessions.
type SessionCount struct {
	People   int64 `json:"people"`
	Sessions int64 `json:"sessions"`
	More     bool  `json:"more"` // there are more than 10,000: counting stopped there
}

// CountPracticeSessions counts the open sessions of a practice: all; those that end when it loses this app, unless that is ""; or
// those without MFA.
func (c *Client) CountPracticeSessions(ctx context.Context, practice, app string, withoutMFA bool) (SessionCount, error) {
	r := get("practices", practice, "session-count")
	r.query = values("app", app)
	if withoutMFA {
		r.query.Set("without_mfa", "true")
	}
	return call[SessionCount](ctx, c, r)
}

// CountClientSessions counts the open sessions at an app: all, or those without MFA.
func (c *Client) CountClientSessions(ctx context.Context, client string, withoutMFA bool) (SessionCount, error) {
	r := get("clients", client, "session-count")
	if withoutMFA {
		r.query = values("without_mfa", "true")
	}
	return call[SessionCount](ctx, c, r)
}
