package browsertest_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

const anyPort = "127.0.0.1:0"

// embedded is the demo as `make run` starts it: SQLite in a file, Redis in the process.
func embedded(t *testing.T) *site {
	t.Helper()
	return play(t, nil, func(*demo.Config) {})
}

// servers is the demo on Postgres and Redis.
func servers(t *testing.T) *site {
	t.Helper()
	return play(t, nil, func(c *demo.Config) {
		c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(testenv.Redis(t))
	})
}

// withName is the same at http://localhost, where browsers use passkeys: they bind none to an IP address.
func withName(c *demo.Config) { c.Listen = "localhost:0" }

// named is the embedded demo at an address with a name.
func named(t *testing.T) *site {
	t.Helper()
	return play(t, nil, withName)
}

// namedServers is the demo on Postgres and Redis at an address with a name.
func namedServers(t *testing.T) *site {
	t.Helper()
	return play(t, nil, func(c *demo.Config) {
		withName(c)
		c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(testenv.Redis(t))
	})
}

// twoNodes is the demo on Postgres and Redis with two nodes behind one address, which take turns.
func twoNodes(t *testing.T) *site {
	t.Helper()
	front := &alternator{turns: map[string]int{}}
	proxy := httptest.NewServer(front)
	t.Cleanup(proxy.Close)
	return play(t, front, func(c *demo.Config) {
		c.DatabaseURL, c.RedisURL = config.NewSecret(storetest.Postgres(t)), config.NewSecret(testenv.Redis(t))
		c.Issuer = proxy.URL
	})
}

// idling is the demo on embedded stores, whose Lodgements waits so long for a person's activity.
func idling(t *testing.T, idle time.Duration) *site {
	t.Helper()
	return play(t, nil, func(c *demo.Config) { c.DemoIdle = idle })
}

// grouped is the demo in which Cloud Timesheets and Contacts+ share a sign-in.
func grouped(t *testing.T) *site {
	t.Helper()
	return play(t, nil, func(c *demo.Config) { c.DemoSignOnGroup, c.DemoIdle = true, time.Minute })
}

// play runs a demo until the test ends; with a front, two nodes of it behind that. The audit trail of everything that a scenario
// did is proved in the end.
func play(t *testing.T, front *alternator, change func(*demo.Config)) *site {
	t.Helper()
	c, clock := testworld.Config(t), &testenv.Clock{}
	change(&c)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	var w *testworld.World
	t.Cleanup(func() { // after everything has stopped
		if w != nil {
			testworld.Proved(t, w.Demo)
		}
	})
	w = testworld.Run(t, c, clock, func(deps *demo.Deps) { deps.Logger = log })
	s := readSite(t, c.StateDir, clock)
	if front != nil {
		var way http.Handler
		s.second, way = secondNode(t, context.WithoutCancel(t.Context()), w.Demo) // t.Context ends before clean-up
		front.nodes = []http.Handler{w.Handler(), way}
	}
	return s
}

// secondNode runs another node over the same stores and returns it with a way to it over the network.
func secondNode(t *testing.T, ctx context.Context, d *demo.Demo) (*server.Server, http.Handler) {
	t.Helper()
	node, err := d.SecondNode(ctx)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", anyPort)
	if err != nil {
		t.Fatal(errors.Join(err, node.Close()))
	}
	serve(t, ctx, func(ctx context.Context) error { return node.Serve(ctx, listener) })
	address := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	return node, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(address)
		r.Out.Host = r.In.Host
	}}
}

// serve runs something until the test ends and waits for it to stop.
func serve(t *testing.T, ctx context.Context, run func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	go func() { stopped <- run(ctx) }()
	t.Cleanup(func() {
		stop()
		err := <-stopped
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the server stopped with %v", err)
		}
	})
}

// alternator is a load balancer that is as unhelpful as one can be: requests of each method take turns, so that no node sees
// the end of what it began, whatever else a page loads.
type alternator struct {
	nodes []http.Handler

	mu    sync.Mutex
	turns map[string]int
}

func (a *alternator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.next(r).ServeHTTP(w, r)
}

func (a *alternator) next(r *http.Request) http.Handler {
	if strings.HasPrefix(r.URL.Path, "/static/") {
		return a.nodes[0] // style sheets and pictures don't take a turn
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turns[r.Method]++
	return a.nodes[a.turns[r.Method]%len(a.nodes)]
}
