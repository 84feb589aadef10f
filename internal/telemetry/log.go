package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Format is how log lines are written.
type Format string

// The formats there are.
const (
	FormatJSON Format = "json"
	FormatText Format = "text"
)

const redacted = "[redacted]"

// NewLogger returns a logger that writes lines of the given format, at level or above, to w.
func NewLogger(w io.Writer, level slog.Leveler, format Format) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	switch format {
	case FormatJSON:
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case FormatText:
		return slog.New(slog.NewTextHandler(w, options)), nil
	default:
		return nil, fmt.Errorf("unknown log format %q", format)
	}
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
	words := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return c == '_' || c == '-' || c == '.' || c == ' ' })
	if len(words) == 0 {
		return false
	}
	switch words[len(words)-1] {
	case "password", "passwd", "secret", "token", "cookie", "authorization", "pin", "otp", "totp", "phone", "verifier",
		"assertion", "credential", "credentials", "dsn":
		return true
	default:
		return false
	}
}
