package oidcop_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
)

// shelf is a store of clients that counts, and can be slow or broken.
type shelf struct {
	mu     sync.Mutex
	asked  int
	broken error
	gate   chan struct{} // not nil: answers wait for it
	known  map[idp.ClientID]idp.Client
	states map[idp.PracticeID]idp.PracticeState
	lost   error // what FindPractice answers; nil: it answers
}

func (s *shelf) FindPractice(_ context.Context, id idp.PracticeID) (idp.Practice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, found := s.states[id]
	if s.lost != nil {
		return idp.Practice{}, s.lost
	}
	if !found {
		return idp.Practice{}, idp.ErrNotFound
	}
	return idp.Practice{ID: id, State: state}, nil
}

// ListAPIs waits and fails as FindClient does.
func (s *shelf) ListAPIs(ctx context.Context) ([]idp.Client, error) {
	s.mu.Lock()
	var apis []idp.Client
	for _, client := range s.known {
		if client.Kind == idp.ClientAPI {
			apis = append(apis, client)
		}
	}
	s.mu.Unlock()
	_, err := s.FindClient(ctx, "")
	if errors.Is(err, idp.ErrNotFound) {
		err = nil
	}
	return apis, err
}

func (s *shelf) FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	s.mu.Lock()
	s.asked++
	client, found := s.known[id]
	broken, gate := s.broken, s.gate
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return idp.Client{}, ctx.Err()
		}
	}
	if broken != nil {
		return idp.Client{}, broken
	}
	if !found {
		return idp.Client{}, idp.ErrNotFound
	}
	return client, nil
}

func (s *shelf) ListApps(context.Context) ([]idp.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return slices.Collect(maps.Values(s.known)), s.broken
}

func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func newCache() (*shelf, *clock, *oidcop.CachedClients) {
	store := &shelf{known: map[idp.ClientID]idp.Client{"app": {Registration: idp.Registration{ID: "app", Name: "one"}}}}
	c := &clock{now: time.Now()}
	return store, c, oidcop.NewCachedClients(store, c.read)
}

// ABUSE 35: an integration whose practice is suspended, or gone, is as good as disabled.
func TestIntegrationsFollowTheirPractice(t *testing.T) {
	store, c, cache := newCache()
	store.states = map[idp.PracticeID]idp.PracticeState{"prc_x": idp.PracticeActive, "prc_y": idp.PracticeSuspended}
	for id, practice := range map[idp.ClientID]idp.PracticeID{"active": "prc_x", "suspended": "prc_y", "orphan": "prc_gone"} {
		store.known[id] = idp.Client{Registration: idp.Registration{ID: id, PracticeID: practice}}
	}
	store.known["disabled"] = idp.Client{Registration: idp.Registration{ID: "disabled", PracticeID: "prc_x"}, Disabled: true}
	for id, want := range map[idp.ClientID]bool{"app": false, "active": false, "disabled": true, "suspended": true, "orphan": true} {
		if got := must(cache.FindClient(context.Background(), id)); got.Disabled != want {
			t.Errorf("%s is disabled: %v", id, got.Disabled)
		}
	}
	store.states["prc_x"] = idp.PracticeSuspended
	c.pass(30 * time.Second)
	if !must(cache.FindClient(context.Background(), "active")).Disabled {
		t.Error("an integration outlives its practice")
	}
}

func TestAPracticeThatCannotBeReadIsNoAnswer(t *testing.T) {
	store, _, cache := newCache()
	store.known["fusesign"] = idp.Client{Registration: idp.Registration{ID: "fusesign", PracticeID: "prc_x"}}
	store.states, store.lost = map[idp.PracticeID]idp.PracticeState{"prc_x": idp.PracticeActive}, idp.Wrap(idp.CodeUnavailable, errors.New("down"))
	if _, err := cache.FindClient(context.Background(), "fusesign"); idp.CodeOf(err) != idp.CodeUnavailable {
		t.Fatalf("%v", err)
	}
	store.lost = nil
	if must(cache.FindClient(context.Background(), "fusesign")).Disabled {
		t.Error("the failure was remembered")
	}
}

