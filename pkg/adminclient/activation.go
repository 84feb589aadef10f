package adminclient

import (
	"context"
	"iter"
	"time"
)

// Activation is a practice's request for MFA.
type Activation struct {
	ID          string    `json:"id"`
	PracticeID  string    `json:"practice_id"`
	RequestedBy string    `json:"requested_by,omitempty"`
	RequestedAt time.Time `json:"requested_at"`
	Note        string    `json:"note,omitempty"`
	State       string    `json:"state"` // "open", "activated", "declined", "withdrawn"
	AnsweredBy  *Actor    `json:"answered_by,omitempty"`
	AnsweredAt  time.Time `json:"answered_at,omitzero"`
	Answer      string    `json:"answer,omitempty"`
}

// Actor is who did something.
type Actor struct {
	Kind string `json:"kind"` // "user", "staff", "client", "system"
	ID   string `json:"id,omitempty"`
}

// Prerequisites says whether MFA can be activated.
type Prerequisites struct {
	Ready bool           `json:"ready"`
	Lines []Prerequisite `json:"lines"`
}

// Prerequisite is one line of the report.
type Prerequisite struct {
	Name  string   `json:"name"`
	State string   `json:"state"` // "met", "warning", "missing"
	Title string   `json:"title"`
	Why   string   `json:"why"`
	Fix   string   `json:"fix,omitempty"`
	Found []string `json:"found"`
}

// Prerequisites checks, now, what MFA needs in a practice.
func (c *Client) Prerequisites(ctx context.Context, practice string) (Prerequisites, error) {
	return call[Prerequisites](ctx, c, get("practices", practice, "prerequisites"))
}

// Activations lists requests in a state, oldest first; "" is "open".
func (c *Client) Activations(ctx context.Context, state string) iter.Seq2[Activation, error] {
	r := get("activations")
	r.query = values("state", state)
	return list[Activation](ctx, c, r)
}

// RequestActivation asks for MFA.
func (c *Client) RequestActivation(ctx context.Context, practice, note string) (Activation, error) {
	return call[Activation](ctx, c, post("practices", practice, "request-activation").with(map[string]string{"note": note}))
}

// WithdrawActivation takes the request back.
func (c *Client) WithdrawActivation(ctx context.Context, practice string) error {
	_, err := c.do(ctx, post("practices", practice, "withdraw-activation"))
	return err
}

// ActivateMFA activates MFA, at once.
func (c *Client) ActivateMFA(ctx context.Context, activation, answer string) error {
	_, err := c.do(ctx, post("activations", activation, "activate").with(map[string]string{"answer": answer}))
	return err
}

// DeclineActivation declines, with an answer.
func (c *Client) DeclineActivation(ctx context.Context, activation, answer string) error {
	_, err := c.do(ctx, post("activations", activation, "decline").with(map[string]string{"answer": answer}))
	return err
}

// RequireMFA makes MFA mandatory in a practice from a time on; zero takes it back.
func (c *Client) RequireMFA(ctx context.Context, practice string, from time.Time) error {
	r := post("practices", practice, "require-mfa").with(map[string]time.Time{"from": from})
	if from.IsZero() {
		r = post("practices", practice, "stop-requiring-mfa")
	}
	_, err := c.do(ctx, r)
	return err
}
