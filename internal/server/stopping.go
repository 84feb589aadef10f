package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// serveUntil answers on the listener until ctx ends, and then stops in order, so that a proxy that follows /readyz and repeats no
// request breaks none: first /readyz says no, and every answer tells its connection to close; after a pause, in which everything
// is still served, the listener is closed; then requests finish.
func (s *Server) serveUntil(ctx context.Context, listener net.Listener) error {
	life := s.config.Life()
	serving, closeListener := context.WithCancel(context.WithoutCancel(ctx))
	defer closeListener()
	stop := context.AfterFunc(ctx, func() {
		s.ready.ending.Store(true)
		s.log.InfoContext(ctx, "stopping: not ready any more, and still serving", "pause", life.ShutdownPause.String())
		time.Sleep(life.ShutdownPause)
		s.log.InfoContext(ctx, "stopping: the listener is closed, and requests finish", "at_most", life.ShutdownDrain.String())
		closeListener()
	})
	defer stop()
	err := serveHTTP(serving, listener, s.leaving(s.handler), life.ShutdownDrain, s.log)
	switch {
	case errors.Is(err, errCutOff):
		s.log.WarnContext(ctx, "stopping: requests that took too long were cut off")
		return nil
	case err == nil:
		s.log.InfoContext(ctx, "stopping: all requests are finished")
	}
	return err
}

// leaving lets a node that stops close its connections (RFC 9112, section 9.6): a proxy that keeps one would send a request to it at
// the moment when it ends.
func (s *Server) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.ready.ending.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
