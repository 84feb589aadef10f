package backchannel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/outbound"
)

const loopbackIssuer = "http://127.0.0.1:4000"

// post is a deliverer with what it depends on: a real keyring, and clients and a trail that a test can look at.
type post struct {
	*Deliverer
	t     *testing.T
	ring  *keyring.Ring
	trail *trail
	apps  apps
	now   time.Time
}

// newPost calls app, which may be nil, where the client "lodgements" is registered; on a loopback address only if open.
func newPost(t *testing.T, open bool, app *httptest.Server) *post {
	t.Helper()
	p := &post{t: t, ring: ring(t), trail: &trail{}, apps: apps{}, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	n := outbound.Network{}
	if app != nil {
		p.register(app.URL + "/bye")
		if app.Certificate() != nil {
			n.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
			n.TLS.RootCAs.AddCert(app.Certificate())
		}
	}
	p.Deliverer = p.build(open, n)
	return p
}

func (p *post) build(open bool, n outbound.Network) *Deliverer {
	p.t.Helper()
	d, err := build(Config{Issuer: address(p.t, loopbackIssuer), AllowLoopback: open}, p.deps(), n)
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

func (p *post) deps() Deps {
	return Deps{Keys: p.ring, Clients: p.apps, Audit: p.trail, Clock: func() time.Time { return p.now }}
}

func (p *post) register(uri string) {
	p.apps["lodgements"] = idp.Client{Registration: idp.Registration{ID: "lodgements", BackchannelLogoutURI: uri}}
}

// tell delivers the one message of all tests.
func (p *post) tell() error { return p.DeliverLogout(context.Background(), message()) }

func message() idp.Logout {
	return idp.Logout{SID: "ses_1", PracticeID: "prc_1", UserID: "usr_1", ClientID: "lodgements", Reason: idp.EndIdle}
}

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

type apps map[idp.ClientID]idp.Client

func (a apps) FindClient(_ context.Context, id idp.ClientID) (idp.Client, error) {
	client, found := a[id]
	if !found {
		return idp.Client{}, idp.ErrNotFound
	}
	return client, nil
}

type trail struct {
	mu     sync.Mutex
	events []idp.AuditEvent
	broken bool
}

func (l *trail) AppendEvents(_ context.Context, events []idp.AuditEvent) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return idp.Wrap(idp.CodeUnavailable, errors.New("no database"))
	}
	l.events = append(l.events, events...)
	return nil
}

// wantOne expects one event.
func (l *trail) wantOne(t *testing.T, kind idp.EventType, result idp.Result, reason idp.Reason) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) != 1 {
		t.Fatalf("audit trail: %+v", l.events)
	}
	e, m := l.events[0], message()
	if e.Type != kind || e.Result != result || e.Reason != reason || e.SID != m.SID || e.UserID != m.UserID ||
		e.PracticeID != m.PracticeID || e.ClientID != m.ClientID || e.ID == "" || e.At.IsZero() || e.Actor.Kind != idp.ActorSystem {
		t.Errorf("audit trail: %+v", e)
	}
}

// app is an app that answers with the status and keeps what it was sent.
type app struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []url.Values
	calls  []*http.Request
}

func newApp(t *testing.T, start func(http.Handler) *httptest.Server, status int) *app {
	a := &app{status: status}
	a.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		_ = r.ParseForm()
		a.got, a.calls = append(a.got, r.PostForm), append(a.calls, r)
		w.WriteHeader(a.status)
	}))
	quieten(a.Server)
	t.Cleanup(a.Close)
	return a
}

// quieten keeps the handshakes that a test makes fail out of the output.
func quieten(s *httptest.Server) {
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
}

// tokens are the logout tokens that came.
func (a *app) tokens() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []string
	for _, form := range a.got {
		list = append(list, form.Get("logout_token"))
	}
	return list
}

// open verifies a token with nothing but the published keys.
func (p *post) open(token string) (header, claims map[string]any) {
	p.t.Helper()
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		p.t.Fatal(err)
	}
	set := p.ring.Public()
	keys := set.Key(jws.Signatures[0].Header.KeyID)
	if len(keys) != 1 {
		p.t.Fatalf("%d keys", len(keys))
	}
	payload, err := jws.Verify(keys[0].Key)
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	if err = errors.Join(err, json.Unmarshal(text, &header), json.Unmarshal(payload, &claims)); err != nil {
		p.t.Fatal(err)
	}
	return header, claims
}

// keys is a keyring's store for all tests: an RSA key takes long to make.
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

func ring(t *testing.T) *keyring.Ring {
	t.Helper()
	r, err := keyring.Open(context.Background(), sharedKeys, keyring.Config{Log: slog.New(slog.DiscardHandler)}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}
