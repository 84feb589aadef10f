package server_test

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
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/testenv"
)

// clock runs with the real one and can be moved ahead of it.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// stores are the two kinds of stores; nothing may behave differently on one of them.
func stores() map[string]func(*testing.T, *demo.Config) {
	return map[string]func(*testing.T, *demo.Config){
		"SQLite and embedded": func(*testing.T, *demo.Config) {},
		"Postgres and Redis": func(t *testing.T, c *demo.Config) {
			c.DatabaseURL = config.NewSecret(testenv.Postgres(t))
			c.RedisURL = config.NewSecret(testenv.Redis(t))
		},
	}
}

func demoConfig(t *testing.T) demo.Config {
	t.Helper()
	const free = "127.0.0.1:0"
	return demo.Config{Listen: free, TimesheetsListen: free, ContactsListen: free, LodgementsListen: free, StateDir: t.TempDir()}
}

// start sets the demo up and runs it until the test ends or stop is called; stop waits for it and returns its error.
func start(t *testing.T, c demo.Config, clock *clock) (d *demo.Demo, stop func() error) {
	t.Helper()
	d, err := demo.New(t.Context(), c, demo.Deps{Logger: slog.New(slog.DiscardHandler), Clock: clock.now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("the demo ended with %v", err)
		}
		proved(t, d)
	})
	return d, stop
}

// proved holds that the audit trail of everything a test did is as it was written.
func proved(t *testing.T, d *demo.Demo) {
	t.Helper()
	trail, err := server.OpenTrail(context.Background(), d.Stores())
	if err != nil {
		t.Errorf("the trail: %v", err)
		return
	}
	defer func() { _ = trail.Close() }()
	report, err := trail.Verify(context.Background(), "")
	if err != nil || report.Events == 0 || report.Waiting != 0 {
		t.Errorf("the trail: %d events, %d waiting, %v", report.Events, report.Waiting, err)
	}
}

// surfer is a browser without a screen: it keeps cookies and follows redirects by hand.
type surfer struct {
	t      *testing.T
	client *http.Client
	stopAt string // a redirect to a URL that begins so is not followed
}

// page is where a surfer is.
type page struct {
	url    string
	status int
	step   string // data-step; "" on a page that is none of ours
	body   string
	header http.Header
}

func newSurfer(t *testing.T) *surfer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &surfer{t: t, stopAt: "http://127.0.0.1:9/", client: &http.Client{
		Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

var stepPattern = regexp.MustCompile(`data-step="([^"]+)"`)

func (s *surfer) get(address string) page {
	s.t.Helper()
	return s.follow(http.MethodGet, address, nil)
}

// post submits a form to the page it came from, as ours do.
func (s *surfer) post(p page, form url.Values) page {
	s.t.Helper()
	return s.follow(http.MethodPost, p.url, form)
}

func (s *surfer) follow(method, address string, form url.Values) page {
	s.t.Helper()
	for range 12 {
		p, next := s.once(method, address, form)
		if next == "" {
			return p
		}
		method, address, form = http.MethodGet, next, nil
	}
	s.t.Fatalf("redirects without end at %s", address)
	return page{}
}

// once makes one request and returns where it leads, if anywhere.
func (s *surfer) once(method, address string, form url.Values) (page, string) {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, address, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
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
	if strings.HasPrefix(location.String(), s.stopAt) {
		p.url = location.String()
		return p, ""
	}
	return p, location.String()
}

func (p page) at(t *testing.T, step string) page {
	t.Helper()
	if p.step != step {
		t.Fatalf("at step %q (%d, %s), want %q\n%s", p.step, p.status, p.url, step, p.body)
	}
	return p
}

func userOf(t *testing.T, m demo.Manifest, name string) demo.Person {
	t.Helper()
	for _, p := range append(m.Users, m.Staff...) {
		if strings.HasPrefix(p.Username, name+"@") {
			return p
		}
	}
	t.Fatalf("nobody called %s in demo.json", name)
	return demo.Person{}
}

// signIn gives user name, password and, where it is asked for, the code.
func (s *surfer) signIn(p page, who demo.Person, now time.Time) page {
	s.t.Helper()
	p = s.post(p.at(s.t, "password"), url.Values{"username": {who.Username}, "password": {who.Password}})
	if p.step != "totp" {
		return p
	}
	return s.post(p, url.Values{"code": {codeOf(s.t, who, now)}})
}

func codeOf(t *testing.T, who demo.Person, now time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(who.TOTPKey, now)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

var claimPattern = regexp.MustCompile(`data-claim="([^"]+)">([^<]*)<`)

// claims reads the table of the stand-in app.
func (p page) claims() map[string]string {
	found := map[string]string{}
	for _, match := range claimPattern.FindAllStringSubmatch(p.body, -1) {
		found[match[1]] = match[2]
	}
	return found
}