func TestCachedClientsFollowTheStore(t *testing.T) {
	store, c, cache := newCache()
	ctx := context.Background()
	name := func() string { return must(cache.FindClient(ctx, "app")).Name }
	if name() != "one" {
		t.Fatal("not found")
	}
	store.known["app"] = idp.Client{Registration: idp.Registration{ID: "app", Name: "two"}}
	c.pass(29 * time.Second)
	if name() != "one" || store.count() != 1 {
		t.Fatalf("%s after %d", name(), store.count())
	}
	c.pass(time.Second)
	if name() != "two" || store.count() != 2 {
		t.Fatalf("%s after %d", name(), store.count())
	}
	delete(store.known, "app")
	c.pass(30 * time.Second)
	if _, err := cache.FindClient(ctx, "app"); !errors.Is(err, idp.ErrNotFound) {
		t.Fatalf("deleted: %v", err)
	}
}

func TestUnknownClientsAreRememberedBriefly(t *testing.T) {
	store, c, cache := newCache()
	ctx := context.Background()
	for range 10 {
		if _, err := cache.FindClient(ctx, "new"); !errors.Is(err, idp.ErrNotFound) {
			t.Fatal(err)
		}
	}
	if store.count() != 1 {
		t.Fatalf("asked %d times", store.count())
	}
	store.known["new"] = idp.Client{Registration: idp.Registration{ID: "new"}}
	c.pass(5 * time.Second)
	if _, err := cache.FindClient(ctx, "new"); err != nil {
		t.Fatal(err)
	}
}

// A flood of made-up names must not push out clients that exist.
func TestFloodOfUnknownClientsLeavesTheOthersInMemory(t *testing.T) {
	store, _, cache := newCache()
	ctx := context.Background()
	must(cache.FindClient(ctx, "app"))
	for i := range 5000 {
		_, _ = cache.FindClient(ctx, idp.ClientID(fmt.Sprintf("made-up-%d", i)))
	}
	before := store.count()
	must(cache.FindClient(ctx, "app"))
	if store.count() != before {
		t.Fatal("the client was pushed out")
	}
}

func TestFailuresAreNotRemembered(t *testing.T) {
	store, _, cache := newCache()
	store.broken = idp.ErrUnavailable
	if _, err := cache.FindClient(context.Background(), "app"); !errors.Is(err, idp.ErrUnavailable) {
		t.Fatal(err)
	}
	store.broken = nil
	must(cache.FindClient(context.Background(), "app"))
}

