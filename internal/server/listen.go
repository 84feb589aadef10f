package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits on what one connection may take (slow headers and bodies, idle connections, large headers).
const (
	headerWithin  = 5 * time.Second
	readWithin    = 15 * time.Second
	writeWithin   = 30 * time.Second
	idleFor       = 60 * time.Second
	maxHeaders    = 32 << 10
	drainFor      = 10 * time.Second
	noticeHeaders = 4096 // net/http adds this to MaxHeaderBytes before it refuses
)

// serveHTTP answers on the listener until ctx ends. Then it accepts no more connections, lets requests finish for drainFor, and
// closes the connections that are left.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerWithin,
		ReadTimeout:       readWithin,
		WriteTimeout:      writeWithin,
		IdleTimeout:       idleFor,
		MaxHeaderBytes:    maxHeaders - noticeHeaders,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // failed handshakes and broken requests of callers without a sign-in
	}
	drained := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { drained <- drain(server) })
	err := server.Serve(listener)
	if !stop() && errors.Is(err, http.ErrServerClosed) {
		return <-drained
	}
	return err
}

func drain(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainFor)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}
