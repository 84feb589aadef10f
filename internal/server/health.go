package server

import (
	"context"
	"io"
	"net/http"
	"time"
)

// readyWithin bounds how long /readyz waits for the stores.
const readyWithin = 2 * time.Second

// alive answers that the process runs.
func alive(w http.ResponseWriter, _ *http.Request) { answerHealth(w, http.StatusOK, "ok\n") }

// ready answers whether the stores are ready.
func ready(ping func(context.Context) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		if ping(ctx) != nil {
			answerHealth(w, http.StatusServiceUnavailable, "a store does not answer\n")
			return
		}
		answerHealth(w, http.StatusOK, "ok\n")
	}
}

func answerHealth(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