// Many who ask at once ask the store once, and one who goes away does not take the others along.
func TestCrowdAsksOnce(t *testing.T) {
	store, _, cache := newCache()
	store.gate = make(chan struct{})
	leaving, leave := context.WithCancel(context.Background())
	gone := make(chan error)
	go func() {
		_, err := cache.FindClient(leaving, "app")
		gone <- err
	}()
	for store.count() == 0 {
		select {
		case err := <-gone:
			t.Fatalf("answered before the store: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	leave()
	if err := <-gone; !errors.Is(err, idp.ErrUnavailable) {
		t.Fatal(err)
	}
	var crowd sync.WaitGroup
	for range 20 {
		crowd.Go(func() {
			if client, err := cache.FindClient(context.Background(), "app"); err != nil || client.Name != "one" {
				t.Errorf("%v %v", client, err)
			}
		})
	}
	close(store.gate)
	crowd.Wait()
	if store.count() > 2 { // those who came before the gate opened shared one answer
		t.Fatalf("asked %d times", store.count())
	}
}

// ABUSE 61: a change that is told is seen by the next request, also by one that asks while an answer of before is on its way, and
// that answer is not kept.
func TestAForgottenClientIsReadAgain(t *testing.T) {
	store, _, cache := newCache()
	ctx := context.Background()
	if _, err := cache.FindClient(ctx, "new"); !errors.Is(err, idp.ErrNotFound) {
		t.Fatal(err)
	}
	must(cache.FindClient(ctx, "app"))
	rename := func(name string) {
		store.mu.Lock()
		defer store.mu.Unlock()
		store.known["app"] = idp.Client{Registration: idp.Registration{ID: "app", Name: name}}
		store.known["new"] = idp.Client{Registration: idp.Registration{ID: "new"}}
	}
	rename("two")
	cache.Forget()
	if got := must(cache.FindClient(ctx, "app")).Name; got != "two" {
		t.Errorf("got %q", got)
	}
	must(cache.FindClient(ctx, "new"))

	cache.Forget()
	gate := make(chan struct{})
	store.mu.Lock()
	store.gate = gate
	asked := store.asked
	store.mu.Unlock()
	early := make(chan string)
	go func() { early <- must(cache.FindClient(ctx, "app")).Name }()
	for store.count() == asked {
		time.Sleep(time.Millisecond)
	}
	rename("three")
	store.mu.Lock()
	store.gate = nil
	store.mu.Unlock()
	cache.Forget()
	if got := must(cache.FindClient(ctx, "app")).Name; got != "three" {
		t.Errorf("asked after the change: %q", got)
	}
	close(gate)
	if got := <-early; got != "two" {
		t.Errorf("asked before the change: %q", got)
	}
	if got := must(cache.FindClient(ctx, "app")).Name; got != "three" {
		t.Errorf("the answer of before was kept: %q", got)
	}
}

// An API is found without a query for each request, a flood of identifiers that nobody registered costs nothing, and a change that is told
// is seen by the next request.
func TestAPIsAreReadOnce(t *testing.T) {
	store, clock, cache := newCache()
	ctx := context.Background()
	const identifier = "https://rota.example/api"
	register := func(id idp.ClientID, identifier string) {
		store.mu.Lock()
		defer store.mu.Unlock()
		store.known[id] = idp.Client{Registration: idp.Registration{ID: id, Kind: idp.ClientAPI, Identifier: identifier}}
	}
	register("rota-api", identifier)
	for i := range 1000 {
		if _, err := cache.FindAPI(ctx, fmt.Sprint("https://unknown.example/", i)); !errors.Is(err, idp.ErrNotFound) {
			t.Fatal(err)
		}
		if got := must(cache.FindAPI(ctx, identifier)); got.ID != "rota-api" {
			t.Fatalf("%+v", got)
		}
	}
	if store.count() != 1 {
		t.Errorf("asked %d times", store.count())
	}

	register("pay-api", "https://pay.example")
	register("rota-api", "https://rota.example/v2")
	cache.Forget()
	must(cache.FindAPI(ctx, "https://pay.example"))
	if _, err := cache.FindAPI(ctx, identifier); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("by the identifier of before: %v", err)
	}

	store.mu.Lock()
	store.broken = idp.Wrap(idp.CodeUnavailable, errors.New("gone"))
	store.mu.Unlock()
	must(cache.FindAPI(ctx, "https://pay.example"))
	clock.pass(31 * time.Second)
	if _, err := cache.FindAPI(ctx, "https://pay.example"); !errors.Is(err, idp.ErrUnavailable) {
		t.Errorf("without SQL: %v", err)
	}
	store.mu.Lock()
	store.broken = nil
	store.mu.Unlock()
	must(cache.FindAPI(ctx, "https://pay.example"))
}

// The sweeper of sessions asks for the apps in each of its rounds: they are read once, and a change that is told is seen by the next one.
func TestAppsAreReadOnce(t *testing.T) {
	store, clock, cache := newCache()
	ctx := context.Background()
	names := func() (list []string) {
		t.Helper()
		for _, app := range must(cache.ListApps(ctx)) {
			list = append(list, app.Name)
		}
		return list
	}
	for range 10 {
		if got := names(); !slices.Equal(got, []string{"one"}) {
			t.Fatalf("%q", got)
		}
	}
	if store.count() != 1 {
		t.Errorf("asked %d times", store.count())
	}
	store.mu.Lock()
	store.known["app"] = idp.Client{Registration: idp.Registration{ID: "app", Name: "two"}}
	store.mu.Unlock()
	cache.Forget()
	if got := names(); !slices.Equal(got, []string{"two"}) {
		t.Errorf("after a change: %q", got)
	}
	store.mu.Lock()
	store.broken = idp.Wrap(idp.CodeUnavailable, errors.New("gone"))
	store.mu.Unlock()
	clock.pass(5*time.Minute + time.Second)
	if _, err := cache.ListApps(ctx); !errors.Is(err, idp.ErrUnavailable) {
		t.Errorf("without SQL: %v", err)
	}
}
