package oidcop_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/clientkeys"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/standing"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/tally"
)

// engines are the stores that the surface under test uses.
type engines struct{ sql, redis string }

func embedded(t testing.TB) engines {
	return engines{sql: storetest.SQLite(t), redis: redisstore.Embedded}
}

// house is the protocol surface on real stores, a keyring and a clock of its own. Only the proofs of a sign-in are left out:
// see desk.
type house struct {
	passkeys  bool // browsers can use them here
	shown     oidcop.Certificates
	epoch     idp.Epoch
	t         testing.TB
	issuer    string
	mux       *http.ServeMux
	sql       *sqlstore.Store
	redis     *redisstore.Store
	codesLive time.Duration // how long the store is to keep the newest code
	ring      *keyring.Ring
	sealer    *seal.Sealer
	desk      *desk
	pages     *pages
	clients   *counter
	known     *oidcop.CachedClients // of the surface built last
	outage    *outage
	lost      atomic.Bool // the keyring has no key any more
	logs      *logs
	clock     *clock

	sessions *session.Service
	standing *standing.Memory
	told     *told
	join     joins
	used     uses
}

// uses remembers when each client last got a token, and when it last redeemed a code without PKCE.
type uses struct {
	sync.Map
	bare sync.Map
}

// Used implements oidcop.Usage.
func (u *uses) Used(client idp.ClientID, now time.Time) { u.Store(client, now) }

// UsedWithoutPKCE implements oidcop.Usage.
func (u *uses) UsedWithoutPKCE(client idp.ClientID, now time.Time) { u.bare.Store(client, now) }

const secret = "s3cret-of-a-test-client-that-is-long-enough"

func newHouse(t testing.TB) *house { return buildHouse(t, embedded(t), "http://127.0.0.1:4000") }

func buildHouse(t testing.TB, on engines, issuer string) *house {
	t.Helper()
	ctx := context.Background()
	h := &house{t: t, issuer: issuer, mux: http.NewServeMux(), pages: &pages{}, logs: &logs{}, outage: &outage{}, told: &told{}, clock: &clock{now: time.Now().UTC().Truncate(time.Second)}}
	sealer := must(seal.New(must(seal.Generate())))
	h.sealer = sealer
	h.sql = must(sqlstore.Open(ctx, on.sql, sealer, h.told, sqlstore.Options{Ended: h.forget, Outdated: h.outdated, Limit: time.Minute})) // a crowded machine is no fault
	t.Cleanup(func() { _ = h.sql.Close() })
	h.redis = must(redisstore.Open(ctx, on.redis, sealer))
	t.Cleanup(func() { _ = h.redis.Close() })
	h.standing = standing.New(sessions{h.sql, h.outage}, h)
	h.sessions = must(session.New(session.Ports{
		Sessions: sessions{h.sql, h.outage}, Tokens: h.standing, Clients: h.sql, Activity: h.redis.Activity(), Log: slog.New(slog.NewTextHandler(h.logs, nil)),
	}))
	h.ring = must(keyring.Open(ctx, sharedKeys, keyring.Config{Log: slog.New(slog.DiscardHandler)}, h.clock.read()))
	h.clients = &counter{StoredClients: h.sql, outage: h.outage}
	h.desk = &desk{house: h, open: make(map[string]*sitting)}
	h.seed()

	server, err := h.rebuild(must(url.Parse(issuer)))
	if err != nil {
		t.Fatal(err)
	}
	server.Routes(h.mux)
	return h
}

// rebuild returns a surface of this issuer on the same stores.
func (h *house) rebuild(issuer *url.URL) (*oidcop.Server, error) {
	cookies, err := browser.NewCookies(issuer)
	if err != nil {
		return nil, err
	}
	h.known = oidcop.NewCachedClients(h.clients, h.clock.read)
	return oidcop.New(oidcop.Config{Issuer: issuer, Passkeys: h.passkeys, Certificates: h.shown}, oidcop.Deps{
		SignIns: h.desk, Sessions: racing{h.sessions, &h.join}, Clients: h.known, ClientKeys: clientkeys.New(true, h.clock.read),
		Codes: codes{h.redis.Codes(), &h.codesLive}, References: h.redis.References(), Sealer: h.sealer, Spent: h.sql, Standing: h.standing, Pushed: h.redis.Pushed(), SeenProofs: h.redis.SeenProofs(), Proofs: h.sealer, RefreshTokens: refreshes{h.sql, h.outage}, Keys: losing{h.ring, &h.lost}, Refusals: tally.New(h.sql, slog.New(slog.DiscardHandler)), Usage: &h.used,
		Pages: h.pages, Cookies: cookies, Addresses: browser.NewAddresses(nil),
		Clock: h.clock.read, Epoch: func() idp.Epoch { return h.epoch }, Log: slog.New(slog.NewTextHandler(h.logs, nil)),
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// clock is what the surface believes the time to be.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logs keeps what was logged, to look for secrets in.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// counter counts how often the store is asked for a client.
type counter struct {
	oidcop.StoredClients
	outage *outage
	mu     sync.Mutex
	asked  int
}

// outage is SQL that does not answer, once it is set.
type outage struct{ atomic.Bool }

func (o *outage) err() error {
	if o.Load() {
		return idp.Wrap(idp.CodeUnavailable, errSpy)
	}
	return nil
}

// refreshes are the refresh tokens in SQL, which may not answer.
type refreshes struct {
	*sqlstore.Store
	outage *outage
}

func (r refreshes) FindRefreshTokenHolder(ctx context.Context, hash string) (idp.RefreshToken, idp.SignedIn, error) {
	if err := r.outage.err(); err != nil {
		return idp.RefreshToken{}, idp.SignedIn{}, err
	}
	return r.Store.FindRefreshTokenHolder(ctx, hash)
}

func (c *counter) FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	c.mu.Lock()
	c.asked++
	c.mu.Unlock()
	if err := c.outage.err(); err != nil {
		return idp.Client{}, err
	}
	return c.StoredClients.FindClient(ctx, id)
}

func (c *counter) ListApps(ctx context.Context) ([]idp.Client, error) {
	if err := c.ask(); err != nil {
		return nil, err
	}
	return c.StoredClients.ListApps(ctx)
}

func (c *counter) ListAPIs(ctx context.Context) ([]idp.Client, error) {
	if err := c.ask(); err != nil {
		return nil, err
	}
	return c.StoredClients.ListAPIs(ctx)
}

// ask counts a question to the store, which may be down.
func (c *counter) ask() error {
	c.mu.Lock()
	c.asked++
	c.mu.Unlock()
	return c.outage.err()
}

func (c *counter) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// keys is a keyring's store for all houses of a test run: an RSA key takes long to make.
type keys struct {
	mu   sync.Mutex
	list []keyring.Key
}

var sharedKeys = &keys{}

func (k *keys) ListKeys(context.Context) ([]keyring.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]keyring.Key(nil), k.list...), nil
}

