package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/browser"
)

// Format is how log lines are written.
type Format string

// The formats there are.
const (
	FormatJSON Format = "json"
	FormatText Format = "text"
)

const redacted = "[redacted]"

// NewLogger returns a logger that writes lines of the given format, at level or above, to w. A line that is written while a request is
// answered names the request, where it came from and its client, whoever writes it: a library too, as far as it passes the context on.
// Work that was called off has not failed: a line that says so is written at debug level.
func NewLogger(w io.Writer, level slog.Leveler, format Format) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	switch format {
	case FormatJSON:
		return slog.New(calledOff{withRequest{slog.NewJSONHandler(w, options)}}), nil
	case FormatText:
		return slog.New(calledOff{withRequest{slog.NewTextHandler(w, options)}}), nil
	default:
		return nil, fmt.Errorf("unknown log format %q", format)
	}
}

// withRequest adds to each line what is known of the request that is answered, unless the line says it itself.
type withRequest struct{ slog.Handler }

// Handle implements slog.Handler.
func (h withRequest) Handle(ctx context.Context, line slog.Record) error {
	known := browser.Attrs(ctx)
	if len(known) == 0 {
		return h.Handler.Handle(ctx, line)
	}
	line.Attrs(func(said slog.Attr) bool {
		known = slices.DeleteFunc(known, func(a slog.Attr) bool { return a.Key == said.Key })
		return true
	})
	if len(known) > 0 {
		line = line.Clone()
		line.AddAttrs(known...)
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs implements slog.Handler.
func (h withRequest) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withRequest{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h withRequest) WithGroup(name string) slog.Handler {
	return withRequest{h.Handler.WithGroup(name)}
}

// redact hides the value of an attribute that is named like a secret, whatever group it stands in.
func redact(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindGroup && namesSecret(a.Key) {
		a.Value = slog.StringValue(redacted)
	}
	return a
}

// namesSecret looks at the last word of the name: "client_secret" and "Set-Cookie" are hidden, "secret_count" is not.
func namesSecret(name string) bool {
	name = strings.TrimRight(name, separators)
	switch strings.ToLower(name[strings.LastIndexAny(name, separators)+1:]) {
	case "password", "passwd", "secret", "token", "cookie", "authorization", "pin", "otp", "totp", "phone", "verifier",
		"assertion", "credential", "credentials", "dsn":
		return true
	default:
		return false
	}
}

// separators stand between the words of a name.
const separators = "_-. "
