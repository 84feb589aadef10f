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
	noticeHeaders = 4096 // net/http adds this to MaxHeaderBytes before it refuses
)

// serveHTTP answers on the listener until ctx ends. Then it accepts no more connections, lets requests finish for drain, and
// closes the connections that are left; errCutOff if there were any with a request.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, drain time.Duration, log *slog.Logger) error {
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
	stop := context.AfterFunc(ctx, func() { drained <- finish(server, drain) })
	err := server.Serve(listener)
	if !stop() && errors.Is(err, http.ErrServerClosed) {
		return <-drained
	}
	return err
}

var errCutOff = errors.New("requests were cut off")

func finish(server *http.Server, drain time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(errCutOff, server.Close())
	}
	return nil
}
