package clientkeys

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbound"
)

// host publishes keys.
type host struct {
	*httptest.Server
	asked  atomic.Int32
	mu     sync.Mutex
	answer http.HandlerFunc
}

func newHost(t *testing.T, names ...string) *host {
	t.Helper()
	h := &host{}
	h.publishes(t, names...)
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked.Add(1)
		h.mu.Lock()
		answer := h.answer
		h.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *host) answers(answer http.HandlerFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = answer
}

func setOf(t *testing.T, names ...string) string {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, name := range names {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: name})
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (h *host) publishes(t *testing.T, names ...string) {
	t.Helper()
	text := setOf(t, names...)
	h.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
}

// reader asks for keys at a time of its own.
type reader struct {
	*Keys
	t   *testing.T
	now atomic.Int64 // nanoseconds
}

func newReader(t *testing.T, open bool, h *host) *reader {
	t.Helper()
	r := &reader{t: t}
	r.now.Store(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).UnixNano())
	n := outbound.Network{}
	if h != nil {
		n.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
		n.TLS.RootCAs.AddCert(h.Certificate())
	}
	r.Keys = build(open, func() time.Time { return time.Unix(0, r.now.Load()) }, n)
	return r
}

func (r *reader) pass(d time.Duration) { r.now.Add(int64(d)) }

func at(uri string) idp.Registration {
	return idp.Registration{ID: "fusesign", AuthMethod: idp.AuthKey, JWKSURI: uri}
}

func named(name string) func(jose.JSONWebKeySet) bool {
	return func(set jose.JSONWebKeySet) bool { return len(set.Key(name)) == 1 }
}

// has reports whether the client has the key now.
func (r *reader) has(client idp.Registration, name string) bool {
	r.t.Helper()
	set, err := r.Find(r.t.Context(), client, named(name))
	return err == nil && named(name)(set)
}

func TestKeysOfARegistration(t *testing.T) {
	r := newReader(t, false, nil)
	if !r.has(idp.Registration{ID: "fusesign", PublicKeys: setOf(t, "a")}, "a") {
		t.Error("not found")
	}
	if _, err := r.Find(t.Context(), idp.Registration{ID: "fusesign"}, named("a")); err == nil {
		t.Error("a client without keys has some")
	}
}

func TestPublishedKeysAreRotated(t *testing.T) {
	h := newHost(t, "old")
	r := newReader(t, true, h)
	client := at(h.URL)
	for range 3 {
		if !r.has(client, "old") {
			t.Fatal("the key is not found")
		}
	}
	if got := h.asked.Load(); got != 1 {
		t.Errorf("asked %d times for a key that is known", got)
	}
	h.publishes(t, "old", "new")
	r.pass(pause)
	if !r.has(client, "new") { // at once
		t.Error("the new key is not found")
	}
	h.publishes(t, "new")
	r.pass(fresh - time.Second)
	if !r.has(client, "old") {
		t.Error("asked again too early")
	}
	r.pass(time.Second)
	if r.has(client, "old") || !r.has(client, "new") {
		t.Error("a key that is withdrawn counts for more than a minute")
	}
	other := newHost(t, "elsewhere")
	r.http.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(other.Certificate())
	if !r.has(at(other.URL), "elsewhere") || r.has(at(other.URL), "new") {
		t.Error("keys of the former address count at another one")
	}
}

// ABUSE 15: whatever is sent in a client's name, its address is asked once in ten seconds.
func TestAFloodOfUnknownKeys(t *testing.T) {
	h := newHost(t, "a")
	r := newReader(t, true, h)
	client := at(h.URL)
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			if r.has(client, "unknown") {
				t.Error("found")
			}
		})
	}
	callers.Wait()
	for range 50 {
		r.has(client, "unknown")
	}
	if got := h.asked.Load(); got != 1 {
		t.Errorf("asked %d times", got)
	}
	r.pass(pause)
	r.has(client, "unknown")
	if got := h.asked.Load(); got != 2 {
		t.Errorf("after a pause asked %d times", got)
	}
}

func TestAHostThatIsAway(t *testing.T) {
	h := newHost(t, "a")
	r := newReader(t, true, h)
	client := at(h.URL)
	if !r.has(client, "a") {
		t.Fatal("not found")
	}
	h.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	r.pass(kept - time.Second)
	if !r.has(client, "a") {
		t.Error("the last good answer does not count")
	}
	before := h.asked.Load()
	if !r.has(client, "a") || h.asked.Load() != before {
		t.Error("a host that is away is asked each time")
	}
	r.pass(time.Second)
	if _, err := r.Find(t.Context(), client, named("a")); err == nil || !strings.Contains(err.Error(), "the answer was 502") {
		t.Errorf("after ten minutes: %v", err)
	}
	r.pass(pause)
	h.publishes(t, "a")
	if !r.has(client, "a") {
		t.Error("the host is back, and the key is not found")
	}
}

// ABUSE 13
func TestAnswersThatAreNoKeys(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaked, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private, KeyID: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	inside := newHost(t, "a")
	write := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	for want, answer := range map[string]http.HandlerFunc{
		"the answer was 302":                 http.RedirectHandler(inside.URL, http.StatusFound).ServeHTTP,
		"the answer was 404":                 http.NotFound,
		"no JWK Set":                         write("<html>"),
		"is not a public one":                write(string(leaked)),
		"the answer has more than 64 KiB":    write(setOf(t, "a") + strings.Repeat(" ", maxAnswer)),
		"the answer must have 1 to 20 keys":  write(`{"keys":[]}`),
		"none of the keys can be used":       write(`{"keys":[{"kty":"AKP"}]}`),
		"the keys at the jwks_uri can't be ": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		h := newHost(t)
		h.answers(answer)
		r := newReader(t, true, h)
		_, err := r.Find(t.Context(), at(h.URL), named("a"))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), h.URL) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	if inside.asked.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// ABUSE 13: no address of our own network is asked, nor one by plain http.
func TestOwnNetworkIsNotAsked(t *testing.T) {
	h := newHost(t, "a")
	port := h.Listener.Addr().(*net.TCPAddr).Port
	r := newReader(t, false, h)
	for _, uri := range []string{h.URL, "https://localhost:" + strings.TrimPrefix(h.URL, "https://127.0.0.1:"), "https://169.254.169.254/", "http://127.0.0.1/", "http://keys.example/", "file:///etc/passwd"} {
		if _, err := r.Find(t.Context(), at(uri), named("a")); err == nil {
			t.Errorf("%s was asked", uri)
		}
	}
	if h.asked.Load() != 0 {
		t.Errorf("port %d was reached", port)
	}
}

// A caller that goes away does not take the answer from the others.
func TestCallersThatGo(t *testing.T) {
	h := newHost(t, "a")
	text, arrived, release := setOf(t, "a"), make(chan struct{}), make(chan struct{})
	h.answers(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = w.Write([]byte(text))
	})
	r := newReader(t, true, h)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := r.Find(ctx, at(h.URL), named("a"))
		gone <- err
	}()
	<-arrived
	cancel()
	if err := <-gone; err == nil {
		t.Error("the caller that has gone was answered")
	}
	close(release)
	if !r.has(at(h.URL), "a") || h.asked.Load() != 1 {
		t.Errorf("asked %d times", h.asked.Load())
	}
}

func TestKeysOfManyClientsAreBounded(t *testing.T) {
	r := newReader(t, true, nil)
	for i := range maxClients + 10 {
		r.remember(idp.ClientID(time.Duration(i).String()), published{})
	}
	if len(r.known) != maxClients {
		t.Errorf("%d clients are kept", len(r.known))
	}
}
