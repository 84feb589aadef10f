package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
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
	options := &slog.HandlerOptions{Level: level}
	switch format {
	case FormatJSON:
		return slog.New(calledOff{withRequest{hiding{slog.NewJSONHandler(w, options)}}}), nil
	case FormatText:
		return slog.New(calledOff{withRequest{hiding{slog.NewTextHandler(w, options)}}}), nil
	default:
		return nil, fmt.Errorf("unknown log format %q", format)
	}
}

// withRequest adds to each line what is known of the request that is answered, unless the line says it itself.
type withRequest struct{ slog.Handler }

// Handle implements slog.Handler.
func (h withRequest) Handle(ctx context.Context, line slog.Record) error {
	shared := true
	for known := range browser.Attrs(ctx) {
		if says(line, known.Key) {
			continue
		}
		if shared { // with whoever has a copy of the record
			line, shared = line.Clone(), false
		}
		line.AddAttrs(known)
	}
	return h.Handler.Handle(ctx, line)
}

func says(line slog.Record, key string) (so bool) {
	line.Attrs(func(a slog.Attr) bool {
		so = a.Key == key
		return !so
	})
	return so
}

// WithAttrs implements slog.Handler.
func (h withRequest) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withRequest{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h withRequest) WithGroup(name string) slog.Handler {
	return withRequest{h.Handler.WithGroup(name)}
}

// hiding hides the values of attributes that are named like secrets, whatever group they stand in. It looks at the names first: nearly
// every line has none, and passes as it is. slog's ReplaceAttr would double what such a line takes.
type hiding struct{ slog.Handler }

// Handle implements slog.Handler.
func (h hiding) Handle(ctx context.Context, line slog.Record) error {
	found := false
	line.Attrs(func(a slog.Attr) bool {
		found = mayHide(a)
		return !found
	})
	if !found {
		return h.Handler.Handle(ctx, line)
	}
	safe := slog.NewRecord(line.Time, line.Level, line.Message, line.PC)
	line.Attrs(func(a slog.Attr) bool {
		safe.AddAttrs(hide(a))
		return true
	})
	return h.Handler.Handle(ctx, safe)
}

// WithAttrs implements slog.Handler.
func (h hiding) WithAttrs(attrs []slog.Attr) slog.Handler {
	return hiding{h.Handler.WithAttrs(hideAll(attrs))}
}

// WithGroup implements slog.Handler.
func (h hiding) WithGroup(name string) slog.Handler { return hiding{h.Handler.WithGroup(name)} }

// mayHide reports whether hide has to look: at a secret, a group, or what may turn out to be one.
func mayHide(a slog.Attr) bool {
	kind := a.Value.Kind()
	return kind == slog.KindGroup || kind == slog.KindLogValuer || namesSecret(a.Key)
}

func hide(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	switch {
	case a.Value.Kind() == slog.KindGroup:
		a.Value = slog.GroupValue(hideAll(a.Value.Group())...)
	case namesSecret(a.Key):
		a.Value = slog.StringValue(redacted)
	}
	return a
}

func hideAll(attrs []slog.Attr) []slog.Attr {
	safe := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		safe[i] = hide(a)
	}
	return safe
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
