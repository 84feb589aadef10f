package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browser"
)

// logged serves one request through the outer layers and returns the answer and the log.
func logged(t *testing.T, r *http.Request, routes func(*http.ServeMux)) (*httptest.ResponseRecorder, string) {
	t.Helper()
	w, log, _ := seen(t, r, routes)
	return w, log
}

// seen does the same, and returns how the request was counted.
func seen(t *testing.T, r *http.Request, routes func(*http.ServeMux)) (w *httptest.ResponseRecorder, logged, counted string) {
	t.Helper()
	pages, _ := testPages(t)
	var log bytes.Buffer
	mux := http.NewServeMux()
	pages.Routes(mux, pages.Start(Start{}))
	routes(mux)
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { now = now.Add(5 * time.Millisecond); return now }
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	count := func(route, method string, status int, took time.Duration) {
		counted += fmt.Sprintf("%s|%s|%d|%s;", route, method, status, took)
	}
	requests := Requests{
		Pages: pages, Logger: slog.New(slog.NewTextHandler(&log, nil)), Addresses: browser.NewAddresses(proxies), Clock: clock, Count: count,
	}
	w = httptest.NewRecorder()
	requests.Wrap(Headers(false)(mux)).ServeHTTP(w, r)
	return w, log.String(), counted
}

// Every request is counted once, by the pattern of its route and never by its path, also one that is logged nowhere or panics.
func TestEveryRequestIsCountedByItsRoute(t *testing.T) {
	routes := func(mux *http.ServeMux) {
		mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("GET /people/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		mux.HandleFunc("GET /hints", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			_, _ = w.Write([]byte("x"))
		})
		mux.HandleFunc("POST /bug", func(http.ResponseWriter, *http.Request) { panic("bug") })
	}
	for _, c := range [][3]string{
		{"GET", "/livez", "GET /livez|GET|200|5ms;"},
		{"GET", "/people/usr_1", "GET /people/{id}|GET|418|5ms;"},
		{"GET", "/hints", "GET /hints|GET|200|5ms;"},
		{"POST", "/bug", "POST /bug|POST|500|5ms;"},
		{"GET", "/nowhere", "/|GET|404|5ms;"},
		{"GET", "/" + strings.Repeat("a", maxTarget), "|GET|414|5ms;"},
	} {
		if _, _, counted := seen(t, httptest.NewRequest(c[0], c[1], nil), routes); counted != c[2] {
			t.Errorf("%s %.20s: %q, want %q", c[0], c[1], counted, c[2])
		}
	}
}

func TestOneLineForEachRequestWithoutSecrets(t *testing.T) {
	r := httptest.NewRequest("GET", "/signin/timesheets/tx-7f3a/totp?code=424242", nil)
	r.Header.Set("Cookie", "c=cookie-value")
	r.Header.Set("User-Agent", "Browser/1")
	w, log := logged(t, r, func(mux *http.ServeMux) {
		mux.HandleFunc("GET /signin/{client}/{tx}/{step}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })
	})
	for _, want := range []string{"GET /signin/{client}/{tx}/{step}", "status=200", "bytes=5", "ms=5", "address=192.0.2.1", "user_agent=Browser/1", "request_id=" + w.Header().Get("X-Request-Id")} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in %q", want, log)
		}
	}
	for _, secret := range []string{"tx-7f3a", "424242", "cookie-value"} {
		if strings.Contains(log, secret) {
			t.Errorf("%q in the log: %s", secret, log)
		}
	}
	if strings.Count(log, "\n") != 1 {
		t.Errorf("not one line: %q", log)
	}
}

// Load balancers ask every second whether a node is there: that is no line each.
func TestProbesAreNotLogged(t *testing.T) {
	for _, path := range []string{"/livez", "/readyz", "/readyz?verbose", "/healthz", "/metrics"} {
		if _, log := logged(t, httptest.NewRequest("GET", path, nil), func(*http.ServeMux) {}); log != "" {
			t.Errorf("%s: %s", path, log)
		}
	}
}

// What is public and the same for everybody is no line each, unless it went wrong.
func TestPublicDocumentsAreNotLogged(t *testing.T) {
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/jwks.json", "/static/app.0123456789ab.css"} {
		answer := http.StatusOK
		routes := func(mux *http.ServeMux) {
			mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) })
		}
		for _, answer = range []int{http.StatusOK, http.StatusNotModified} {
			if _, log := logged(t, httptest.NewRequest("GET", path, nil), routes); log != "" {
				t.Errorf("%s, %d: %s", path, answer, log)
			}
		}
		for _, answer = range []int{http.StatusNotFound, http.StatusServiceUnavailable} {
			if _, log := logged(t, httptest.NewRequest("GET", path, nil), routes); strings.Count(log, "\n") != 1 {
				t.Errorf("%s, %d: not one line: %q", path, answer, log)
			}
		}
	}
	if _, log := logged(t, httptest.NewRequest("GET", "/static/nothing.css", nil), func(*http.ServeMux) {}); strings.Count(log, "\n") != 1 {
		t.Errorf("a file that is not there: %q", log)
	}
}