func (k *keys) CreateKey(_ context.Context, key keyring.Key, _ idp.AuditEvent) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = append(k.list, key)
	return nil
}

// pages answers with text that names the page, so that a test can tell them apart.
type pages struct {
	mu     sync.Mutex
	fields map[string]string
	action string
	logout oidcop.LogoutView
}

func (p *pages) Error(w http.ResponseWriter, _ *http.Request, status int, title, message string) {
	w.WriteHeader(status)
	_, _ = w.Write([]byte("error page: " + title + ": " + message))
}

func (p *pages) Unavailable(w http.ResponseWriter, _ *http.Request, again string) {
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("error page: again: " + again))
}

func (p *pages) Refused(w http.ResponseWriter, _ *http.Request, title, message, detail string) {
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte("error page: " + title + ": " + message + " " + detail))
}

func (p *pages) Reference(*http.Request) string { return "req_1" }

func (p *pages) FormPost(w http.ResponseWriter, _ *http.Request, action string, fields []oidcop.FormField) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.action, p.fields = action, make(map[string]string)
	for _, f := range fields {
		p.fields[f.Name] = f.Value
	}
	_, _ = w.Write([]byte("form post"))
}

func (p *pages) ConfirmLogout(w http.ResponseWriter, _ *http.Request, view oidcop.LogoutView) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.logout = view
	_, _ = w.Write([]byte("confirm logout"))
}

func (p *pages) SignedOut(w http.ResponseWriter, _ *http.Request, _ oidcop.LogoutView) {
	_, _ = w.Write([]byte("signed out"))
}

// do sends a request straight to the surface.
func (h *house) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	return w
}

// post sends a form, with HTTP Basic if a name is given.
func (h *house) post(path string, form url.Values, basic ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(basic) == 2 {
		r.SetBasicAuth(url.QueryEscape(basic[0]), url.QueryEscape(basic[1]))
	}
	return h.do(r)
}

// verifier is the PKCE verifier of every request of a test.
const verifier = "a-verifier-of-sufficient-length-0123456789.~_"

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// request is a good authorization request of timesheets; pairs replace or (with "-" as value) remove parameters.
func request(pairs ...string) url.Values {
	return with(url.Values{
		"client_id": {"timesheets"}, "redirect_uri": {"https://timesheets.example/cb"}, "response_type": {"code"},
		"scope": {"openid profile email offline_access"}, "state": {"st&te"}, "nonce": {"n0nce"},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}, pairs...)
}

func with(values url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "-" {
			values.Del(pairs[i])
			continue
		}
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

func decode(t testing.TB, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	body := make(map[string]any)
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("status %d, body %q: %v", w.Code, w.Body, err)
	}
	return body
}

// wantError expects an OAuth error that no cache may keep, and (with 401) a challenge.
func wantError(t testing.TB, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	if body := decode(t, w); w.Code != status || body["error"] != code {
		t.Fatalf("got %d %s, want %d %s", w.Code, w.Body, status, code)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q", w.Header().Get("Cache-Control"))
	}
	if status != http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("status %d with WWW-Authenticate %q", status, w.Header().Get("WWW-Authenticate"))
	}
}

// events lists the audit events of a type, of any practice.
func (h *house) events(kind idp.EventType) []idp.AuditEvent {
	h.t.Helper()
	var found []idp.AuditEvent
	for _, practice := range []idp.PracticeID{"", "prc_mfa", "prc_free"} {
		page, _, err := h.sql.SearchEvents(context.Background(), practice, directory.EventQuery{}, sqlstore.Page{Limit: 200})
		if err != nil {
			h.t.Fatal(err)
		}
		for _, e := range page {
			if e.Type == kind {
				found = append(found, e)
			}
		}
	}
	return found
}

// codes notes how long the store is to keep a code.
type codes struct {
	oidcop.Codes
	live *time.Duration
}

func (c codes) CreateCode(ctx context.Context, hash string, g idp.Grant, ttl time.Duration) error {
	*c.live = ttl
	return c.Codes.CreateCode(ctx, hash, g, ttl)
}
