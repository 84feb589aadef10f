package manage_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// world is the demo with its two practices, and a clock that can be moved ahead.
type world struct {
	demo *demo.Demo

	mu    sync.Mutex
	ahead time.Duration
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

func open(t testing.TB, change func(*demo.Config)) *world {
	t.Helper()
	const free = "127.0.0.1:0"
	c := demo.Config{
		Listen: free, TimesheetsListen: free, ContactsListen: free, LodgementsListen: free, StateDir: t.TempDir(),
		DatabaseURL: config.NewSecret(storetest.SQLite(t)),
	}
	if change != nil {
		change(&c)
	}
	w := &world{}
	var err error
	w.demo, err = demo.New(context.Background(), c, demo.Deps{Logger: slog.New(slog.DiscardHandler), Clock: w.now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.demo.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	})
	return w
}

// surfer is a person at a browser without a screen.
type surfer struct {
	t      testing.TB
	world  *world
	client *http.Client
	header http.Header // what its next requests carry beside
}

func (w *world) surfer(t testing.TB) *surfer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &surfer{t: t, world: w, header: http.Header{}, client: &http.Client{
		Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// person returns the demo's person of this name.
func (w *world) person(t testing.TB, name string) demo.Person {
	t.Helper()
	for _, p := range append(w.demo.Manifest.Users, w.demo.Manifest.Staff...) {
		if strings.HasPrefix(p.Username, name+"@") {
			return p
		}
	}
	t.Fatalf("nobody called %s in the demo", name)
	return demo.Person{}
}

// manager signs somebody in at User Management+. Somebody without an authenticator gets as far as the password leads.
func (w *world) manager(t testing.TB, name string) *surfer {
	t.Helper()
	s, who := w.surfer(t), w.person(t, name)
	p := s.get("/manage")
	p = s.post(p.url, url.Values{"username": {who.Username}, "password": {who.Password}})
	if p.step == "totp" {
		s.post(p.url, url.Values{"code": {w.code(t, who)}})
	}
	return s
}

func (w *world) code(t testing.TB, who demo.Person) string {
	t.Helper()
	code, err := totp.GenerateCode(who.TOTPKey, w.now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// page is where a request ended after all redirects.
type page struct {
	url    string
	status int
	step   string
	body   string
	header http.Header
}

// get opens an address; one without a host is the provider's.
func (s *surfer) get(address string) page { return s.follow(http.MethodGet, address, nil) }

func (s *surfer) post(address string, form url.Values) page {
	return s.follow(http.MethodPost, address, strings.NewReader(form.Encode()))
}

func (s *surfer) follow(method, address string, body io.Reader) page {
	s.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = s.world.demo.Manifest.Issuer + address
	}
	for range 12 {
		p, next := s.once(method, address, body)
		if next == "" {
			return p
		}
		method, address, body = http.MethodGet, next, nil
	}
	s.t.Fatalf("redirects without end at %s", address)
	return page{}
}

var stepPattern = regexp.MustCompile(`data-step="([^"]+)"`)

func (s *surfer) once(method, address string, body io.Reader) (page, string) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, address, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for name, values := range s.header {
		request.Header[name] = values
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		s.t.Fatal(err)
	}
	p := page{url: address, status: response.StatusCode, body: string(text), header: response.Header}
	if found := stepPattern.FindStringSubmatch(p.body); found != nil {
		p.step = found[1]
	}
	location, err := response.Location()
	if errors.Is(err, http.ErrNoLocation) {
		return p, ""
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return p, location.String()
}

// on fails unless the page is this one, with 200.
func (p page) on(t testing.TB, step string) page {
	t.Helper()
	if p.step != step || p.status != http.StatusOK {
		t.Fatalf("at step %q (%d, %s), want %q\n%s", p.step, p.status, p.url, step, p.body)
	}
	return p
}

var (
	rowPattern     = regexp.MustCompile(`data-row="(usr_[a-z0-9]+)"`)
	sessionPattern = regexp.MustCompile(`/sessions/(ses_[a-z0-9]+)/end`)
	nextPattern    = regexp.MustCompile(`href="(/manage\?after=[^"]+)" rel="next"`)
	versionPattern = regexp.MustCompile(`name="version" value="([0-9]+)"`)
)

// user finds a person of the surfer's practice, by the pages alone.
func (s *surfer) user(search string) string {
	s.t.Helper()
	p := s.get("/manage?search="+url.QueryEscape(search)).on(s.t, "people")
	found := rowPattern.FindAllStringSubmatch(p.body, -1)
	if len(found) != 1 {
		s.t.Fatalf("%d people are called %s", len(found), search)
	}
	return found[0][1]
}

// session finds one of the person's sessions.
func (s *surfer) session(user string) string { return s.one("/manage/users/"+user, sessionPattern) }

// version is what the form at this address says of it.
func (s *surfer) version(address string) string { return s.one(address, versionPattern) }

func (s *surfer) one(address string, pattern *regexp.Regexp) string {
	s.t.Helper()
	p := s.get(address)
	found := pattern.FindStringSubmatch(p.body)
	if p.status != http.StatusOK || found == nil {
		s.t.Fatalf("%s: %d, without %s\n%s", address, p.status, pattern, p.body)
	}
	return found[1]
}

// trail is the activity of the surfer's practice, as it is downloaded.
func (s *surfer) trail() string {
	s.t.Helper()
	p := s.get("/manage/activity.jsonl")
	if p.status != http.StatusOK || !strings.Contains(p.body, `"action":"practice.created"`) {
		s.t.Fatalf("the trail: %d\n%.2000s", p.status, p.body)
	}
	return p.body
}
