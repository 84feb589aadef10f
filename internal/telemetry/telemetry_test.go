package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
)

func TestLogHidesSecrets(t *testing.T) {
	for _, format := range []Format{FormatJSON, FormatText} {
		var out bytes.Buffer
		log, err := NewLogger(&out, slog.LevelInfo, format)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("x", "client_secret", "hunter2", slog.Group("request", "Authorization", "hunter2", "Set-Cookie", "hunter2"),
			"typed", idp.NewSecret("hunter2"), "secret_count", 7)
		log.Info("x", slog.Group("a", "shown", 7, slog.Group("b", "pin", "hunter2")))
		log.Info("x", "late", lateGroup{"hunter2"}, "shown", 7)
		log.Info("x", slog.Any("token", lateGroup{"hunter2"}), slog.Any("otp", []string{"hunter2"}), slog.Int("shown", 7))
		log.With("dsn", "hunter2", "late", lateGroup{"hunter2"}).Info("x", "shown", 7)
		log.With(slog.Group("a", "cookie", "hunter2")).WithGroup("token").Info("x", "password", "hunter2", "shown", 7)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 6 {
			t.Errorf("%s: %d lines", format, len(lines))
		}
		for _, text := range lines {
			if strings.Contains(text, "hunter2") || !strings.Contains(text, redacted) || !strings.Contains(text, "7") {
				t.Errorf("%s: %s", format, text)
			}
		}
	}
}

// lateGroup is a group only once it is written.
type lateGroup struct{ pin string }

func (g lateGroup) LogValue() slog.Value {
	return slog.GroupValue(slog.String("pin", g.pin), slog.Any("again", idp.NewSecret(g.pin)))
}

func TestLogLineIsOneLine(t *testing.T) { // ABUSE 38
	for _, format := range []Format{FormatJSON, FormatText} {
		var out bytes.Buffer
		log, err := NewLogger(&out, slog.LevelInfo, format)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("x", "agent", "a\r\nlevel=ERROR msg=forged\u2028\x1b[31m")
		text := strings.TrimSuffix(out.String(), "\n")
		if strings.ContainsAny(text, "\r\n\u2028\x1b") {
			t.Errorf("%s: %q", format, text)
		}
	}
}

// What a library logs while a request is answered names the request, though the library knows nothing of it; a line that says so itself
// says it once.
func TestLinesNameTheRequest(t *testing.T) {
	for _, format := range []Format{FormatJSON, FormatText} {
		var out bytes.Buffer
		log, err := NewLogger(&out, slog.LevelInfo, format)
		if err != nil {
			t.Fatal(err)
		}
		request := &browser.Request{ID: "req_1", Address: "192.0.2.1", Trace: browser.Trace{ID: "trace1", Parent: "parent1"}}
		request.SetClient("timesheets")
		ctx := browser.WithRequest(t.Context(), request)
		log.With("node", 1).WarnContext(ctx, "by a library")
		text := out.String()
		for _, want := range []string{"req_1", "192.0.2.1", "timesheets", "trace1", "parent1", "node"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %s in %s", format, want, text)
			}
		}
		out.Reset()
		log.WarnContext(ctx, "by us", "request_id", "req_1")
		if text := out.String(); strings.Count(text, "req_1") != 1 {
			t.Errorf("%s: %s", format, text)
		}
		out.Reset()
		log.WarnContext(t.Context(), "in the background")
		if text := out.String(); strings.Contains(text, "request_id") {
			t.Errorf("%s: %s", format, text)
		}
	}
}

func TestWhatWasCalledOffIsNoFailure(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Unix(0, 0))
	t.Cleanup(cancelLate)
	cancelled := fmt.Errorf("redis: %w", &idp.Error{Cause: context.Canceled})
	for name, test := range map[string]struct {
		ctx  context.Context
		err  error
		want bool
	}{
		"called off":                         {over, cancelled, false},
		"fails beside a stop":                {over, errors.New("disk full"), true},
		"somebody else's context":            {t.Context(), cancelled, true},
		"out of time":                        {late, context.DeadlineExceeded, true},
		"the error of a cancel, out of time": {late, cancelled, true},
	} {
		t.Run(name, func(t *testing.T) {
			var written bytes.Buffer
			level := new(slog.LevelVar)
			log, err := NewLogger(&written, level, FormatText)
			if err != nil {
				t.Fatal(err)
			}
			log.With("part", "a").WithGroup("g").WarnContext(test.ctx, "not sealed", "error", test.err)
			if got := strings.Contains(written.String(), "level=WARN"); got != test.want {
				t.Errorf("written: %t, want %t: %s", got, test.want, written.String())
			}
			level.Set(slog.LevelDebug)
			written.Reset()
			log.WarnContext(test.ctx, "not sealed", "error", test.err)
			if got := strings.Contains(written.String(), "level=DEBUG"); got == test.want {
				t.Errorf("at debug level: %s", written.String())
			}
		})
	}
}

func TestUnknownLogFormat(t *testing.T) {
	if _, err := NewLogger(io.Discard, slog.LevelInfo, "xml"); err == nil {
		t.Fatal("accepted")
	}
}

func TestRequestsAreCountedByRoute(t *testing.T) {
	m, err := NewMetrics()
	if err != nil {
		t.Fatal(err)
	}
	m.Request("GET /user/{id}", "GET", http.StatusTeapot, time.Millisecond)
	m.Request("GET /user/{id}", "GET", http.StatusTeapot, time.Second)
	m.Request("", "BREW", http.StatusNotFound, time.Millisecond)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`apsid_http_request_duration_seconds_count{method="GET",route="GET /user/{id}",status="418"} 2`,
		`apsid_http_request_duration_seconds_count{method="other",route="",status="404"} 1`,
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
}
