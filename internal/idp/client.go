package idp

import (
	"slices"
	"time"
)

// ClientKind is the kind of a relying party.
type ClientKind string

// The kinds of client.
const (
	ClientWeb     ClientKind = "web"     // an app for people with a server that keeps a secret
	ClientNative  ClientKind = "native"  // an app for people on a device: public, PKCE always
	ClientBrowser ClientKind = "browser" // an app for people that runs in a page: public, PKCE always, called from its own origins
	ClientMachine ClientKind = "machine" // an integration: client credentials, never a person, never MFA
	ClientAPI     ClientKind = "api"     // a resource server: gets no tokens, and asks what the tokens meant for it are worth
)

// AppKinds are the kinds of client that people sign in to.
func AppKinds() []ClientKind { return []ClientKind{ClientWeb, ClientNative, ClientBrowser} }

// ForPeople reports whether people sign in to clients of this kind.
func (k ClientKind) ForPeople() bool { return slices.Contains(AppKinds(), k) }

// AuthMethod is how a client authenticates at the token endpoint (OpenID Connect Core, section 9).
type AuthMethod string

// The methods of authentication.
const (
	AuthSecret AuthMethod = "client_secret" // by its secret, in the header or in the form: ours, the two of the specification pin one
	AuthBasic  AuthMethod = "client_secret_basic"
	AuthPost   AuthMethod = "client_secret_post"
	AuthNone   AuthMethod = "none"
	AuthKey    AuthMethod = "private_key_jwt" // RFC 7523, section 2.2

	AuthCertificate AuthMethod = "tls_client_auth"             // RFC 8705, section 2.1: a certificate of an authority that is known here
	AuthSelfSigned  AuthMethod = "self_signed_tls_client_auth" // RFC 8705, section 2.2: any certificate with one of its keys
)

// BySecret reports whether a client that is registered for m has a secret.
func (m AuthMethod) BySecret() bool { return m == AuthSecret || m == AuthBasic || m == AuthPost }

// ByKeys reports whether a client that is registered for m has public keys here.
func (m AuthMethod) ByKeys() bool { return m == AuthKey || m == AuthSelfSigned }

// ByCertificate reports whether a client that is registered for m authenticates on the connection: by mutual TLS.
func (m AuthMethod) ByCertificate() bool { return m == AuthCertificate || m == AuthSelfSigned }

// Confidential reports whether m proves anything: others than the client can't use it (RFC 6749, section 2.1).
func (m AuthMethod) Confidential() bool { return m.BySecret() || m.ByKeys() || m.ByCertificate() }

// Takes reports whether a client that is registered for m may authenticate by used.
func (m AuthMethod) Takes(used AuthMethod) bool {
	return m == used || m == AuthSecret && (used == AuthBasic || used == AuthPost)
}

// SessionProfile bounds the lifetimes an app may choose.
type SessionProfile string

// The profiles: the default, and that of apps connected to a government system (15 minutes of inactivity).
const (
	ProfileDefault             SessionProfile = "default"
	ProfileGovernmentConnected SessionProfile = "government_connected"
)

// ClientAccess says who may enter an app.
type ClientAccess string

// The values of ClientAccess.
const (
	AccessPractice ClientAccess = ""         // people of practices that have enabled it; and of APS
	AccessEveryone ClientAccess = "everyone" // every person who may sign in: Your account
	AccessManagers ClientAccess = "managers" // people of practices that have it, with idp.RoleUserManagement: User Management+
	AccessStaff    ClientAccess = "staff"    // people of APS with idp.RoleAPSStaff: the support desk
)

// The provider's own apps. They are registered by the provider itself, when it starts.
const (
	AppUserManagement ClientID = "user-management" // User Management+, at /manage
	AppSupport        ClientID = "support"         // the support desk, at /support
	AppAccount        ClientID = "account"         // Your account, at /account
)

// SecurityProfile is the set of protocol rules that a client keeps, beside those that hold for every client.
type SecurityProfile string

// The profiles there are.
const (
	SecurityUsual SecurityProfile = ""
	SecurityFAPI2 SecurityProfile = "fapi2" // FAPI 2.0 Security Profile (Final): see policy.FAPI2
)

