package oidcop

import (
	"context"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// originsRetry is how long a failure to read the origins is remembered, so that preflights cost a store that does not answer nothing
// either.
const originsRetry = time.Second

// origins are those of all browser apps that are enabled.
type origins struct {
	all   map[string]bool
	err   error
	until time.Time // until when all, or err, is believed
}

// HasOrigin implements Origins: as the store is, or was 30 seconds ago at most if Forget was not called since. The store is asked for
// all origins at once, and never for one.
func (c *CachedClients) HasOrigin(ctx context.Context, origin string) (bool, error) {
	now := c.clock()
	c.mu.RLock()
	known, age := c.origins, c.age
	c.mu.RUnlock()
	if now.Before(known.until) {
		return known.all[origin], known.err
	}
	loaded := c.flight.DoChan("origins "+strconv.FormatUint(age, 10), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clientTimeout)
		defer cancel()
		read := c.readOrigins(ctx, now)
		c.mu.Lock()
		defer c.mu.Unlock()
		if age == c.age {
			c.origins = read
		}
		return read, nil
	})
	select {
	case result := <-loaded:
		read, _ := result.Val.(origins)
		return read.all[origin], read.err
	case <-ctx.Done():
		return false, idp.Wrap(idp.CodeUnavailable, ctx.Err())
	}
}

func (c *CachedClients) readOrigins(ctx context.Context, now time.Time) origins {
	apps, err := c.store.ListApps(ctx)
	if err != nil {
		return origins{err: err, until: now.Add(originsRetry)}
	}
	all := make(map[string]bool)
	for _, app := range apps {
		if app.Disabled {
			continue
		}
		for _, origin := range app.Origins() {
			all[origin] = true
		}
	}
	return origins{all: all, until: now.Add(clientTTL)}
}
