package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// usageEvery is how often a node writes down when clients last got a token: what is shown is right to the hour.
const usageEvery = time.Hour

// touches stores when a client last got a token.
type touches interface {
	// TouchClient records it to the hour; a client that does not exist is left alone.
	TouchClient(ctx context.Context, id idp.ClientID, now time.Time) error
}

// usage remembers in memory when each client last got a token, so that a token costs no query. A node that is killed loses the
// last hour of it at most.
type usage struct {
	store touches
	log   *slog.Logger

	mu     sync.Mutex
	latest map[idp.ClientID]time.Time // not stored yet
}

func newUsage(store touches, log *slog.Logger) *usage {
	return &usage{store: store, log: log, latest: map[idp.ClientID]time.Time{}}
}

// Used implements oidcop.Usage.
func (u *usage) Used(client idp.ClientID, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now.After(u.latest[client]) {
		u.latest[client] = now
	}
}

// run stores what it remembers until ctx ends, and then once more.
func (u *usage) run(ctx context.Context) {
	every(ctx, usageEvery, u.flush)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), usageWithin)
	defer cancel()
	u.flush(ctx)
}

// usageWithin bounds how long stopping waits for the last flush.
const usageWithin = 2 * time.Second

// flush stores everything. What fails is remembered for the next time.
func (u *usage) flush(ctx context.Context) {
	u.mu.Lock()
	latest := u.latest
	u.latest = make(map[idp.ClientID]time.Time, len(latest))
	u.mu.Unlock()
	failed := 0
	for client, at := range latest {
		if u.store.TouchClient(ctx, client, at) != nil {
			u.Used(client, at)
			failed++
		}
	}
	if failed > 0 {
		u.log.WarnContext(ctx, "last use of clients not written down", "clients", failed)
	}
}
