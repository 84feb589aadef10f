package adminclient

import (
	"context"
	"iter"
	"net/http"
	"strings"
	"time"
)

// Registration is an app or an integration.
type Registration struct {
	ID                     string    `json:"id"`
	Name                   string    `json:"name"`
	Kind                   string    `json:"kind"` // "web", "native", "browser", "machine", "api"
	AuthMethod             string    `json:"auth_method"`
	Secrets                []Secret  `json:"secrets"`
	RedirectURIs           []string  `json:"redirect_uris"`
	PostLogoutRedirectURIs []string  `json:"post_logout_redirect_uris"`
	BackchannelLogoutURI   string    `json:"backchannel_logout_uri,omitempty"`
	InitiateLoginURI       string    `json:"initiate_login_uri,omitempty"`
	Scopes                 []string  `json:"scopes"`
	RefreshTokens          bool      `json:"refresh_tokens"`
	PKCERequired           bool      `json:"pkce_required"`
	PKCEOptional           bool      `json:"pkce_optional"` // it may leave out PKCE and nonce
	IDTokenAlg             string    `json:"id_token_alg"`
	ReferenceTokens        bool      `json:"reference_tokens"`
	UserinfoOnly           bool      `json:"userinfo_only"`
	TokenEndpointAudience  bool      `json:"token_endpoint_audience"`
	PushRequired           bool      `json:"require_pushed_authorization_requests"`
	SecurityProfile        string    `json:"security_profile,omitempty"` // "fapi2"; "": the usual rules
	AllowedOrigins         []string  `json:"allowed_origins"`
	Identifier             string    `json:"identifier,omitempty"` // of an API
	PracticeID             string    `json:"practice_id,omitempty"`
	Profile                string    `json:"profile"`
	SessionLifetime        int64     `json:"session_lifetime"`     // seconds; 0: 24 hours
	SessionIdleTimeout     int64     `json:"session_idle_timeout"` // seconds; 0: none
	RefreshGrace           int64     `json:"refresh_grace"`        // seconds
	SignOnGroup            string    `json:"sign_on_group,omitempty"`
	MFARequiredFrom        time.Time `json:"mfa_required_from,omitzero"`
	FAPI2From              time.Time `json:"fapi2_from,omitzero"`
	PhishingResistanceFrom time.Time `json:"phishing_resistance_from,omitzero"`
	AccentColour           string    `json:"accent_colour,omitempty"`
	Logo                   []byte    `json:"logo,omitempty"` // a PNG
	Access                 string    `json:"access,omitempty"`
	Brings                 []string  `json:"brings"`
	Owner                  string    `json:"owner,omitempty"`
	Purpose                string    `json:"purpose,omitempty"`
	ReviewAt               time.Time `json:"review_at,omitzero"`
	PublicKeys             string    `json:"public_keys,omitempty"`
	JWKSURI                string    `json:"jwks_uri,omitempty"` // where it publishes its keys instead
	CertificateSubject     string    `json:"tls_client_auth_subject,omitempty"`
	CertificateBound       bool      `json:"tls_client_certificate_bound_access_tokens"`
	LastUsedAt             time.Time `json:"last_used_at,omitzero"` // zero: never
	NoPKCEAt               time.Time `json:"no_pkce_at,omitzero"`   // when a person last signed in to it without PKCE; zero: never
	Disabled               bool      `json:"disabled"`
	CreatedAt              time.Time `json:"created_at"`
	UpdatedAt              time.Time `json:"updated_at"`
	Version                int64     `json:"version"`
}

// Secret says that a client has a secret, and until when.
type Secret struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero: never
}

// Registered is a new registration with its secret, which is shown once.
type Registered struct {
	Registration
	ClientSecret string `json:"client_secret,omitempty"`
}

// AddedSecret is a new secret, which is shown once.
type AddedSecret struct {
	Secret
	ClientSecret string `json:"client_secret,omitempty"`
}

