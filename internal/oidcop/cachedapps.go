package oidcop

import (
	"context"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// appsTTL is how long the list of the apps is kept: a thousand are much to read, and Forget is called for each change. It bounds how long a
// change by hand, of which nodes are not told, is not seen.
const appsTTL = 5 * time.Minute

// ListApps returns every client that people sign in to, enabled or not: as the store is, or was five minutes ago at most if Forget was not
// called since. Errors of the store are not kept. What it returns is shared: read only.
func (c *CachedClients) ListApps(ctx context.Context) ([]idp.Client, error) {
	now := c.clock()
	c.mu.RLock()
	apps, fresh, age := c.apps, now.Before(c.appsEnd), c.age
	c.mu.RUnlock()
	if fresh {
		return apps, nil
	}
	loaded := c.flight.DoChan("apps "+strconv.FormatUint(age, 10), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clientTimeout) // as in FindClient
		defer cancel()
		apps, err := c.store.ListApps(ctx)
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if age == c.age {
			c.apps, c.appsEnd = apps, now.Add(appsTTL)
		}
		return apps, nil
	})
	select {
	case result := <-loaded:
		apps, _ = result.Val.([]idp.Client)
		return apps, result.Err
	case <-ctx.Done():
		return nil, idp.Wrap(idp.CodeUnavailable, ctx.Err())
	}
}
