package adminclient

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Practice is a practice.
type Practice struct {
	ID              string    `json:"id"`
	Name            string    `json:"name"`
	Kind            string    `json:"kind"`  // "customer", "aps"
	State           string    `json:"state"` // "active", "suspended"
	Region          string    `json:"region"`
	TimeZone        string    `json:"time_zone"`
	MFA             string    `json:"mfa"`                        // "off", "requested", "active"
	MFARequiredFrom time.Time `json:"mfa_required_from,omitzero"` // zero: it is not mandatory
	Phone           string    `json:"phone,omitempty"`
	Apps            []string  `json:"apps"`

	PhishingResistanceFrom               time.Time `json:"phishing_resistance_from,omitzero"`                // zero: passkeys are not needed
	PhishingResistanceAdministratorsFrom time.Time `json:"phishing_resistance_administrators_from,omitzero"` // of administrators and people with User Management+
	PasskeyModels                        []string  `json:"passkey_models"`                                   // AAGUIDs; none: any

	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Version   int64     `json:"version"`
}

// PracticeDetail is everything about one.
type PracticeDetail struct {
	Practice
	Counts     Counts      `json:"counts"`
	Activation *Activation `json:"activation,omitempty"` // the newest request for MFA; nil: none so far
	Mandatory  []Mandate   `json:"mandatory"`
}

// Counts are of a practice's people. All but Disabled count those who are not disabled.
type Counts struct {
	People        int64 `json:"people"`
	Enrolled      int64 `json:"enrolled"`
	Passkeys      int64 `json:"passkeys"` // with a passkey
	Managers      int64 `json:"managers"`
	Invited       int64 `json:"invited"`
	NeverSignedIn int64 `json:"never_signed_in"`
	Disabled      int64 `json:"disabled"`
}

// Mandate is a rule that makes MFA mandatory.
type Mandate struct {
	App  string    `json:"app,omitempty"` // "": the practice itself, at every app
	Name string    `json:"name"`
	From time.Time `json:"from"`

	Passkeys       bool `json:"passkeys,omitempty"`       // it needs a passkey
	Administrators bool `json:"administrators,omitempty"` // only of administrators and people with User Management+
}

// NewPractice is a practice to create.
type NewPractice struct {
	Name     string   `json:"name"`
	Region   string   `json:"region"`
	TimeZone string   `json:"time_zone"`
	Apps     []string `json:"apps,omitempty"`
}

// PracticeEdit changes a practice; nil fields stay.
type PracticeEdit struct {
	Name     *string `json:"name,omitempty"`
	Region   *string `json:"region,omitempty"`
	TimeZone *string `json:"time_zone,omitempty"`
	Phone    *string `json:"phone,omitempty"`

	PhishingResistanceFrom               *Moment   `json:"phishing_resistance_from,omitempty"`
	PhishingResistanceAdministratorsFrom *Moment   `json:"phishing_resistance_administrators_from,omitempty"`
	PasskeyModels                        *[]string `json:"passkey_models,omitempty"`
}

// PracticeQuery narrows a list; empty fields do not.
type PracticeQuery struct{ Search, State, MFA string }

// Practices lists practices by name.
func (c *Client) Practices(ctx context.Context, q PracticeQuery) iter.Seq2[Practice, error] {
	r := get("practices")
	r.query = values("search", q.Search, "state", q.State, "mfa", q.MFA)
	return list[Practice](ctx, c, r)
}

// Practice shows a practice.
func (c *Client) Practice(ctx context.Context, id string) (PracticeDetail, error) {
	return call[PracticeDetail](ctx, c, get("practices", id))
}

// CreatePractice creates one.
func (c *Client) CreatePractice(ctx context.Context, n NewPractice) (Practice, error) {
	return call[Practice](ctx, c, post("practices").with(n))
}

// EditPractice changes one that was read at this version; ErrChanged if it is another by now.
func (c *Client) EditPractice(ctx context.Context, id string, version int64, edit PracticeEdit) (Practice, error) {
	return call[Practice](ctx, c, request{method: http.MethodPatch, path: []string{"practices", id}, body: edit, version: version})
}

// SuspendPractice keeps all people of a practice out.
func (c *Client) SuspendPractice(ctx context.Context, id string) error {
	_, err := c.do(ctx, post("practices", id, "suspend"))
	return err
}

// ResumePractice lets them in again.
func (c *Client) ResumePractice(ctx context.Context, id string) error {
	_, err := c.do(ctx, post("practices", id, "resume"))
	return err
}

// AddApp gives a practice an app, and what it brings.
func (c *Client) AddApp(ctx context.Context, practice, app string) error {
	_, err := c.do(ctx, request{method: http.MethodPut, path: []string{"practices", practice, "apps", app}})
	return err
}

// RemoveApp takes an app from a practice.
func (c *Client) RemoveApp(ctx context.Context, practice, app string) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: []string{"practices", practice, "apps", app}})
	return err
}
