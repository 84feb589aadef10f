package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// house is the whole program with its people, on SQLite and the embedded Redis, and a clock that can be moved ahead.
type house struct {
	*demo.Demo
	t     *testing.T
	mu    sync.Mutex
	ahead time.Duration
}

func newHouse(t *testing.T) *house {
	t.Helper()
	const free = "127.0.0.1:0"
	h := &house{t: t}
	d, err := demo.New(t.Context(), demo.Config{
		Listen: free, TimesheetsListen: free, ContactsListen: free, LodgementsListen: free, StateDir: t.TempDir(),
		DatabaseURL: config.NewSecret(storetest.SQLite(t)),
	}, demo.Deps{Logger: slog.New(slog.DiscardHandler), Clock: h.now})
	if err != nil {
		t.Fatal(err)
	}
	h.Demo = d
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.ahead)
}

func (h *house) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ahead += d
}

func (h *house) person(name string) demo.Person {
	h.t.Helper()
	for _, p := range append(slices.Clone(h.Manifest.Users), h.Manifest.Staff...) {
		if strings.HasPrefix(p.Username, name+"@") {
			return p
		}
	}
	h.t.Fatalf("nobody is called %s", name)
	return demo.Person{}
}

func (h *house) account(name string) idp.Account {
	h.t.Helper()
	account, err := h.Records().FindAccountByUsername(h.t.Context(), h.person(name).Username)
	if err != nil {
		h.t.Fatal(err)
	}
	return account
}

// events lists the events of somebody's practice, newest first.
func (h *house) events(name string) []idp.AuditEvent {
	h.t.Helper()
	found, _, err := h.Records().SearchEvents(h.t.Context(), h.account(name).Practice.ID, directory.EventQuery{}, directory.Page{Limit: 200})
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

// mail waits for a message whose text matches, and returns what the first group found.
func (h *house) mail(to string, pattern *regexp.Regexp) string {
	h.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if found := h.mails(to, pattern); len(found) > 0 {
			return found[0]
		}
	}
	h.t.Fatalf("no mail to %s matches %s", to, pattern)
	return ""
}

// mails lists what the pattern finds in the messages to somebody, newest first.
func (h *house) mails(to string, pattern *regexp.Regexp) (found []string) {
	h.t.Helper()
	response, err := http.Get(h.Manifest.InboxURL + ".json")
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var all []struct{ To, Text string }
	if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
		h.t.Fatal(err)
	}
	for _, m := range all {
		if match := pattern.FindStringSubmatch(m.Text); match != nil && m.To == to {
			found = append(found, match[1])
		}
	}
	return found
}

// surfer is a browser without a screen.
type surfer struct {
	*house
	client *http.Client
	who    demo.Person
	forge  func(*http.Request) // changes every request, if it is set
}

// page is where a surfer is.
type page struct {
	path, step, body, at string // at: where a redirect leads that was not followed
	status               int
	header               http.Header
}

func (h *house) surfer() *surfer {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &surfer{house: h, client: &http.Client{
		Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

var stepPattern = regexp.MustCompile(`data-step="([^"]+)"`)

// ask makes one request to a path of the issuer.
func (s *surfer) ask(method, path string, form url.Values) page {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.Manifest.Issuer+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if s.forge != nil {
		s.forge(request)
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		s.t.Fatal(err)
	}
	p := page{path: path, status: response.StatusCode, body: string(text), header: response.Header}
	if found := stepPattern.FindStringSubmatch(p.body); found != nil {
		p.step = found[1]
	}
	if location, err := response.Location(); err == nil {
		p.at = location.RequestURI()
	}
	return p
}

// follow makes a request and goes where it leads.
func (s *surfer) follow(method, path string, form url.Values) page {
	s.t.Helper()
	p := s.ask(method, path, form)
	for range 12 {
		if p.at == "" {
			return p
		}
		p = s.ask(http.MethodGet, p.at, nil)
	}
	s.t.Fatalf("redirects without end at %s", path)
	return page{}
}

func (s *surfer) get(path string) page { s.t.Helper(); return s.follow(http.MethodGet, path, nil) }

func (s *surfer) post(path string, form url.Values) page {
	s.t.Helper()
	return s.follow(http.MethodPost, path, form)
}

func (p page) on(t *testing.T, step string) page {
	t.Helper()
	if p.step != step {
		t.Fatalf("at %q (%d, %s), want %q\n%s", p.step, p.status, p.path, step, p.body)
	}
	return p
}

// signIn answers the sign-in that a page led to.
func (s *surfer) signIn(p page) page {
	s.t.Helper()
	p = s.post(p.on(s.t, "password").path, url.Values{"username": {s.who.Username}, "password": {s.who.Password}})
	if p.step == "totp" {
		s.advance(time.Minute) // a code is good once: the one of the last sign-in must not be in the way
		p = s.post(p.path, url.Values{"code": {codeOf(s.t, s.who.TOTPKey, s.now())}})
	}
	return p
}

// in opens Your account for somebody.
func (h *house) in(name string) *surfer {
	h.t.Helper()
	s := h.surfer()
	s.who = h.person(name)
	s.signIn(s.get("/account")).on(h.t, "account")
	return s
}

func codeOf(t *testing.T, key string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(key, " ", ""), at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

var keyPattern = regexp.MustCompile(`<code id="totp-key">([^<]+)</code>`)

// key is the set-up key on the page.
func (p page) key(t *testing.T) string {
	t.Helper()
	found := keyPattern.FindStringSubmatch(p.body)
	if found == nil {
		t.Fatalf("no key on the page\n%s", p.body)
	}
	return found[1]
}
