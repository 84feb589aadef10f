package web

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/browser"
)

const (
	maxTarget = 16 << 10 // bytes of a request's path and query
	maxBody   = 1 << 20  // bytes of any body; surfaces set lower limits of their own
	maxLogged = 200      // bytes of an unknown path in the log
)

// RequestID is the name of this request in the log; "" outside of Requests.
func RequestID(ctx context.Context) string {
	if r := browser.RequestOf(ctx); r != nil {
		return r.ID
	}
	return ""
}

// Requests is the outermost layer of every surface. It names the request, bounds it, turns a panic into the error page, counts it, and
// writes one line to the log: route, status, size, time and address. It never logs a query, a cookie, a form or the identifier
// of a sign-in.
type Requests struct {
	Pages     *Pages
	Logger    *slog.Logger
	Addresses browser.Addresses
	Clock     func() time.Time
	Count     func(route, method string, status int, took time.Duration) // route: the pattern that took the request; "" if none did
}

// Wrap puts the layer around next.
func (q Requests) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := q.Clock()
		known := q.Addresses.Read(r)
		r = r.WithContext(browser.WithRequest(r.Context(), known))
		seen := &recorder{ResponseWriter: w}
		seen.Header()["X-Request-Id"] = []string{known.ID}
		defer func() {
			aborted := q.recovered(seen, r, recover())
			took := q.Clock().Sub(began)
			q.Count(r.Pattern, r.Method, seen.answered(), took)
			q.log(r, seen, took)
			if aborted {
				panic(http.ErrAbortHandler) // net/http closes the connection without logging anything
			}
		}()
		if len(r.URL.Path)+len(r.URL.RawQuery) > maxTarget {
			q.Pages.Error(seen, r, http.StatusRequestURITooLong, titleBad, "The address is too long.")
			return
		}
		if r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		next.ServeHTTP(seen, r)
	})
}

// recovered answers a panic with the error page, and reports whether the connection has to be dropped because an answer had
// already begun.
func (q Requests) recovered(w *recorder, r *http.Request, cause any) (aborted bool) {
	if cause == nil {
		return false
	}
	if cause == http.ErrAbortHandler {
		return true
	}
	q.Logger.ErrorContext(r.Context(), "panic", "request_id", RequestID(r.Context()), "cause", cause, "stack", string(debug.Stack()))
	if w.status != 0 {
		return true
	}
	q.Pages.Error(w, r, http.StatusInternalServerError, titleInternal, textInternal)
	return false
}

func (q Requests) log(r *http.Request, w *recorder, took time.Duration) {
	level, known := levelOf(r, w.status), browser.RequestOf(r.Context())
	if !q.Logger.Enabled(r.Context(), level) {
		return
	}
	q.Logger.LogAttrs(r.Context(), level, "request",
		slog.String("request_id", known.ID), slog.String("method", printable(r.Method)), slog.String("route", route(r)),
		slog.Int("status", w.answered()), slog.Int("bytes", w.bytes), slog.Int64("ms", took.Milliseconds()),
		slog.String("address", known.Address), slog.String("user_agent", browser.UserAgent(r)))
}

// levelOf keeps out of the log what load balancers ask every second, and what is public and the same for everybody, unless it went
// wrong: what they are answered is in the metrics.
func levelOf(r *http.Request, status int) slog.Level {
	switch path := r.URL.Path; {
	case path == "/livez", path == "/readyz", path == "/healthz", path == "/metrics":
		return slog.LevelDebug
	case status < http.StatusBadRequest && (strings.HasPrefix(path, "/.well-known/") || strings.HasPrefix(path, "/static/")):
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}

// route is the pattern that took the request: it names no sign-in. Only an address that no surface knows is logged itself,
// cut short and made printable.
func route(r *http.Request) string {
	if r.Pattern != "" && r.Pattern != "/" {
		return r.Pattern
	}
	if strings.HasPrefix(r.URL.Path, "/signin") {
		return "/signin/…"
	}
	return printable(r.URL.Path)
}

func printable(text string) string {
	if len(text) > maxLogged {
		text = text[:maxLogged]
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, text)
}

// recorder remembers the status and the size of the answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int
}

// answered is the status that the caller sees: net/http answers 200 if a handler writes nothing.
func (w *recorder) answered() int { return cmp.Or(w.status, http.StatusOK) }

// WriteHeader remembers the first final status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *recorder) Write(body []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(body)
	w.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
