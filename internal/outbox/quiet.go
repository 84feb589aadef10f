package outbox

import (
	"context"
	"log/slog"
)

// quiet passes on River's warnings and errors only: it is talkative, and what happened to a job is logged by its worker.
type quiet struct{ slog.Handler }

// Enabled reports whether the level is worth a line.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the rule.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

// WithGroup keeps the rule.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
