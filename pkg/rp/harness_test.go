package rp_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

// clock is the time of provider and app, moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now().Truncate(time.Second)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a provider and an app: "/page" needs a sign-in, "/bank" one with MFA, "/payroll" one with a passkey, "/danger" one within five minutes.
type world struct {
	t        *testing.T
	clock    *clock
	provider *rptest.Provider
	url      string
	app      *rp.App
}

func newWorld(t *testing.T, change func(*world, *rp.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: newClock(), provider: rptest.New(t)}
	w.provider.Clock(w.clock.Now)
	w.url, w.app = w.serve(change)
	return w
}

// serve starts a process of the app.
func (w *world) serve(change func(*world, *rp.Config)) (string, *rp.App) {
	w.t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	w.t.Cleanup(server.Close)
	config := w.provider.Config(server.URL + "/auth/callback")
	config.Now, config.PostLogoutURL = w.clock.Now, server.URL+"/bye"
	if change != nil {
		change(w, &config)
	}
	app, err := rp.New(config)
	if err != nil {
		w.t.Fatal(err)
	}
	who := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s, _ := rp.SessionFrom(r.Context())
		_, _ = io.WriteString(rw, r.URL.Path+" "+s.Subject)
	})
	pages := http.NewServeMux()
	pages.Handle("/bank", app.RequireACR(apsid.ACRMFA, who))
	pages.Handle("/payroll", app.RequireACR(apsid.ACRPhishingResistant, who))
	pages.Handle("/danger", app.RequireRecent(5*time.Minute, who))
	pages.Handle("/bye", who)
	pages.Handle("/token", app.Require(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s, _ := rp.SessionFrom(r.Context())
		token, err := app.AccessToken(r.Context(), s)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(rw, string(token))
	})))
	pages.Handle("/", app.Require(who))
	mux.Handle("/", app.Handler(pages))
	return server.URL, app
}

// surfer is a browser: it keeps cookies and says what browsers say of their requests.
type surfer struct {
	w      *world
	client *http.Client
	base   string
}

func (w *world) surfer() *surfer {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &surfer{w: w, client: &http.Client{Jar: jar, Timeout: 20 * time.Second}, base: w.url}
}

// page is what came.
type page struct {
	status int
	url    string // with query, without scheme and host
	body   string
	header http.Header
}

func (s *surfer) do(method, path, body string, header map[string]string) page {
	s.w.t.Helper()
	r, err := http.NewRequestWithContext(s.w.t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.w.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := s.client.Do(r)
	if err != nil {
		s.w.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.w.t.Fatal(err)
	}
	return page{response.StatusCode, response.Request.URL.RequestURI(), string(bytes.TrimSpace(text)), response.Header}
}

// open goes to a page as a link of another page leads there by script: it is no act of the person.
func (s *surfer) open(path string) page {
	s.w.t.Helper()
	return s.do(http.MethodGet, path, "", map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
}

// click goes to a page by hand.
func (s *surfer) click(path string) page {
	s.w.t.Helper()
	return s.do(http.MethodGet, path, "", map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"})
}

// fetch is a script's request.
func (s *surfer) fetch(path string) page {
	s.w.t.Helper()
	return s.do(http.MethodGet, path, "", map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Referer": s.base + "/page?x=1"})
}

// report is what the script sends of the person's input.
func (s *surfer) report(body string) page {
	s.w.t.Helper()
	return s.do(http.MethodPost, "/auth/activity", body, map[string]string{
		"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors",
	})
}

// signedIn is a surfer on a page of the app, as this person.
func (w *world) signedIn(subject string) *surfer {
	w.t.Helper()
	w.provider.SignIn(subject, map[string]any{"name": "Mia", "email": "mia@x.example"})
	s := w.surfer()
	if p := s.open("/page?x=1"); p.body != "/page "+subject || p.url != "/page?x=1" {
		w.t.Fatalf("signed in: %+v", p)
	}
	return s
}

// is fails unless the page is this one, as this person.
func (p page) is(t *testing.T, body string) {
	t.Helper()
	if p.status != http.StatusOK || p.body != body {
		t.Errorf("%d %s %.200q, want %q", p.status, p.url, p.body, body)
	}
}

// answer reads JSON.
func (p page) answer(t *testing.T) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(p.body), &members); err != nil {
		t.Fatalf("%d %q: %v", p.status, p.body, err)
	}
	return members
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// signinOf is the return path of the sign-in that a refusal names.
func signinOf(t *testing.T, p page) url.Values {
	t.Helper()
	signin, _ := p.answer(t)["signin"].(string)
	u, err := url.Parse(signin)
	if err != nil || u.Path != "/auth/login" {
		t.Fatalf("signin %q", signin)
	}
	return u.Query()
}
