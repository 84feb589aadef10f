package oidcop

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
)

// libraryLog leaves out what the OIDC library says of each route when it is given one: at every start, to the process's own logger, which
// it takes no other one for. All else that it says stays.
type libraryLog struct{ slog.Handler }

// LibraryLog is a handler for the process's own logger, to which the OIDC library writes.
func LibraryLog(of slog.Handler) slog.Handler { return libraryLog{of} }

// Handle implements slog.Handler.
func (l libraryLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Level == slog.LevelInfo && r.Message == "registered route" && ofLibrary(r.PC) {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}

func ofLibrary(pc uintptr) bool {
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return strings.HasPrefix(frame.Function, "github.com/zitadel/oidc/")
}
