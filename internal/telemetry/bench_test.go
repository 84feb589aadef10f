package telemetry

import (
	"io"
	"log/slog"
	"testing"

	"github.com/apscloud/apsid/internal/browser"
)

// BenchmarkLine is a line of the request log, without its way to the disk.
func BenchmarkLine(b *testing.B) {
	log, err := NewLogger(io.Discard, slog.LevelInfo, FormatJSON)
	if err != nil {
		b.Fatal(err)
	}
	request := &browser.Request{ID: "req_7ie5l6rj7ydyb6nb3yzpyvmlle", Address: "192.0.2.1"}
	request.SetClient("timesheets")
	ctx := browser.WithRequest(b.Context(), request)
	b.ReportAllocs()
	for b.Loop() {
		log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("request_id", request.ID), slog.String("method", "POST"),
			slog.String("route", "/oauth/token"), slog.Int("status", 200), slog.Int("bytes", 950), slog.Int64("ms", 1),
			slog.String("address", request.Address), slog.String("user_agent", "Go-http-client/1.1"))
	}
}
