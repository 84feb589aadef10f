package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browser"
)

// logged serves one request through the outer layers and returns the answer and the log.
func logged(t *testing.T, r *http.Request, routes func(*http.ServeMux)) (*httptest.ResponseRecorder, string) {
	t.Helper()
	pages, _ := testPages(t)
	var log bytes.Buffer
	mux := http.NewServeMux()
	pages.Routes(mux, pages.Start(Start{}))
	routes(mux)
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { now = now.Add(5 * time.Millisecond); return now }
	requests := Requests{Pages: pages, Logger: slog.New(slog.NewTextHandler(&log, nil)), Addresses: browser.NewAddresses(nil), Clock: clock}
	w := httptest.NewRecorder()
	requests.Wrap(Headers(false)(mux)).ServeHTTP(w, r)
	return w, log.String()
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
