package rp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

// proxied is a world whose app browsers find below /app, at a proxy that takes this off, calls the app by another Host, and has
// another app below /other.
func proxied(t *testing.T) *world {
	t.Helper()
	var front string
	w := newWorld(t, func(_ *world, c *rp.Config) {
		app, err := url.Parse(strings.TrimSuffix(c.RedirectURL, "/auth/callback"))
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle("/app/", http.StripPrefix("/app", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(app) }}))
		mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(rw, "another app at "+r.URL.Path) })
		server := httptest.NewServer(mux)
		t.Cleanup(server.Close)
		front = server.URL
		c.Prefix, c.RedirectURL, c.PostLogoutURL = "/app", front+"/app/auth/callback", front+"/app/bye"
	})
	w.url = front + "/app"
	return w
}

func (w *world) arrive(t *testing.T) *surfer {
	t.Helper()
	w.provider.SignIn("usr_mia", map[string]any{"name": "Mia", "email": "mia@x.example"})
	s := w.surfer()
	if p := s.open("/page?x=1"); p.url != "/app/page?x=1" || p.body != "/page usr_mia" { // the handler sees what the proxy sent
		t.Fatalf("signed in: %+v", p)
	}
	return s
}

func TestEverythingIsNamedAsBrowsersSeeItBehindAPrefix(t *testing.T) {
	w := proxied(t)
	s := w.arrive(t)
	if got := w.provider.Authorizations()[0].Get("redirect_uri"); got != w.url+"/auth/callback" {
		t.Errorf("redirect_uri %s", got)
	}
	for name, path := range map[string]string{
		"login": w.app.LoginPath(), "logout": w.app.LogoutPath(), "backchannel-logout": w.app.BackchannelLogoutPath(), "session.js": w.app.ScriptPath(),
	} {
		if path != "/app/auth/"+name {
			t.Errorf("%s is at %s", name, path)
		}
	}
	done := s.open("/auth/signed-in")
	for _, link := range []string{`href="/app/auth/session.css"`, `src="/app/auth/session.js"`, `href="/app/"`} {
		if !strings.Contains(done.body, link) {
			t.Errorf("%s is missing in %s", link, done.body)
		}
	}
	for _, asset := range []string{"/auth/session.css", "/auth/session.js"} {
		if p := s.fetch(asset); p.status != http.StatusOK || !strings.HasPrefix(p.header.Get("Content-Type"), "text/") {
			t.Errorf("%s: %d", asset, p.status)
		}
	}
	if p := s.fetch("/auth/session"); p.answer(t)["home"] != "/app/" {
		t.Errorf("%s", p.body)
	}
	if p := s.report(`{"idle_seconds": 0}`); p.status != http.StatusOK {
		t.Errorf("a report: %d %s", p.status, p.body)
	}
	if p := s.open("//page"); p.url != "/app/page" {
		t.Errorf("a doubled slash leads to %s", p.url)
	}

	w.provider.SignIn("usr_tom", nil)
	w.clock.advance(25 * time.Hour)
	if p := s.open("/page?x=3"); p.url != "/app/" || p.body != "/ usr_tom" {
		t.Errorf("another person came to %s: %s", p.url, p.body)
	}
	if p := s.do(http.MethodPost, "/auth/logout", "", nil); p.url != "/app/bye" || len(w.provider.Sessions("usr_tom")) != 0 {
		t.Errorf("signed out to %s", p.url)
	}
	refused := s.fetch("/data")
	if signin, _ := refused.answer(t)["signin"].(string); signin != "/app/auth/login?return=%2Fapp%2Fpage%3Fx%3D1" {
		t.Errorf("a script is told to sign in at %s", signin)
	}
	form := s.do(http.MethodPost, "/page", "a=b", map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
	if !strings.Contains(form.body, `href="/app/auth/login?return=%2Fapp%2Fauth%2Fsigned-in"`) {
		t.Errorf("a form got %s", form.body)
	}
	w.provider.Refuse()
	if p := s.open("/page"); !strings.Contains(p.body, `href="/app/auth/login"`) {
		t.Errorf("a refused sign-in: %s", p.body)
	}
}

func TestBackchannelLogoutBehindAPrefix(t *testing.T) {
	w := proxied(t)
	s := w.arrive(t)
	sid := w.provider.Sessions("usr_mia")[0]
	if status := w.tell("logout+jwt", w.provider.LogoutClaims("usr_mia", sid)); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
		t.Errorf("afterwards: %d", p.status)
	}
}