// Registration is what is recorded about a client when it is registered. An edit changes part of it later.
type Registration struct {
	ID         ClientID
	Name       string
	Kind       ClientKind
	AuthMethod AuthMethod

	RedirectURIs           []string // matched exactly; only the port of a loopback URI of a native client may vary
	PostLogoutRedirectURIs []string
	BackchannelLogoutURI   string   // web only: told when its session ends (OpenID Connect Back-Channel Logout 1.0); "": not told
	InitiateLoginURI       string   // where the app starts a sign-in (OpenID Connect Core, section 4); "" if it has none
	Scopes                 []string // what the client may ask for, sorted
	RefreshTokens          bool     // registered for the refresh_token grant
	PKCERequired           bool     // web only: must send PKCE, though it sends a nonce too
	PKCEOptional           bool     // web only: may leave out PKCE and nonce
	IDTokenAlg             string   // "ES256" or "RS256"
	ReferenceTokens        bool     // access tokens are opaque
	UserinfoOnly           bool     // name and mail address are given at userinfo only, not in ID tokens
	TokenEndpointAudience  bool     // private_key_jwt only: its assertions may name the token endpoint as their audience
	PushRequired           bool     // apps only: must push its authorization requests (RFC 9126)
	AllowedOrigins         []string // browser only: the origins that it calls from; none: those of its redirect URIs
	Identifier             string   // api only: its URI, the audience of the tokens meant for it (RFC 8707, section 2)

	PracticeID PracticeID // machine only: the practice it is bound to

	SecurityProfile SecurityProfile
	FAPI2From       time.Time // from when the client keeps FAPI 2.0, whatever SecurityProfile says; zero: as that says

	Profile            SessionProfile
	SessionLifetime    time.Duration // 0: the default, 24 h
	SessionIdleTimeout time.Duration // 0: none
	RefreshGrace       time.Duration // how long a refresh token is answered again after it was rotated; 0: as policy.RefreshGrace says
	SignOnGroup        string        // apps of one group share a sign-in; "": it shares with none
	MFARequiredFrom    time.Time     // zero: the app does not make MFA mandatory
	// PhishingResistanceFrom is from when the app needs every person to use a passkey; zero: it does not.
	PhishingResistanceFrom time.Time

	Accent string // apps only: its colour, "#rrggbb" (package brand); "": none
	Logo   []byte // apps only: its picture, a PNG as package brand makes it; empty: none

	Access ClientAccess // who may enter, apps only
	Brings []ClientID   // the apps that a practice gets together with this one, sorted

	// For integrations: the register of what is exempt from MFA, and why.
	Owner    string    // the person responsible for the integration
	Purpose  string    // why the integration is needed
	ReviewAt time.Time // when to review whether it is still needed; zero: never

	PublicKeys string // JWK Set (RFC 7517), for a client with keys; "" if it publishes them, or has none
	// CertificateSubject is what the certificate of a client of tls_client_auth says: "dn:", "dns:", "uri:", "ip:" or "email:" and a name
	// (RFC 8705, section 2.1.2); "" for any other client.
	CertificateSubject string
	CertificateBound   bool // its access tokens are bound to the certificate that it asks for them with (RFC 8705, section 3)

	JWKSURI string // where the client publishes its keys, in the place of PublicKeys; "": nowhere
}

// NoRefreshGrace is the RefreshGrace of an app whose refresh tokens are never answered again.
const NoRefreshGrace = -time.Second

// Client is a relying party: an app for people or an integration.
type Client struct {
	Registration
	Secrets    []ClientSecret // at most two live ones, so that one can be replaced without a pause
	LastUsedAt time.Time      // when it last got a token, to the hour; zero: never
	NoPKCEAt   time.Time      // when a code of it was last redeemed without PKCE, to the hour; zero: never
	Disabled   bool
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64 // compare-and-swap; 1 when created
}

// ClientSecret is one stored secret: random and long, so SHA-256 is enough and costs nothing (no password hash needed).
type ClientSecret struct {
	ID        string // "sec_…"; "" for one stored before secrets had names
	Hash      string // Secret.Hash
	CreatedAt time.Time
	ExpiresAt time.Time
}