// NewRegistration is an app or an integration to register.
type NewRegistration struct {
	ID                     string    `json:"id"`
	Name                   string    `json:"name"`
	Kind                   string    `json:"kind"`
	AuthMethod             string    `json:"auth_method,omitempty"`
	RedirectURIs           []string  `json:"redirect_uris,omitempty"`
	PostLogoutRedirectURIs []string  `json:"post_logout_redirect_uris,omitempty"`
	BackchannelLogoutURI   string    `json:"backchannel_logout_uri,omitempty"`
	InitiateLoginURI       string    `json:"initiate_login_uri,omitempty"`
	Scopes                 []string  `json:"scopes,omitempty"`
	RefreshTokens          bool      `json:"refresh_tokens,omitempty"`
	PKCERequired           bool      `json:"pkce_required,omitempty"`
	PKCEOptional           bool      `json:"pkce_optional,omitempty"`
	IDTokenAlg             string    `json:"id_token_alg,omitempty"`
	ReferenceTokens        bool      `json:"reference_tokens,omitempty"`
	UserinfoOnly           bool      `json:"userinfo_only,omitempty"`
	TokenEndpointAudience  bool      `json:"token_endpoint_audience,omitempty"`
	PushRequired           bool      `json:"require_pushed_authorization_requests,omitempty"`
	SecurityProfile        string    `json:"security_profile,omitempty"`
	AllowedOrigins         []string  `json:"allowed_origins,omitempty"`
	Identifier             string    `json:"identifier,omitempty"`
	RefreshGrace           *int64    `json:"refresh_grace,omitempty"` // seconds; nil: 10, and 0 for government_connected
	PracticeID             string    `json:"practice_id,omitempty"`
	Profile                string    `json:"profile,omitempty"`
	SessionLifetime        int64     `json:"session_lifetime,omitempty"`
	SessionIdleTimeout     int64     `json:"session_idle_timeout,omitempty"`
	SignOnGroup            string    `json:"sign_on_group,omitempty"`
	MFARequiredFrom        time.Time `json:"mfa_required_from,omitzero"`
	FAPI2From              time.Time `json:"fapi2_from,omitzero"`
	PhishingResistanceFrom time.Time `json:"phishing_resistance_from,omitzero"`
	AccentColour           string    `json:"accent_colour,omitempty"` // "#rrggbb"
	Logo                   []byte    `json:"logo,omitempty"`          // a PNG or JPEG
	Brings                 []string  `json:"brings,omitempty"`
	Owner                  string    `json:"owner,omitempty"`
	Purpose                string    `json:"purpose,omitempty"`
	ReviewAt               time.Time `json:"review_at,omitzero"`
	PublicKeys             string    `json:"public_keys,omitempty"`
	JWKSURI                string    `json:"jwks_uri,omitempty"` // where it publishes its keys instead
	CertificateSubject     string    `json:"tls_client_auth_subject,omitempty"`
	CertificateBound       bool      `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	SecretExpiresAt        time.Time `json:"secret_expires_at,omitzero"`
}

// RegistrationEdit changes a registration; nil fields stay.
type RegistrationEdit struct {
	Name                   *string   `json:"name,omitempty"`
	AuthMethod             *string   `json:"auth_method,omitempty"`
	RefreshTokens          *bool     `json:"refresh_tokens,omitempty"`
	PKCERequired           *bool     `json:"pkce_required,omitempty"`
	PKCEOptional           *bool     `json:"pkce_optional,omitempty"`
	IDTokenAlg             *string   `json:"id_token_alg,omitempty"`
	ReferenceTokens        *bool     `json:"reference_tokens,omitempty"`
	UserinfoOnly           *bool     `json:"userinfo_only,omitempty"`
	TokenEndpointAudience  *bool     `json:"token_endpoint_audience,omitempty"`
	PushRequired           *bool     `json:"require_pushed_authorization_requests,omitempty"`
	SecurityProfile        *string   `json:"security_profile,omitempty"`
	AllowedOrigins         *[]string `json:"allowed_origins,omitempty"`
	Identifier             *string   `json:"identifier,omitempty"`
	RefreshGrace           *int64    `json:"refresh_grace,omitempty"`
	Profile                *string   `json:"profile,omitempty"`
	AccentColour           *string   `json:"accent_colour,omitempty"`
	Logo                   *[]byte   `json:"logo,omitempty"` // empty: none
	Brings                 *[]string `json:"brings,omitempty"`
	RedirectURIs           *[]string `json:"redirect_uris,omitempty"`
	PostLogoutRedirectURIs *[]string `json:"post_logout_redirect_uris,omitempty"`
	BackchannelLogoutURI   *string   `json:"backchannel_logout_uri,omitempty"`
	InitiateLoginURI       *string   `json:"initiate_login_uri,omitempty"`
	Scopes                 *[]string `json:"scopes,omitempty"`
	SessionLifetime        *int64    `json:"session_lifetime,omitempty"`
	SessionIdleTimeout     *int64    `json:"session_idle_timeout,omitempty"`
	SignOnGroup            *string   `json:"sign_on_group,omitempty"`
	MFARequiredFrom        *Moment   `json:"mfa_required_from,omitempty"`
	FAPI2From              *Moment   `json:"fapi2_from,omitempty"`
	PhishingResistanceFrom *Moment   `json:"phishing_resistance_from,omitempty"`
	Owner                  *string   `json:"owner,omitempty"`
	Purpose                *string   `json:"purpose,omitempty"`
	ReviewAt               *Moment   `json:"review_at,omitempty"`
	PublicKeys             *string   `json:"public_keys,omitempty"`
	JWKSURI                *string   `json:"jwks_uri,omitempty"`
	CertificateSubject     *string   `json:"tls_client_auth_subject,omitempty"`
	CertificateBound       *bool     `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	Disabled               *bool     `json:"disabled,omitempty"`
}

