package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
)

func testPages(t *testing.T) (*Pages, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	pages, err := NewPages(Config{
		Support: Support{Name: "APS Support", Phone: "+61 2 5550 1000"}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Issuer: &url.URL{Scheme: "https", Host: "id.example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages, &log
}

func TestPagesNeedASupportContact(t *testing.T) {
	if _, err := NewPages(Config{Logger: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("pages without anybody to ask")
	}
	if _, err := NewPages(Config{Support: Support{Name: "x"}}); err == nil {
		t.Error("pages without a log")
	}
	if _, err := NewPages(Config{Support: Support{Name: "x"}, Logger: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("pages that know no issuer take forms of any origin")
	}
}

func TestPageThatCannotBeRenderedIsAWholeErrorPage(t *testing.T) {
	pages, log := testPages(t)
	for name, frame := range map[string]Frame{"no-such-page": {}, "signin/password": {Body: struct{ App string }{"x"}}} {
		w := httptest.NewRecorder()
		pages.Render(w, httptest.NewRequest("GET", "/", nil), http.StatusOK, name, frame)
		body := w.Body.String()
		if w.Code != http.StatusInternalServerError || strings.Count(body, "<h1 ") != 1 || !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
			t.Errorf("%s: %d %q", name, w.Code, body)
		}
		if !strings.Contains(log.String(), name) {
			t.Errorf("%s: not reported", name)
		}
	}
}

// A node parses a page when it is first shown: a mistake in one must be found before.
func TestEveryPageParses(t *testing.T) {
	pages, _ := testPages(t)
	if len(pages.book.pages) < 40 {
		t.Errorf("%d pages only", len(pages.book.pages))
	}
	for name, parse := range pages.book.pages {
		page, err := parse()
		if err != nil {
			t.Error(err)
			continue
		}
		if page.Lookup("main") == nil {
			t.Errorf("%s has no main part", name)
		}
	}
}

func TestErrorsBecomeStatuses(t *testing.T) {
	pages, log := testPages(t)
	for _, row := range []struct {
		err    error
		status int
		says   string
		logged bool
	}{
		{idp.Invalid("x", "Public text."), 400, "Public text.", false},
		{idp.ErrNotFound, 404, textMissing, false},
		{idp.ErrForbidden, 403, "right to do this", false},
		{idp.ErrConflict, 409, "try again", false},
		{&idp.Error{Code: idp.CodeConflict, Public: "MFA is active already."}, 409, "MFA is active already.", false},
		{idp.ErrUsed, 409, "used already", false},
		{idp.ErrUsed, 409, "try again", false},
		{browser.ErrTwoCookies, 400, "same cookie twice", false},
		{refuse(413, "Too long."), 413, "Too long.", false},
		{idp.Busy(0), 503, textBusy, false},
		{idp.Wrap(idp.CodeUnavailable, errors.New("private")), 503, "does not answer", true},
		{errors.New("private"), 500, "fault on our side", true},
	} {
		log.Reset()
		w := httptest.NewRecorder()
		pages.Fail(w, httptest.NewRequest("GET", "/x", nil), row.err)
		if w.Code != row.status || !strings.Contains(w.Body.String(), row.says) || strings.Contains(w.Body.String(), "private") {
			t.Errorf("%v: %d %q", row.err, w.Code, w.Body.String())
		}
		if (log.Len() > 0) != row.logged {
			t.Errorf("%v: logged %q", row.err, log.String())
		}
	}
}

// The makers of an app find what is wrong, and the reference of the log, folded away below what everyone reads.
func TestARefusalHasDetailsForTheAppsMakers(t *testing.T) {
	pages, _ := testPages(t)
	w := httptest.NewRecorder()
	pages.Refused(w, httptest.NewRequest("GET", "/", nil), "This link can’t be used", "Go back to the app.", "The client_id is <missing>.")
	body := w.Body.String()
	for _, part := range []string{
		"<p>Go back to the app.</p>", "<summary>Details for the app’s support team</summary>", "<p>The client_id is &lt;missing&gt;.</p>", `<p class="reference">Reference: <code>`,
	} {
		if !strings.Contains(body, part) {
			t.Errorf("no %s in %s", part, body)
		}
	}
	if w.Code != http.StatusBadRequest || strings.Contains(body, "If you contact us") {
		t.Errorf("%d %s", w.Code, body)
	}
}

func TestFormPostCarriesTheAnswerAndNothingElse(t *testing.T) {
	pages, _ := testPages(t)
	w := httptest.NewRecorder()
	pages.FormPost(w, httptest.NewRequest("GET", "/", nil), "https://app.example.com/cb?x=1", []Field{{"code", "abc"}, {"state", `"><script>alert(1)</script>`}})
	body := w.Body.String()
	for _, want := range []string{
		`<form method="post" action="https://app.example.com/cb?x=1" data-submit>`, `<input type="hidden" name="code" value="abc">`,
		`value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"`, `<button class="main">Continue</button>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://app.example.com;") {
		t.Error(csp)
	}
	if !regexp.MustCompile(`<script src="/static/form-post\.[0-9a-f]{12}\.js" defer></script>`).MatchString(body) {
		t.Error("the page does not submit itself")
	}
}

func TestLogoutPages(t *testing.T) {
	pages, _ := testPages(t)
	logout := Logout{App: "Cloud Timesheets", AppURI: "https://t.example.com/login", Action: "/end", Fields: []Field{{"state", "s"}}, Target: "https://t.example.com/bye"}
	w := httptest.NewRecorder()
	pages.ConfirmLogout(w, httptest.NewRequest("GET", "/", nil), logout)
	if body := w.Body.String(); !strings.Contains(body, `action="/end"`) || !strings.Contains(body, `name="state" value="s"`) || !strings.Contains(body, "Sign out of Cloud Timesheets?") {
		t.Error(body)
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://t.example.com;") {
		t.Error(csp)
	}
	w = httptest.NewRecorder()
	pages.SignedOut(w, httptest.NewRequest("GET", "/", nil), Logout{})
	if body := w.Body.String(); !strings.Contains(body, "<h1 dir=\"auto\">You are signed out</h1>") || strings.Contains(body, "Sign in again") {
		t.Error(body)
	}
}

func TestStartPageShowsTheDemoOnlyWhenGiven(t *testing.T) {
	pages, _ := testPages(t)
	get := func(start Start) string {
		mux := http.NewServeMux()
		pages.Routes(mux, pages.Start(start))
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if fetches := strings.Contains(w.Header().Get("Content-Security-Policy"), "connect-src"); fetches != (start.People != nil) {
			t.Errorf("may fetch: %t", fetches)
		}
		return w.Body.String()
	}
	mia := StartPerson{Name: "Mia", Username: "mia@x.example", Password: "pw", Code: "123456", Phone: "+64210000134", PIN: "836291", URL: "http://127.0.0.1:8081/auth/login"}
	demo := get(Start{
		Apps: []StartApp{{Name: "Contacts+", URL: "http://127.0.0.1:8082"}}, InboxURL: "/demo/inbox", CodesURL: "/demo/codes.json",
		Tour: []StartStep{{Title: "Set up MFA", Text: "Scan it.", Link: "Begin", URL: "/begin"}},
		People: func(context.Context) (StartPeople, error) {
			return StartPeople{All: []StartPerson{mia}, SecondsLeft: 17}, nil
		},
	})
	for _, want := range []string{
		`href="http://127.0.0.1:8082"`, "/demo/inbox", "<code>mia@x.example</code>", ">pw</code>", `data-code="mia@x.example">123456</code>`, ">836291</code>", "&#43;64210000134",
		`data-codes="/demo/codes.json"`, `data-left="17">for 17 s<`, `<a class="target" href="/begin">Begin</a>`, "Sign in as Mia", `aria-label="Copy the security code of Mia"`, "/static/demo.",
	} {
		if !strings.Contains(demo, want) {
			t.Errorf("no %s", want)
		}
	}
	if plain := get(Start{}); strings.Contains(plain, "demo") || strings.Contains(plain, "tour") || strings.Contains(plain, "Password") || strings.Count(plain, "<h1 ") != 1 {
		t.Error(plain)
	}
}

func TestCodesOfTheDemoAsJSON(t *testing.T) {
	pages, _ := testPages(t)
	w := httptest.NewRecorder()
	pages.Codes(Start{People: func(context.Context) (StartPeople, error) {
		return StartPeople{All: []StartPerson{{Username: "mia@x.example", Code: "123456", Password: "pw", PIN: "836291"}, {Username: "sara@x.example"}}, SecondsLeft: 17}, nil
	}}).ServeHTTP(w, httptest.NewRequest("GET", "/demo/codes.json", nil))
	if got := strings.TrimSpace(w.Body.String()); got != `{"seconds_left":17,"codes":{"mia@x.example":"123456"}}` || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v", got, w.Header())
	}
	failing := Start{People: func(context.Context) (StartPeople, error) { return StartPeople{}, idp.ErrUnavailable }}
	for _, page := range []http.Handler{pages.Start(failing), pages.Codes(failing)} {
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("without a database: %d", w.Code)
		}
	}
}

func TestStaticFilesMayBeKeptForGood(t *testing.T) {
	pages, _ := testPages(t)
	mux := http.NewServeMux()
	pages.Routes(mux, pages.Start(Start{}))
	h := Headers(true)(mux)
	for name, contentType := range map[string]string{"app.css": "text/css; charset=utf-8", "enhance.js": "text/javascript; charset=utf-8", "form-post.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"} {
		address, err := pages.Assets().Path(name)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		if w.Code != 200 || w.Header().Get("Content-Type") != contentType || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Body.Len() == 0 {
			t.Errorf("%s: %d %v", address, w.Code, w.Header())
		}
	}
	for _, bad := range []string{"/static/", "/static/app.css", "/static/app.000000000000.css", "/static/%2e%2e/doc.go"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", bad, nil))
		if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", bad, w.Code, w.Header().Get("Cache-Control"))
		}
	}
}

func TestClockTime(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		after time.Duration
		zone  string
		want  string
	}{
		{17 * time.Minute, "Australia/Sydney", "12:17 pm AEDT"},
		{17 * time.Minute, "Pacific/Auckland", "2:17 pm NZDT"},
		{17 * time.Minute, "Europe/London", "1:17 am GMT"},
		{12 * time.Hour, "Australia/Sydney", "12:00 am AEDT on Wednesday 25 November"},
		{time.Minute, "No/Where", "1:01 am UTC"},
		{time.Minute, "../../etc/passwd", "1:01 am UTC"},
	} {
		if got := NewClockTime(now.Add(row.after), now, idp.Place{Zone: row.zone}).Human; got != row.want {
			t.Errorf("%s in %s: %q, want %q", row.after, row.zone, got, row.want)
		}
	}
	if NewClockTime(time.Time{}, now, idp.Place{}).Known {
		t.Error("the zero time is known")
	}
}

func TestSupportNumberCanBeDialled(t *testing.T) {
	if got := (Support{Phone: "+61 (2) 5550-1000"}).Dial(); got != "+61255501000" {
		t.Error(got)
	}
}