// A sign-in leads back into this app only: what else lives below the same host may be in others' hands.
func TestNoWayBackIntoAnotherAppOfTheHost(t *testing.T) {
	w := proxied(t)
	s := w.arrive(t)
	for _, there := range []string{
		"/other/page", "/", "/apple", "/app/../other", "/app/./../other", "/app/%2e%2e/other", "/app/..%2fother", "/app/%2E%2E%2Fother", "//evil.example/app/",
		`/app\..\other`, "/app/../../other", "https://evil.example/app/", "/app/x/../../other", "app/page",
	} {
		if p := s.open("/auth/login?return=" + url.QueryEscape(there)); p.url != "/app/" || p.body != "/ usr_mia" {
			t.Errorf("%s leads to %s: %s", there, p.url, p.body)
		}
	}
	for _, there := range []string{"/app/page?x=/../../other", "/app/a/b/../page"} {
		if p := s.open("/auth/login?return=" + url.QueryEscape(there)); !strings.HasSuffix(p.body, "page usr_mia") {
			t.Errorf("%s leads to %s: %s", there, p.url, p.body)
		}
	}
	from := s.do(http.MethodGet, "/bank", "", map[string]string{"Sec-Fetch-Mode": "cors", "Referer": strings.TrimSuffix(w.url, "/app") + "/other/page"})
	if signin, _ := from.answer(t)["signin"].(string); strings.Contains(signin, "other") {
		t.Errorf("a script of another app is to come back there: %s", signin)
	}
}

// Browsers without Fetch Metadata name the origin of the page: the public one, whatever Host the proxy calls the app by.
func TestReportsOfOldBrowsersBehindAPrefix(t *testing.T) {
	w := proxied(t)
	s := w.arrive(t)
	for origin, want := range map[string]int{
		strings.TrimSuffix(w.url, "/app"): http.StatusOK, "https://evil.example": http.StatusForbidden, "null": http.StatusForbidden,
	} {
		p := s.do(http.MethodPost, "/auth/activity", `{"idle_seconds": 0}`, map[string]string{"Content-Type": "application/json", "Origin": origin})
		if p.status != want {
			t.Errorf("from %s: %d", origin, p.status)
		}
	}
}

// A cookie named __Host- belongs to the whole host (RFC 6265bis, section 4.1.3.2), which is what keeps hosts beside it from planting one.
func TestCookiesBehindAPrefix(t *testing.T) {
	provider := rptest.New(t)
	config := provider.Config("https://host.example/app/auth/callback")
	config.Prefix = "/app/"
	app, err := rp.New(config)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	app.Handler(http.NotFoundHandler()).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/auth/login", nil))
	cookies := answer.Result().Cookies()
	if len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "__Host-") || cookies[0].Path != "/" || !cookies[0].Secure || !cookies[0].HttpOnly {
		t.Errorf("%d %v", answer.Code, cookies)
	}
	to, err := answer.Result().Location()
	if err != nil || to.Query().Get("redirect_uri") != "https://host.example/app/auth/callback" {
		t.Errorf("%v %v", to, err)
	}
}

func TestPrefixesThatCannotBe(t *testing.T) {
	good := rp.Config{Issuer: "https://id.example", ClientID: "app", ClientSecret: "s", RedirectURL: "https://h.example/app/auth/callback"}
	for _, prefix := range []string{"app", "/app//x", "/app/..", "/..", "/a b", "/{x}", "//h.example", "/app?x", "/other", "/ap", "/app/auth/callback", "https://h.example/app"} {
		c := good
		c.Prefix = prefix
		if _, err := rp.New(c); err == nil || !strings.Contains(err.Error(), "Prefix") {
			t.Errorf("%s: %v", prefix, err)
		}
	}
	for _, prefix := range []string{"", "/", "/app", "/app/"} {
		c := good
		c.Prefix = prefix
		if _, err := rp.New(c); err != nil {
			t.Errorf("%q: %v", prefix, err)
		}
	}
}
