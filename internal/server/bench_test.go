package server_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/telemetry"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

// BenchmarkRequests is what a request costs with every layer that it passes in a node, the line in the log included, but without the
// connection. A handler that does nothing but answer a small body is the first: what it costs is the benchmark's own.
func BenchmarkRequests(b *testing.B) {
	log, err := telemetry.NewLogger(io.Discard, slog.LevelInfo, telemetry.FormatJSON)
	if err != nil {
		b.Fatal(err)
	}
	w := testworld.Run(b, testworld.Config(b), &testenv.Clock{}, func(d *demo.Deps) { d.Logger = log })
	machine := w.Manifest.MachineClients[0]
	token := httptest.NewRequest(http.MethodPost, "/oauth/token", http.NoBody)
	token.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	token.SetBasicAuth(url.QueryEscape(machine.ClientID), url.QueryEscape(machine.ClientSecret))
	get := func(path string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		r.Header.Set("User-Agent", "Go-http-client/1.1")
		return r
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"hello":"world"}`))
	})
	for _, c := range []struct {
		name    string
		handler http.Handler
		request *http.Request
		body    string
	}{
		{"bare", bare, get("/.well-known/jwks.json"), ""},
		{"discovery", w.Handler(), get("/.well-known/openid-configuration"), ""},
		{"keys", w.Handler(), get("/.well-known/jwks.json"), ""},
		{"stylesheet", w.Handler(), get(stylesheet(b, w)), ""},
		{"alive", w.Handler(), get("/livez"), ""},
		{"client credentials", w.Handler(), token, "grant_type=client_credentials"},
	} {
		b.Run(c.name, func(b *testing.B) { answerAll(b, c.handler, c.request, c.body) })
	}
}

// answerAll gives the handler a copy of the request again and again.
func answerAll(b *testing.B, handler http.Handler, request *http.Request, body string) {
	b.ReportAllocs()
	to := &answerOnly{header: http.Header{}}
	for b.Loop() {
		to.status = http.StatusOK
		clear(to.header)
		r := request.WithContext(request.Context())
		if body != "" {
			r.Body = io.NopCloser(strings.NewReader(body))
		}
		handler.ServeHTTP(to, r)
		if to.status != http.StatusOK {
			b.Fatalf("status %d", to.status)
		}
	}
}

// answerOnly takes an answer and keeps its status.
type answerOnly struct {
	header http.Header
	status int
}

func (a *answerOnly) Header() http.Header         { return a.header }
func (a *answerOnly) WriteHeader(status int)      { a.status = status }
func (a *answerOnly) Write(p []byte) (int, error) { return len(p), nil }

// stylesheet is the address of the one that the start page asks for.
func stylesheet(b *testing.B, w *testworld.World) string {
	page := httptest.NewRecorder()
	w.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/signin", http.NoBody))
	_, rest, found := strings.Cut(page.Body.String(), `href="/static/`)
	name, _, ended := strings.Cut(rest, `"`)
	if !found || !ended {
		b.Fatalf("no stylesheet in %s", page.Body)
	}
	return "/static/" + name
}
