package oidcop

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// How long, and how many, clients are kept in memory. A change reaches every node at once or within a second (Forget); clientTTL
// bounds what a node that can reach neither SQL nor Redis goes on believing. Names that do not exist are kept apart and for less
// long, so that a flood of them costs neither SQL nor the entries of clients that do.
const (
	clientTTL     = 30 * time.Second
	absentTTL     = 5 * time.Second
	maxClients    = 4096
	maxAbsent     = 1024
	clientTimeout = 2 * time.Second
)

// CachedClients keeps clients in memory, so that a machine's token costs no SQL. One that is off (policy.IsOff) is returned as
// disabled: its practice is read with it, and remembered with it. What it returns is shared: read only.
type CachedClients struct {
	store  StoredClients
	clock  func() time.Time
	flight singleflight.Group

	mu      sync.RWMutex
	age     uint64 // how often Forget was called
	origins origins
	present map[idp.ClientID]cachedClient
	absent  map[idp.ClientID]time.Time // until when
	apis    map[string]idp.Client      // all of them, by identifier: they are few, and one that does not exist costs nothing
	apisEnd time.Time                  // until when
	apps    []idp.Client               // all of them, by identifier
	appsEnd time.Time                  // until when
}

type cachedClient struct {
	client idp.Client
	until  time.Time
}

// NewCachedClients returns a memory of the clients in store.
func NewCachedClients(store StoredClients, clock func() time.Time) *CachedClients {
	return &CachedClients{
		store: store, clock: clock,
		present: make(map[idp.ClientID]cachedClient), absent: make(map[idp.ClientID]time.Time),
	}
}

// Forget makes every client be read again. A reading that began before is neither kept nor given to those who ask after it.
func (c *CachedClients) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age++
	c.origins = origins{}
	clear(c.present)
	clear(c.absent)
	c.apis, c.apisEnd = nil, time.Time{}
	c.apps, c.appsEnd = nil, time.Time{}
}

// FindClient implements Clients: as the store is, or was 30 seconds ago at most (5 for a client that did not exist) if Forget was
// not called since. Errors of the store other than idp.ErrNotFound are not kept: without SQL, it is not known whether a client that
// is not in memory exists.
func (c *CachedClients) FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	now := c.clock()
	client, age, found, known := c.recall(id, now)
	if known {
		if !found {
			return idp.Client{}, idp.ErrNotFound
		}
		return client, nil
	}
	loaded := c.flight.DoChan(strconv.FormatUint(age, 10)+" "+string(id), func() (any, error) {
		// The caller that asks first may go away; the callers that wait for the same answer must still get it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clientTimeout)
		defer cancel()
		client, err := c.load(ctx, id)
		c.remember(id, age, client, err, now)
		return client, err
	})
	select {
	case result := <-loaded:
		client, _ := result.Val.(idp.Client)
		return client, result.Err
	case <-ctx.Done():
		return idp.Client{}, idp.Wrap(idp.CodeUnavailable, ctx.Err())
	}
}

// FindAPI implements Clients: as the store is, or was 30 seconds ago at most if Forget was not called since. Errors of the store are not
// kept.
func (c *CachedClients) FindAPI(ctx context.Context, identifier string) (idp.Client, error) {
	now := c.clock()
	apis, age := c.recallAPIs(now)
	if apis == nil {
		loaded := c.flight.DoChan("apis "+strconv.FormatUint(age, 10), func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clientTimeout) // as in FindClient
			defer cancel()
			return c.loadAPIs(ctx, age, now)
		})
		select {
		case result := <-loaded:
			if result.Err != nil {
				return idp.Client{}, result.Err
			}
			apis, _ = result.Val.(map[string]idp.Client)
		case <-ctx.Done():
			return idp.Client{}, idp.Wrap(idp.CodeUnavailable, ctx.Err())
		}
	}
	api, found := apis[identifier]
	if !found {
		return idp.Client{}, idp.ErrNotFound
	}
	return api, nil
}

// recallAPIs returns nil if they have to be read.
func (c *CachedClients) recallAPIs(now time.Time) (apis map[string]idp.Client, age uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if now.Before(c.apisEnd) {
		apis = c.apis
	}
	return apis, c.age
}

// loadAPIs reads them, and keeps them unless Forget was called since the reading began.
func (c *CachedClients) loadAPIs(ctx context.Context, age uint64, now time.Time) (map[string]idp.Client, error) {
	list, err := c.store.ListAPIs(ctx)
	if err != nil {
		return nil, err
	}
	apis := make(map[string]idp.Client, len(list))
	for _, api := range list {
		apis[api.Identifier] = api
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if age == c.age {
		c.apis, c.apisEnd = apis, now.Add(clientTTL)
	}
	return apis, nil
}

func (c *CachedClients) load(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	client, err := c.store.FindClient(ctx, id)
	if err != nil || client.PracticeID == "" {
		return client, err
	}
	practice, err := c.store.FindPractice(ctx, client.PracticeID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return idp.Client{}, err
	}
	client.Disabled = policy.IsOff(client, practice)
	return client, nil
}

func (c *CachedClients) recall(id idp.ClientID, now time.Time) (client idp.Client, age uint64, found, known bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if entry, ok := c.present[id]; ok && now.Before(entry.until) {
		return entry.client, c.age, true, true
	}
	until, ok := c.absent[id]
	return idp.Client{}, c.age, false, ok && now.Before(until)
}

// remember keeps what was read, unless Forget was called since the reading began.
func (c *CachedClients) remember(id idp.ClientID, age uint64, client idp.Client, err error, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case age != c.age:
	case err == nil:
		delete(c.absent, id)
		evict(c.present, maxClients)
		c.present[id] = cachedClient{client: client, until: now.Add(clientTTL)}
	case errors.Is(err, idp.ErrNotFound):
		delete(c.present, id)
		evict(c.absent, maxAbsent)
		c.absent[id] = now.Add(absentTTL)
	}
}

// evict drops an entry if the memory is full. Any entry will do, since each is equally cheap to load again.
func evict[V any](entries map[idp.ClientID]V, limit int) {
	for id := range entries {
		if len(entries) < limit {
			return
		}
		delete(entries, id)
	}
}