// Moment is a time in an edit; zero takes it away.
type Moment struct{ time.Time }

// MarshalJSON writes null for zero.
func (m Moment) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return m.Time.MarshalJSON()
}

// RegistrationQuery narrows a list; empty fields do not.
type RegistrationQuery struct {
	Practice string // integrations bound to it
	Kinds    []string
	Search   string
	ReviewBy time.Time
}

// Registrations lists apps and integrations by name.
func (c *Client) Registrations(ctx context.Context, q RegistrationQuery) iter.Seq2[Registration, error] {
	r := get("clients")
	r.query = values("practice", q.Practice, "kind", strings.Join(q.Kinds, ","), "search", q.Search, "review_by", moment(q.ReviewBy))
	return list[Registration](ctx, c, r)
}

// Registration shows one.
func (c *Client) Registration(ctx context.Context, id string) (Registration, error) {
	return call[Registration](ctx, c, get("clients", id))
}

// Register registers one.
func (c *Client) Register(ctx context.Context, n NewRegistration) (Registered, error) {
	return call[Registered](ctx, c, post("clients").with(n))
}

// EditRegistration changes one that was read at this version; ErrChanged if it is another by now.
func (c *Client) EditRegistration(ctx context.Context, id string, version int64, edit RegistrationEdit) (Registration, error) {
	return call[Registration](ctx, c, request{method: http.MethodPatch, path: []string{"clients", id}, body: edit, version: version})
}

// AddSecret adds a secret that ends at expires; the older one ends at oldEnds. Zero leaves either open.
func (c *Client) AddSecret(ctx context.Context, id string, expires, oldEnds time.Time) (AddedSecret, error) {
	return call[AddedSecret](ctx, c, post("clients", id, "secrets").with(struct {
		ExpiresAt time.Time `json:"expires_at,omitzero"`
		OldEndsAt time.Time `json:"old_ends_at,omitzero"`
	}{expires, oldEnds}))
}

// RemoveSecret ends a secret at once.
func (c *Client) RemoveSecret(ctx context.Context, id, secret string) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: []string{"clients", id, "secrets", secret}})
	return err
}
