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
