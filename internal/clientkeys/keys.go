package clientkeys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbound"
)

const (
	// fresh is how long published keys are used before they are asked for again.
	fresh = time.Minute
	// pause is the least time between two questions for the keys of one client.
	pause = 10 * time.Second
	// kept is how long the last good answer counts while there is no other.
	kept = 10 * time.Minute
	// maxAnswer is the size of an answer, in bytes.
	maxAnswer = 64 << 10
	// maxClients is how many clients' keys are kept.
	maxClients = 4096
)

// Keys has the keys of clients. Callers may use it at the same time.
type Keys struct {
	guard  outbound.Guard
	http   *http.Client
	clock  func() time.Time
	flight singleflight.Group

	mu    sync.Mutex
	known map[idp.ClientID]published
}

// published is what is known of the keys at the jwks_uri of a client.
type published struct {
	uri      string
	set      jose.JSONWebKeySet
	asked    time.Time
	answered time.Time // when set was the answer; zero: never
	failed   error     // of the last question
}

// New returns the keys of clients. Addresses of this machine are asked only if allowLoopback says so, which is for the demo and for tests.
func New(allowLoopback bool, clock func() time.Time) *Keys {
	return build(allowLoopback, clock, outbound.Network{})
}

func build(allowLoopback bool, clock func() time.Time, n outbound.Network) *Keys {
	guard := outbound.NewGuard(allowLoopback)
	return &Keys{guard: guard, http: outbound.NewClient(guard, n), clock: clock, known: make(map[idp.ClientID]published)}
}

// Find returns the keys of the client. If none of its published keys fits, they are asked for again first, as often as this package allows.
// An error says that the client has no keys now, and why, to the people who look after it.
func (k *Keys) Find(ctx context.Context, client idp.Registration, fits func(jose.JSONWebKeySet) bool) (jose.JSONWebKeySet, error) {
	if client.JWKSURI == "" {
		return authenticator.ParseClientKeys(client.PublicKeys)
	}
	p := k.recall(client)
	if !p.due(fits, k.clock()) {
		return p.keys(k.clock())
	}
	asked := k.flight.DoChan(string(client.ID)+" "+client.JWKSURI, func() (any, error) {
		p := k.recall(client)
		if p.due(fits, k.clock()) { // else another caller has just asked
			p = k.ask(context.WithoutCancel(ctx), p)
			k.remember(client.ID, p)
		}
		return p, nil
	})
	select {
	case result := <-asked:
		p, _ = result.Val.(published)
		return p.keys(k.clock())
	case <-ctx.Done():
		return jose.JSONWebKeySet{}, ctx.Err()
	}
}

// due reports whether the address is to be asked now.
func (p published) due(fits func(jose.JSONWebKeySet) bool, now time.Time) bool {
	stale := now.Sub(p.answered) >= fresh || !fits(p.set)
	return stale && now.Sub(p.asked) >= pause
}

// keys are those that count now.
func (p published) keys(now time.Time) (jose.JSONWebKeySet, error) {
	if now.Sub(p.answered) < kept {
		return p.set, nil
	}
	return jose.JSONWebKeySet{}, fmt.Errorf("the keys at the jwks_uri can't be had: %w", p.failed)
}

func (k *Keys) recall(client idp.Registration) published {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, found := k.known[client.ID]
	if !found || p.uri != client.JWKSURI {
		return published{uri: client.JWKSURI, failed: errors.New("it was not asked yet")}
	}
	return p
}

func (k *Keys) remember(id idp.ClientID, p published) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for other := range k.known { // any will do: each is asked for again when it is needed
		if len(k.known) < maxClients {
			break
		}
		delete(k.known, other)
	}
	k.known[id] = p
}

// ask asks the address. What it answered before stays if there is no good answer now.
func (k *Keys) ask(ctx context.Context, p published) published {
	set, err := k.fetch(ctx, p.uri)
	p.asked, p.failed = k.clock(), err
	if err == nil {
		p.set, p.answered = set, p.asked
	}
	return p
}

func (k *Keys) fetch(ctx context.Context, uri string) (jose.JSONWebKeySet, error) {
	to, err := k.guard.Target("jwks_uri", uri)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	request.Header.Set("User-Agent", "APS ID")
	response, err := k.http.Do(request)
	if err != nil {
		return jose.JSONWebKeySet{}, outbound.Cause(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return jose.JSONWebKeySet{}, fmt.Errorf("the answer was %d", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return jose.JSONWebKeySet{}, outbound.Cause(err)
	case len(text) > maxAnswer:
		return jose.JSONWebKeySet{}, fmt.Errorf("the answer has more than %d KiB", maxAnswer>>10)
	}
	return authenticator.ParsePublishedKeys(text)
}
