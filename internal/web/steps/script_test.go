package steps_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/steps"
)

// noon is when the tests happen: 12:00 in Sydney.
func noon() time.Time { return time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC) }

// script is a sign-in service that answers what a test wrote down, and remembers what it was asked.
type script struct {
	view    signin.View
	outcome signin.Outcome
	err     error

	viewed  int
	browser signin.Browser
	step    signin.State
	form    signin.Form
	posts   int
}

func (s *script) View(_ context.Context, b signin.Browser, _ time.Time) (signin.View, error) {
	s.viewed++
	s.browser = b
	return s.view, s.err
}

func (s *script) Submit(_ context.Context, b signin.Browser, step signin.State, form signin.Form, _ time.Time) (signin.Outcome, error) {
	s.posts++
	s.browser, s.step, s.form = b, step, form
	return s.outcome, s.err
}

// apps knows one app.
type apps struct{ err error }

func (a apps) FindClient(_ context.Context, id idp.ClientID) (idp.Client, error) {
	switch {
	case a.err != nil:
		return idp.Client{}, a.err
	case id != "timesheets":
		return idp.Client{}, idp.ErrNotFound
	default:
		return idp.Client{Registration: idp.Registration{ID: id, Name: "Cloud Timesheets", InitiateLoginURI: "https://timesheets.example.com/login"}}, nil
	}
}

// edge is the surface with everything around it.
func edge(t *testing.T, signins steps.SignIns, clients steps.Clients) http.Handler {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	pages, err := web.NewPages(web.Config{Logger: log, Issuer: &url.URL{Scheme: "https", Host: "id.example.com"}, Support: web.Support{
		Name: "APS Support", Phone: "1300 555 010", Email: "support@aps.example.com", Hours: "Mon–Fri, 8:30 am – 6 pm AEST",
	}})
	if err != nil {
		t.Fatal(err)
	}
	cookies, err := browser.NewCookies(&url.URL{Scheme: "https", Host: "id.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	surface, err := steps.New(steps.Config{
		Pages: pages, SignIns: signins, Clients: clients, Cookies: cookies, Addresses: browser.NewAddresses(nil),
		QRCode: authenticator.QRCode, Clock: noon, TimeZone: "Australia/Sydney",
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	pages.Routes(mux, pages.Start(web.Start{}))
	surface.Routes(mux)
	requests := web.Requests{Pages: pages, Logger: log, Addresses: browser.NewAddresses(nil), Clock: noon, Count: uncounted}
	return requests.Wrap(web.Headers(true)(mux))
}

func uncounted(string, string, int, time.Duration) {}

const base = "https://id.example.com/signin/timesheets/tx1/"

func get(h http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
	return w
}

func post(h http.Handler, target string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// withBody is the request with another body.
func withBody(r *http.Request, body string) *http.Request {
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	return r
}
