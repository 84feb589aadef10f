package support_test

import (
	"context"
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
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// house is the whole program with the demo's people, and a clock that can be moved ahead.
type house struct {
	*demo.Demo
	t *testing.T

	mu    sync.Mutex
	ahead time.Duration
}

func open(t *testing.T) *house {
	t.Helper()
	const free = "127.0.0.1:0"
	h := &house{t: t}
	var err error
	h.Demo, err = demo.New(t.Context(), demo.Config{
		Listen: free, TimesheetsListen: free, ContactsListen: free, LodgementsListen: free, StateDir: t.TempDir(),
		DatabaseURL: config.NewSecret(storetest.SQLite(t)),
	}, demo.Deps{Logger: slog.New(slog.DiscardHandler), Clock: h.now})
	h.must(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
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
	everybody := append(slices.Clone(h.Manifest.Users), h.Manifest.Staff...)
	at := slices.IndexFunc(everybody, func(p demo.Person) bool { return strings.HasPrefix(p.Username, name+"@") })
	if at < 0 {
		h.t.Fatalf("nobody is called %s", name)
	}
	return everybody[at]
}

func (h *house) account(name string) idp.Account {
	h.t.Helper()
	account, err := h.Records().FindAccountByUsername(h.t.Context(), h.person(name).Username)
	h.must(err)
	return account
}

// as is somebody who gives a command without a page.
func (h *house) as(name string, kind idp.ActorKind) directory.Caller {
	h.t.Helper()
	return directory.Caller{Actor: idp.Actor{Kind: kind, ID: string(h.account(name).User.ID)}}
}

// update changes a stored person behind everybody's back.
func (h *house) update(name string, change func(*idp.User)) {
	h.t.Helper()
	user := h.account(name).User
	change(&user)
	h.must(h.Records().InTx(h.t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateUser(h.t.Context(), user) }))
}

// events returns what happened in somebody's practice, newest first.
func (h *house) events(name string) []idp.AuditEvent {
	h.t.Helper()
	found, _, err := h.Records().SearchEvents(h.t.Context(), h.account(name).Practice.ID, directory.EventQuery{}, directory.Page{Limit: 200})
	h.must(err)
	return found
}

// surfer is a browser without a screen.
type surfer struct {
	*house
	who    demo.Person
	client *http.Client
	forge  func(*http.Request) // changes every request; nil: nothing
}

// page is what a request led to; at is where a redirect leads that was not followed.
type page struct {
	path, step, body, at string
	status               int
	header               http.Header
}

func (h *house) surfer(name string) *surfer {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	h.must(err)
	return &surfer{house: h, who: h.person(name), client: &http.Client{
		Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// in signs somebody in at an app of the provider.
func (h *house) in(name, home string) *surfer {
	h.t.Helper()
	s := h.surfer(name)
	p := s.follow(http.MethodGet, home, nil)
	p = s.follow(http.MethodPost, p.path, url.Values{"username": {s.who.Username}, "password": {s.who.Password}})
	if p.step == "totp" {
		code, err := totp.GenerateCode(s.who.TOTPKey, s.now())
		s.must(err)
		p = s.follow(http.MethodPost, p.path, url.Values{"code": {code}})
	}
	if p.status != http.StatusOK || !strings.HasPrefix(p.path, home) {
		h.t.Fatalf("%s is not in: %d %s (%s)", name, p.status, p.path, p.step)
	}
	return s
}

var stepPattern = regexp.MustCompile(`data-step="([^"]+)"`)

// ask makes one request to a path of the issuer.
func (s *surfer) ask(method, path string, form url.Values) page {
	s.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.Manifest.Issuer+path, body)
	s.must(err)
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if s.forge != nil {
		s.forge(request)
	}
	response, err := s.client.Do(request)
	s.must(err)
	text, err := io.ReadAll(response.Body)
	s.must(errors.Join(err, response.Body.Close()))
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
