package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/oidcop"
)

const (
	// lookEvery bounds how long a node believes a copy after a change that it was not told of, as long as SQL answers.
	lookEvery = 750 * time.Millisecond
	// lookWithin is the time that one look, or one renewal, may take.
	lookWithin = 5 * time.Second
)

// copies keeps what a node holds in memory as it is stored. A commit that changes some of it is told to the other nodes through
// Redis, by the process that made it: see stores.outdated. What a node is not told, because Redis is away, or because the change
// was made by a command line that has no Redis in common with it, it finds by looking at the versions that SQL counts.
type copies struct {
	stores   *stores
	clients  *oidcop.CachedClients
	keys     *keyring.Ring
	watching watching
	clock    func() time.Time
	log      *slog.Logger
}

// listen works until ctx ends.
func (c copies) listen(ctx context.Context) {
	c.stores.redis.Listen(ctx, func(ctx context.Context, word string) { c.renew(ctx, idp.Copied(word)) })
}

// look works until ctx ends.
func (c copies) look(ctx context.Context) {
	var seen map[idp.Copied]int64
	failed := false
	every(ctx, lookEvery, func(ctx context.Context) {
		bounded, cancel := context.WithTimeout(ctx, lookWithin)
		defer cancel()
		now, err := c.stores.sql.CopyVersions(bounded)
		if err != nil {
			if !failed && ctx.Err() == nil {
				c.log.WarnContext(ctx, "changes of clients and keys can't be looked for", "error", err)
			}
			failed = true
			return
		}
		failed = false
		for what, version := range now {
			if seen[what] != version {
				c.renew(ctx, what)
			}
		}
		seen = now
	})
}

// renew drops or loads again what there is of a kind.
func (c copies) renew(ctx context.Context, what idp.Copied) {
	switch what {
	case idp.CopiedClients:
		c.clients.Forget()
	case idp.CopiedKeys:
		ctx, cancel := context.WithTimeout(ctx, lookWithin)
		defer cancel()
		if err := c.keys.Refresh(ctx, c.clock()); err != nil && ctx.Err() == nil {
			c.log.ErrorContext(ctx, "signing keys not refreshed", "error", err)
		}
	case idp.CopiedEpoch:
		ctx, cancel := context.WithTimeout(ctx, lookWithin)
		defer cancel()
		_ = c.watching.look(ctx) // what it finds, it keeps; what it could not look at, the next round does
	}
}
