package oidcop

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
)

// Where the endpoints are, under the issuer. Clients find them through discovery.
const (
	pathDiscovery  = "/.well-known/openid-configuration"
	pathMetadata   = "/.well-known/oauth-authorization-server" // the same document for OAuth clients (RFC 8414, section 3)
	pathKeys       = "/.well-known/jwks.json"
	pathAuthorize  = "/authorize"
	pathPush       = "/oauth/par"
	pathDone       = "/signin/{client}/{tx}/done"
	pathToken      = "/oauth/token" // #nosec G101 -- a path
	pathIntrospect = "/oauth/introspect"
	pathRevoke     = "/oauth/revoke"
	pathUserinfo   = "/oauth/userinfo"
	pathEndSession = "/end_session"
	pathActivity   = "/session/activity"
)

// The defaults of Config.
const (
	DefaultPersonTokenLifetime  = 5 * time.Minute
	DefaultMachineTokenLifetime = time.Hour
	DefaultAPIAudience          = "urn:aps:api"
)

// codeLifetime is how long an authorization code may be redeemed (RFC 6749, section 4.1.2, recommends ten minutes at most).
const codeLifetime = 60 * time.Second

// clocksApart is how far apart the clocks of two nodes may be. A code is no older than ten minutes even so.
const clocksApart = 2 * time.Minute

// codeRemembered is how long after its creation the reuse of a code ends its session.
const codeRemembered = 10 * time.Minute

// discoveryCached is how long the metadata may be cached.
const discoveryCached = 5 * time.Minute

// Config is what an installation decides about the protocol.
type Config struct {
	Issuer               *url.URL      // scheme and host, without path: the `iss` of everything
	PersonTokenLifetime  time.Duration // of access and ID tokens of people; 0: the default
	MachineTokenLifetime time.Duration // 0: the default
	Passkeys             bool          // a sign-in can reach idp.ACRPhishingResistant
	APIAudience          string        // `aud` of machine tokens; "": the default
	Certificates         Certificates  // how clients show certificates
}

// Deps are the services behind this surface. All are needed.
type Deps struct {
	SignIns       SignIns
	Sessions      Sessions
	Clients       KnownClients // see CachedClients
	ClientKeys    ClientKeys
	Codes         Codes
	References    References
	Sealer        Sealer
	Spent         Spent
	Standing      Standing
	Pushed        Pushed
	SeenProofs    SeenProofs
	Proofs        Proofs
	RefreshTokens RefreshTokens
	Keys          Keys
	Refusals      Refusals
	Usage         Usage
	Pages         Pages
	Cookies       browser.Cookies
	Addresses     browser.Addresses
	Clock         func() time.Time
	Epoch         func() idp.Epoch // the present one
	Log           *slog.Logger
}

// Server answers the protocol's endpoints.
type Server struct {
	config    Config
	deps      Deps
	issuer    string
	known     knownTokens
	discovery *document
	published atomic.Pointer[publishedKeys]
	forms     browser.Forms
}

// New returns the surface; a missing dependency or an issuer that is more than scheme and host is an error.
func New(config Config, deps Deps) (*Server, error) {
	if err := deps.check(); err != nil {
		return nil, err
	}
	issuer := config.Issuer
	if issuer == nil || issuer.Host == "" || issuer.User != nil || issuer.RawQuery != "" || issuer.Fragment != "" || (issuer.Path != "" && issuer.Path != "/") {
		return nil, fmt.Errorf("issuer %q: want scheme and host only", issuer)
	}
	if err := config.Certificates.check(); err != nil {
		return nil, err
	}
	s := &Server{
		config: config.withDefaults(),
		deps:   deps,
		issuer: issuer.Scheme + "://" + issuer.Host,
		forms:  browser.NewForms(issuer),
	}
	document, err := s.discoveryDocument()
	if err != nil {
		return nil, err
	}
	s.discovery = newDocument(document, discoveryCached)
	return s, nil
}

// Routes mounts the endpoints. Cross-origin checks of other surfaces must leave /authorize and /end_session alone: apps on
// other sites post there (OpenID Connect Core, section 3.1.2.1), and both stay safe by themselves.
func (s *Server) Routes(mux *http.ServeMux) {
	mux.Handle(pathDiscovery, anyOrigin(s.discovery, http.MethodGet, http.MethodHead))
	mux.Handle(pathMetadata, anyOrigin(s.discovery, http.MethodGet, http.MethodHead))
	mux.Handle(pathKeys, anyOrigin(http.HandlerFunc(s.keys), http.MethodGet, http.MethodHead))
	mux.Handle(pathPush, s.ownOrigins(s.formGate(s.push), http.MethodPost))
	mux.Handle(pathToken, s.ownOrigins(s.formGate(s.token), http.MethodPost))
	mux.Handle(pathUserinfo, s.ownOrigins(s.bearerGate(s.userinfo), http.MethodGet, http.MethodPost))
	mux.Handle(pathIntrospect, only(s.formGate(s.introspect), http.MethodPost))
	mux.Handle(pathRevoke, s.ownOrigins(s.formGate(s.revoke), http.MethodPost))
	mux.Handle(pathActivity, s.ownOrigins(http.HandlerFunc(s.activity), http.MethodPost))
	mux.HandleFunc("GET "+pathAuthorize, s.authorize)
	mux.HandleFunc("POST "+pathAuthorize, s.authorizePosted)
	mux.HandleFunc("GET "+pathDone, s.done)
	mux.HandleFunc("GET "+pathEndSession, s.endSession)
	mux.HandleFunc("POST "+pathEndSession, s.endSession)
}

func (c Config) withDefaults() Config {
	if c.PersonTokenLifetime <= 0 {
		c.PersonTokenLifetime = DefaultPersonTokenLifetime
	}
	if c.MachineTokenLifetime <= 0 {
		c.MachineTokenLifetime = DefaultMachineTokenLifetime
	}
	if c.APIAudience == "" {
		c.APIAudience = DefaultAPIAudience
	}
	return c
}

func (d Deps) check() error {
	for name, missing := range map[string]bool{
		"sign-ins": d.SignIns == nil, "sessions": d.Sessions == nil, "clients": d.Clients == nil, "client keys": d.ClientKeys == nil,
		"codes": d.Codes == nil, "references": d.References == nil, "sealer": d.Sealer == nil, "spent": d.Spent == nil, "standing": d.Standing == nil, "pushed requests": d.Pushed == nil, "seen proofs": d.SeenProofs == nil, "proofs": d.Proofs == nil, "refresh tokens": d.RefreshTokens == nil,
		"keys": d.Keys == nil, "refusals": d.Refusals == nil, "usage": d.Usage == nil, "pages": d.Pages == nil, "clock": d.Clock == nil, "epoch": d.Epoch == nil, "log": d.Log == nil,
	} {
		if missing {
			return errors.New("oidcop: no " + name)
		}
	}
	return nil
}

// IsForPrograms reports whether apps call this path themselves, and not through the browser of a person.
func IsForPrograms(path string) bool {
	switch path {
	case pathPush, pathToken, pathIntrospect, pathRevoke, pathUserinfo, pathActivity:
		return true
	default:
		return false
	}
}
