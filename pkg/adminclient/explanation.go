package adminclient

import (
	"context"
	"time"
)

// Explanation says why a person can or can't enter an app, which rule asks for MFA there, and what became of sign-ins so far.
type Explanation struct {
	Access         string         `json:"access"` // "granted", or why not
	MFA            bool           `json:"mfa"`
	Reason         string         `json:"reason"` // the rule that asks for MFA, or "not_required"
	Rules          []MFARule      `json:"rules"`  // all there are, strictest first
	Authenticators []string       `json:"authenticators"`
	RecoveryPIN    bool           `json:"recovery_pin"`
	Locks          []Lock         `json:"locks"`
	Signins        []Event        `json:"signins"`  // how the last ones at the app ended, newest first
	Sessions       []SessionStory `json:"sessions"` // the last ones at the app, newest first
}

// MFARule is a rule that asks for MFA.
type MFARule struct {
	Reason  string    `json:"reason"`
	ACR     string    `json:"acr"` // what it asks for
	Applies bool      `json:"applies"`
	From    time.Time `json:"from,omitzero"` // zero: it has no date
}

// SessionStory is a session and what ended it.
type SessionStory struct {
	Session
	Alive  bool      `json:"alive"`
	Reason string    `json:"ended_by_reason,omitempty"` // "idle", "lifetime", "logout", "revoked"
	By     string    `json:"ended_by,omitempty"`
	Actor  *Actor    `json:"ended_by_actor,omitempty"`
	At     time.Time `json:"ended_at,omitzero"`
}

// ExplainSignin explains how a person stands with an app, to APS.
func (c *Client) ExplainSignin(ctx context.Context, user, app string) (Explanation, error) {
	return call[Explanation](ctx, c, get("users", user, "apps", app, "explanation"))
}
