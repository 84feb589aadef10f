package rptest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/apsid"
	"github.com/apscloud/apsid/pkg/rp"
)

// The one client that is registered.
const (
	ClientID     = "app"
	ClientSecret = "rptest-secret"
)

// Provider is the issuer. Its methods may be called at any time, from any goroutine.
type Provider struct {
	server *httptest.Server
	own    *ecdsa.PrivateKey

	mu          sync.Mutex
	now         func() time.Time
	person      *person // who signs in next
	lifetime    time.Duration
	idle        time.Duration
	accessLife  time.Duration
	refreshing  bool
	away        bool
	tamper      func(claims map[string]any)
	key         *clientKey          // of the app; nil: it sends the secret
	used        map[string]bool     // assertions, by jti
	grants      map[string]grant    // by code
	sessions    map[string]*session // by sid
	reports     []Report
	refreshes   int
	authorizing []Authorization
}

// person is who signs in, and the claims beside sub.
type person struct {
	subject string
	claims  map[string]any
}

// New starts a provider, which ends with the test. Sessions last 24 hours and have no limit of inactivity, access tokens five
// minutes, and there are refresh tokens.
func New(t testing.TB) *Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("rptest: %v", err)
	}
	p := &Provider{
		own: key, now: time.Now, lifetime: 24 * time.Hour, accessLife: 5 * time.Minute, refreshing: true,
		grants: map[string]grant{}, sessions: map[string]*session{}, used: map[string]bool{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.serveDiscovery)
	mux.HandleFunc("GET /keys", p.serveKeys)
	mux.HandleFunc("GET /authorize", p.serveAuthorize)
	mux.HandleFunc("POST /token", p.serveToken)
	mux.HandleFunc("POST /revoke", p.serveRevoke)
	mux.HandleFunc("GET /userinfo", p.serveUserinfo)
	mux.HandleFunc("POST /session/activity", p.serveActivity)
	mux.HandleFunc("GET /logout", p.serveLogout)
	p.server = httptest.NewServer(p.unlessAway(mux))
	t.Cleanup(p.server.Close)
	return p
}

// Issuer is its URL.
func (p *Provider) Issuer() string { return p.server.URL }

// Config is that of an app with this redirect URI, which logs nothing.
func (p *Provider) Config(redirectURL string) rp.Config {
	return rp.Config{
		Issuer: p.Issuer(), ClientID: ClientID, ClientSecret: ClientSecret, RedirectURL: redirectURL,
		Logger: slog.New(slog.DiscardHandler),
	}
}

// Key registers the app for private_key_jwt with a public key of this name, in place of its secret. Give its rp.Config the ClientKey,
// and no ClientSecret.
func (p *Provider) Key(id string, public crypto.PublicKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = &clientKey{id: id, public: public}
}

// SignIn has this person signed in at the next sign-ins. Claims are added to the ID token's; acr is apsid.ACRPassword unless
// they say otherwise.
func (p *Provider) SignIn(subject string, claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = &person{subject: subject, claims: claims}
}

// Refuse answers the next sign-ins with access_denied, as before the first SignIn.
func (p *Provider) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = nil
}

// Limit sets the lifetime, and the limit of inactivity (0: none), of sessions to come.
func (p *Provider) Limit(lifetime, idle time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lifetime, p.idle = lifetime, idle
}

// AccessTokens sets how long access tokens to come are good for, and whether there are refresh tokens.
func (p *Provider) AccessTokens(life time.Duration, refresh bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accessLife, p.refreshing = life, refresh
}

// Clock replaces time.Now. Give the app's rp.Config the same one.
func (p *Provider) Clock(now func() time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = now
}

// Away has every request answered with 503, until it is told otherwise.
func (p *Provider) Away(away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = away
}

// Tamper changes the claims of ID tokens to come before they are signed; nil ends that.
func (p *Provider) Tamper(change func(claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tamper = change
}

func (p *Provider) unlessAway(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		away := p.away
		p.mu.Unlock()
		if away {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (p *Provider) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	base := p.Issuer()
	reply(w, http.StatusOK, map[string]any{
		"issuer": base, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token", "jwks_uri": base + "/keys",
		"revocation_endpoint": base + "/revoke", "token_endpoint_auth_methods_supported": []string{"client_secret_basic", "private_key_jwt"},
		"userinfo_endpoint": base + "/userinfo", "end_session_endpoint": base + "/logout",
		apsid.DiscoverySessionActivity: base + "/session/activity", "authorization_response_iss_parameter_supported": true,
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
		"backchannel_logout_supported": true, "backchannel_logout_session_supported": true,
	})
}

func (p *Provider) serveKeys(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.own.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
}

// Sign makes a JWT of this type ("JWT", "logout+jwt"; "" names none) with the provider's key: whatever the claims say.
func (p *Provider) Sign(typ string, claims map[string]any) (string, error) {
	options := (&jose.SignerOptions{}).WithHeader("kid", "1")
	if typ != "" {
		options = options.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.own}, options)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	object, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return object.CompactSerialize()
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // an error means the app went away
}