// A proxy of ours names the request, for the log and for the answer. What anybody else sends, or what could break a line or a page, names
// nothing.
func TestOnlyOurProxiesNameARequest(t *testing.T) { // ABUSE 38
	const given = "edge-1f2e3d4c5b6a"
	for name, c := range map[string]struct {
		from  string
		ids   []string
		taken bool
	}{
		"a proxy":                  {"10.1.2.3:4711", []string{given}, true},
		"anybody":                  {"198.51.100.7:4711", []string{given}, false},
		"twice":                    {"10.1.2.3:4711", []string{given, given}, false},
		"a line break":             {"10.1.2.3:4711", []string{given + "\r\nX-Forged: 1"}, false},
		"a terminal's own letters": {"10.1.2.3:4711", []string{given + "\x1b[31m"}, false},
		"a page":                   {"10.1.2.3:4711", []string{"<script>alert(1)</script>"}, false},
		"a megabyte":               {"10.1.2.3:4711", []string{strings.Repeat("a", 1<<20)}, false},
		"too short":                {"10.1.2.3:4711", []string{"1"}, false},
		"nothing":                  {"10.1.2.3:4711", []string{""}, false},
	} {
		r := httptest.NewRequest("GET", "/missing", nil)
		r.RemoteAddr = c.from
		for _, id := range c.ids {
			r.Header.Add("X-Request-Id", id)
		}
		w, log := logged(t, r, func(*http.ServeMux) {})
		id := w.Header().Get("X-Request-Id")
		if (id == given) != c.taken || !c.taken && !strings.HasPrefix(id, "req_") || !strings.Contains(log, "request_id="+id+" ") || strings.Count(log, "\n") != 1 {
			t.Errorf("%s: %q, %.200q", name, id, log)
		}
	}
}

func TestHostileTextIsOneEscapedLine(t *testing.T) { // ABUSE 38
	for name, change := range map[string]func(*http.Request){
		"path":      func(r *http.Request) { r.URL.Path = "/a\r\nlevel=ERROR msg=forged\x1b[2J\u2028" },
		"long path": func(r *http.Request) { r.URL.Path = "/" + strings.Repeat("a", 9_000) },
		"user agent": func(r *http.Request) {
			r.Header.Set("User-Agent", "x\r\nforged=1\x1b[31m\u2028"+strings.Repeat("y", 1<<20))
		},
		"method":    func(r *http.Request) { r.Method = "GE\r\nT\u2028" },
		"forwarded": func(r *http.Request) { r.Header.Set("X-Forwarded-For", "1.2.3.4\r\nforged=1") },
		"sign-in":   func(r *http.Request) { r.URL.Path = "/signin/a/tx-7f3a/x/y\r\n" },
	} {
		r := httptest.NewRequest("GET", "/", nil)
		change(r)
		w, log := logged(t, r, func(*http.ServeMux) {})
		if strings.Count(log, "\n") != 1 || strings.ContainsAny(log, "\r\x1b\u2028") || len(log) > 1_200 {
			t.Errorf("%s: %d bytes, %.300q", name, len(log), log)
		}
		if strings.Contains(log, "tx-7f3a") || strings.Contains(w.Body.String(), "forged") {
			t.Errorf("%s: reflected: %q", name, log)
		}
	}
}

func TestPanicIsAnErrorPageAndOneReport(t *testing.T) {
	w, log := logged(t, httptest.NewRequest("GET", "/broken", nil), func(mux *http.ServeMux) {
		mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic("private cause") })
	})
	id := w.Header().Get("X-Request-Id")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "private cause") || !strings.Contains(w.Body.String(), id) {
		t.Errorf("%d %q", w.Code, w.Body.String())
	}
	if strings.Count(log, "msg=panic") != 1 || strings.Count(log, "status=500") != 1 || strings.Count(log, id) != 2 {
		t.Errorf("%q", log)
	}
}

func TestPanicInTheMiddleOfAnAnswerDropsTheConnection(t *testing.T) {
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("half an answer was passed off as a whole one")
		}
	}()
	logged(t, httptest.NewRequest("GET", "/broken", nil), func(mux *http.ServeMux) {
		mux.HandleFunc("GET /broken", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("half")); panic("x") })
	})
}

func TestNoBodyIsReadWithoutLimit(t *testing.T) { // ABUSE 41
	r := httptest.NewRequest("POST", "/api", strings.NewReader(strings.Repeat("a", 2<<20)))
	w, _ := logged(t, r, func(mux *http.ServeMux) {
		mux.HandleFunc("POST /api", func(w http.ResponseWriter, r *http.Request) {
			if n, err := bytes.NewBuffer(nil).ReadFrom(r.Body); err == nil || n > maxBody {
				t.Errorf("read %d, %v", n, err)
			}
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		})
	})
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Error(w.Code)
	}
}
