package adminclient

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// User is a person.
type User struct {
	ID                string    `json:"id"`
	PracticeID        string    `json:"practice_id"`
	Username          string    `json:"username"`
	Name              string    `json:"name"`
	State             string    `json:"state"`              // "active", "disabled"
	Invited           bool      `json:"invited"`            // without a password so far
	UsernameConfirmed bool      `json:"username_confirmed"` // false: changed, and not confirmed by the holder of the new mailbox
	Roles             []string  `json:"roles"`
	BlockedApps       []string  `json:"blocked_apps"`
	CreatedAt         time.Time `json:"created_at"`
	UpdatedAt         time.Time `json:"updated_at"`
	LastSigninAt      time.Time `json:"last_signin_at,omitzero"` // zero: never
	Version           int64     `json:"version"`
}

// Person is a line of a list of people.
type Person struct {
	User
	Authenticators []string `json:"authenticators"` // the kinds that are set up
	Locked         bool     `json:"locked"`
}

// UserDetail is everything about one.
type UserDetail struct {
	User
	Practice       string            `json:"practice"` // its name
	Authenticators []Authenticator   `json:"authenticators"`
	RecoveryPIN    bool              `json:"recovery_pin"`
	Locks          []Lock            `json:"locks"`
	Invite         *Invite           `json:"invite,omitempty"`
	Refused        map[string]string `json:"refused"` // what you may not do, and why
	Grants         []string          `json:"grants"`  // the roles that you may give or take
}

// Authenticator is something the person proves with.
type Authenticator struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"` // "totp", "sms", "passkey"
	Label      string    `json:"label,omitempty"`
	Phone      string    `json:"phone,omitempty"`  // masked
	Synced     bool      `json:"synced,omitempty"` // a passkey that may be on several devices
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
	Default    bool      `json:"default"` // sign-ins ask for this one first
}

// Lock is a proof that is locked.
type Lock struct {
	Proof string    `json:"proof"`          // "password", "code", "pin"
	Until time.Time `json:"until,omitzero"` // zero: until it is unlocked
}

// Invite is an invitation.
type Invite struct {
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

// The filters of UserQuery.
const (
	NotEnrolled   = "not_enrolled"
	Locked        = "locked"
	NeverSignedIn = "never_signed_in"
	Invited       = "invited"
	Disabled      = "disabled"
	Managers      = "managers"
)

// UserQuery narrows a list; empty fields do not.
type UserQuery struct{ Search, Filter, Sort string }

// Invitation asks a person to join.
type Invitation struct {
	Username    string   `json:"username"`
	Name        string   `json:"name"`
	Roles       []string `json:"roles,omitempty"`
	BlockedApps []string `json:"blocked_apps,omitempty"`
}

// UserEdit changes a person; nil fields stay.
type UserEdit struct {
	Username    *string   `json:"username,omitempty"`
	Name        *string   `json:"name,omitempty"`
	Roles       *[]string `json:"roles,omitempty"`
	BlockedApps *[]string `json:"blocked_apps,omitempty"`
}

// Users lists people of a practice by user name.
func (c *Client) Users(ctx context.Context, practice string, q UserQuery) iter.Seq2[Person, error] {
	r := get("practices", practice, "users")
	r.query = values("search", q.Search, "filter", q.Filter, "sort", q.Sort)
	return list[Person](ctx, c, r)
}

// User shows a person.
func (c *Client) User(ctx context.Context, id string) (UserDetail, error) {
	return call[UserDetail](ctx, c, get("users", id))
}

// InviteUser invites a person.
func (c *Client) InviteUser(ctx context.Context, practice string, n Invitation) (User, error) {
	return call[User](ctx, c, post("practices", practice, "users").with(n))
}

// EditUser changes a person who was read at this version; ErrChanged if it is another by now.
func (c *Client) EditUser(ctx context.Context, id string, version int64, edit UserEdit) (User, error) {
	return call[User](ctx, c, request{method: http.MethodPatch, path: []string{"users", id}, body: edit, version: version})
}

// ResendInvite sends a new link.
func (c *Client) ResendInvite(ctx context.Context, id string) error {
	return c.act(ctx, id, "resend-invite")
}

// ResendConfirmation mails the link again with which the holder of a changed user name confirms it.
func (c *Client) ResendConfirmation(ctx context.Context, id string) error {
	return c.act(ctx, id, "resend-confirmation")
}

// RevokeInvite takes the invitation back.
func (c *Client) RevokeInvite(ctx context.Context, id string) error {
	return c.act(ctx, id, "revoke-invite")
}

// DisableUser keeps a person out.
func (c *Client) DisableUser(ctx context.Context, id string) error { return c.act(ctx, id, "disable") }

// EnableUser lets a person in again.
func (c *Client) EnableUser(ctx context.Context, id string) error { return c.act(ctx, id, "enable") }

// RemindMFA sends a reminder to set MFA up.
func (c *Client) RemindMFA(ctx context.Context, id string) error { return c.act(ctx, id, "remind-mfa") }

// UnlockUser ends the locks of password, code and PIN.
func (c *Client) UnlockUser(ctx context.Context, id string) error { return c.act(ctx, id, "unlock") }

// SendPasswordReset mails a link to choose a new password.
func (c *Client) SendPasswordReset(ctx context.Context, id string) error {
	return c.act(ctx, id, "send-password-reset")
}

// ResetMFA resets a person's MFA; reason stands in the audit trail.
func (c *Client) ResetMFA(ctx context.Context, id, reason string) error {
	_, err := c.do(ctx, post("users", id, "reset-mfa").with(map[string]string{"reason": reason}))
	return err
}

func (c *Client) act(ctx context.Context, id, action string) error {
	_, err := c.do(ctx, post("users", id, action))
	return err
}
