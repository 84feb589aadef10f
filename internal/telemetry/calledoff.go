package telemetry

import (
	"context"
	"errors"
	"log/slog"
)

// calledOff writes at debug level what went wrong only because nobody waits for it any more: a node that stops ends its rounds in the
// middle of a query, and a browser that leaves ends its request. The error and the context of the line must both say so. An error of
// another kind, and one of a time limit, is written as it came.
type calledOff struct{ slog.Handler }

// Handle implements slog.Handler.
func (h calledOff) Handle(ctx context.Context, line slog.Record) error {
	if line.Level <= slog.LevelDebug || !errors.Is(ctx.Err(), context.Canceled) || !tellsOfCancel(line) {
		return h.Handler.Handle(ctx, line)
	}
	if !h.Enabled(ctx, slog.LevelDebug) {
		return nil
	}
	line.Level = slog.LevelDebug
	return h.Handler.Handle(ctx, line)
}

// tellsOfCancel says whether a cancelled context is what the error of the line comes from.
func tellsOfCancel(line slog.Record) (so bool) {
	line.Attrs(func(a slog.Attr) bool {
		err, is := a.Value.Any().(error)
		so = is && errors.Is(err, context.Canceled)
		return !so
	})
	return so
}

// WithAttrs implements slog.Handler.
func (h calledOff) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calledOff{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h calledOff) WithGroup(name string) slog.Handler {
	return calledOff{h.Handler.WithGroup(name)}
}
