package conform

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

// provider is what the app believes to be APS ID.
type provider struct {
	issuer       string
	clientID     string
	clientSecret string
	app          *url.URL // only its scheme and host count
	keys         keys

	mu       sync.Mutex
	codes    map[string]*grant
	sessions map[string]*session // by SID
	access   map[string]string   // SIDs by access token
	flaws    map[flaw]bool       // of requests, as they came
	values   map[string]bool     // state, nonce and challenge of every sign-in so far
}

// grant is what a code stands for.
type grant struct {
	plan      plan
	redirect  string
	state     string
	challenge string
	nonce     string
	session   string // SID, once it was redeemed
}

func (p *provider) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.serveDiscovery)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, p.keys.public()) })
	mux.HandleFunc("GET /authorize", p.serveStranger)
	mux.HandleFunc("POST /token", p.serveToken)
	mux.HandleFunc("GET /userinfo", p.serveUserinfo)
	mux.HandleFunc("POST /session/activity", p.serveActivity)
	mux.HandleFunc("GET /signout", p.serveStranger)
	return mux
}

// start serves until ctx ends.
func (p *provider) start(ctx context.Context, listener net.Listener) (stop func()) {
	server := &http.Server{Handler: p.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 15 * time.Second}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }() // ends when it is closed
	ended := context.AfterFunc(ctx, func() { _ = server.Close() })
	return func() { ended(); _ = server.Close(); <-done }
}

// serveDiscovery lists what APS ID lists, as far as an app uses it.
func (p *provider) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                         p.issuer,
		"authorization_endpoint":                         p.issuer + "/authorize",
		"token_endpoint":                                 p.issuer + "/token",
		"userinfo_endpoint":                              p.issuer + "/userinfo",
		"jwks_uri":                                       p.issuer + "/keys",
		"end_session_endpoint":                           p.issuer + "/signout",
		apsid.DiscoverySessionActivity:                   p.issuer + "/session/activity",
		"scopes_supported":                               []string{"openid", "profile", "email", apsid.ScopeOfflineAccess},
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query", "form_post"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          Algorithms(),
		"acr_values_supported":                           []string{apsid.ACRPassword, apsid.ACRMFA},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
		"backchannel_logout_supported":                   true,
		"backchannel_logout_session_supported":           true,
	})
}

// serveStranger answers a browser that is not the one this package plays.
func (p *provider) serveStranger(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "The app is being checked by apsid conform-app. Nobody can sign in here.", http.StatusForbidden)
}

// flaw is what is wrong with a request of the app.
type flaw struct {
	text string
	ours bool // the specifications allow it, and our contract does not
}

func broken(format string, args ...any) flaw { return flaw{text: fmt.Sprintf(format, args...)} }
func lacking(text string) flaw               { return flaw{text: text, ours: true} }

// note records that a request of the app was not as it should be.
func (p *provider) note(f flaw) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flaws[f] = true
}

// look gives the session to read or change, and lets no other goroutine do so meanwhile.
func (p *provider) look(sid string, with func(s *session)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.sessions[sid]; s != nil {
		with(s)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error means the app went away
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": description})
}
