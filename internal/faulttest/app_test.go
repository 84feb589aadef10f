package faulttest

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// app is a stand-in app: it takes back-channel logout (OpenID Connect Back-Channel Logout 1.0), and judges every token as its library
// does.
type app struct {
	url, id, secret string

	mu     sync.Mutex
	told   map[string]int // by sid
	at     time.Time      // when it was told last
	slow   time.Duration  // how long it takes to answer
	flawed []string
	leaked withdrawn
	verify *oidc.IDTokenVerifier
	keys   *oidc.RemoteKeySet
}

func newApp(t testing.TB, id string) *app {
	t.Helper()
	a := &app{id: id, told: map[string]int{}}
	a.url = serve(t, http.HandlerFunc(a.logout))
	return a
}

// trust has it verify the tokens of an issuer. Like other libraries of apps it fetches the keys when it needs them, and asks again
// if they can't be had.
func (a *app) trust(issuer string) {
	client := &http.Client{Transport: persistent{}, Timeout: time.Minute}
	a.keys = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), issuer+"/.well-known/jwks.json")
	a.verify = oidc.NewVerifier(issuer, a.keys, &oidc.Config{
		ClientID: a.id, SupportedSigningAlgs: []string{"RS256", "ES256"}, Now: func() time.Time { return time.Now().Add(2 * time.Minute) }, SkipExpiryCheck: true,
	})
}

// persistent asks again until it is answered with 200.
type persistent struct{}

// RoundTrip implements http.RoundTripper.
func (persistent) RoundTrip(r *http.Request) (*http.Response, error) {
	for {
		response, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && response.StatusCode == http.StatusOK || r.Context().Err() != nil {
			return response, err
		}
		if err == nil {
			_ = response.Body.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	slow := a.slow
	a.mu.Unlock()
	began := time.Now()
	select {
	case <-time.After(slow):
	case <-r.Context().Done():
		return
	}
	token, err := a.verify.Verify(r.Context(), r.FormValue("logout_token"))
	var claims struct {
		SID string `json:"sid"`
	}
	if err == nil {
		err = token.Claims(&claims)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if !a.leaked.signed(r.FormValue("logout_token")) && !a.leaked.settling(began) {
			a.flawed = append(a.flawed, err.Error())
		}
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.told[claims.SID]++
	a.at = time.Now()
}

// wasTold reports whether it was told that the session has ended.
func (a *app) wasTold(sid string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.told[sid] > 0
}

// heard is how many sessions it was told of, and when last.
func (a *app) heard() (int, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.told), a.at
}

// flaws are what was wrong with log-out tokens that it got.
func (a *app) flaws() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.flawed)
}

// serve answers on a port of its own until the test ends.
func serve(t testing.TB, handler http.Handler) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}}
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// decode reads JSON; what is none reads as empty.
func decode(body []byte) map[string]any {
	var found map[string]any
	_ = json.Unmarshal(body, &found)
	return found
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
