package oidcop

import (
	"context"
	"strconv"

	"github.com/apscloud/apsid/internal/idp"
)

// ListApps returns every client that people sign in to, enabled or not: as the store is, or was 30 seconds ago at most if Forget was not
// called since. Errors of the store are not kept.
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
			c.apps, c.appsEnd = apps, now.Add(clientTTL)
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
