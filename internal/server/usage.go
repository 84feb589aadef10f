package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// usageEvery is how often a node writes down when clients were last used: what is shown is right to the hour.
const usageEvery = time.Hour

// touches stores when a client was last used; a client that does not exist is left alone.
type touches interface {
	// TouchClient records to the hour that it got a token.
	TouchClient(ctx context.Context, id idp.ClientID, now time.Time) error
	// TouchClientNoPKCE records to the hour that it redeemed a code without PKCE.
	TouchClientNoPKCE(ctx context.Context, id idp.ClientID, now time.Time) error
}

// use is one way in which a client is used.
type use struct {
	client idp.ClientID
	noPKCE bool // it redeemed a code without PKCE; false: it got a token
}

// usage remembers in memory when each client was last used, so that a token costs no query. A node that is killed loses the last
// hour of it at most.
type usage struct {
	store touches
	log   *slog.Logger

	mu     sync.Mutex
	latest map[use]time.Time // not stored yet
}

func newUsage(store touches, log *slog.Logger) *usage {
	return &usage{store: store, log: log, latest: map[use]time.Time{}}
}

// Used implements oidcop.Usage.
func (u *usage) Used(client idp.ClientID, now time.Time) { u.remember(use{client: client}, now) }

// UsedWithoutPKCE implements oidcop.Usage.
func (u *usage) UsedWithoutPKCE(client idp.ClientID, now time.Time) {
	u.remember(use{client: client, noPKCE: true}, now)
}

func (u *usage) remember(what use, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now.After(u.latest[what]) {
		u.latest[what] = now
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
	u.latest = make(map[use]time.Time, len(latest))
	u.mu.Unlock()
	failed := 0
	for what, at := range latest {
		if u.touch(ctx, what, at) != nil {
			u.remember(what, at)
			failed++
		}
	}
	if failed > 0 {
		u.log.WarnContext(ctx, "last use of clients not written down", "clients", failed)
	}
}

func (u *usage) touch(ctx context.Context, what use, at time.Time) error {
	if what.noPKCE {
		return u.store.TouchClientNoPKCE(ctx, what.client, at)
	}
	return u.store.TouchClient(ctx, what.client, at)
}
