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
	"github.com/apscloud/apsid/internal/testenv"
)

const anyPort = "127.0.0.1:0"

// embedded is the demo as `make run` starts it: SQLite in a file, Redis in the process.
func embedded(t *testing.T) *site {
	t.Helper()
	return play(t, demo.Config{}, nil)
}

// servers is the demo on Postgres and Redis.
func servers(t *testing.T) *site {
	t.Helper()
	return play(t, demo.Config{
		DatabaseURL: config.NewSecret(testenv.Postgres(t)), RedisURL: config.NewSecret(testenv.Redis(t)),
	}, nil)
}

// twoNodes is the demo on Postgres and Redis with two nodes behind one address, which take turns.
func twoNodes(t *testing.T) *site {
	t.Helper()
	front := &alternator{turns: map[string]int{}}
	proxy := httptest.NewServer(front)
	t.Cleanup(proxy.Close)
	return play(t, demo.Config{
		DatabaseURL: config.NewSecret(testenv.Postgres(t)), RedisURL: config.NewSecret(testenv.Redis(t)), Issuer: proxy.URL,
	}, front)
}

// idling is the demo on embedded stores, whose Lodgements waits so long for a person's activity.
func idling(t *testing.T, idle time.Duration) *site {
	t.Helper()
	return play(t, demo.Config{DemoIdle: idle}, nil)
}

// grouped is the demo in which Cloud Timesheets and Contacts+ share a sign-in.
func grouped(t *testing.T) *site {
	t.Helper()
	return play(t, demo.Config{DemoSignOnGroup: true, DemoIdle: time.Minute}, nil)
}

// play runs a demo until the test ends; with a front, two nodes of it behind that.
func play(t *testing.T, c demo.Config, front *alternator) *site {
	t.Helper()
	c.Listen, c.TimesheetsListen, c.ContactsListen, c.LodgementsListen, c.StateDir = anyPort, anyPort, anyPort, anyPort, t.TempDir()
	clock := &clock{}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx := context.WithoutCancel(t.Context()) // t.Context ends before clean-up
	d, err := demo.New(ctx, c, demo.Deps{Logger: log, Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	var second *server.Server
	if front != nil {
		var way http.Handler
		second, way = secondNode(t, ctx, d)
		front.nodes = []http.Handler{d.Handler(), way}
	}
	t.Cleanup(func() { proved(t, ctx, d) }) // after everything has stopped
	serve(t, ctx, d.Run)
	s := readSite(t, c.StateDir, clock)
	s.second = second
	return s
}

// proved holds that the audit trail of everything a scenario did is as it was written.
func proved(t *testing.T, ctx context.Context, d *demo.Demo) {
	t.Helper()
	trail, err := server.OpenTrail(ctx, d.Stores())
	if err != nil {
		t.Errorf("the trail: %v", err)
		return
	}
	defer func() { _ = trail.Close() }()
	report, err := trail.Verify(ctx, "")
	if err != nil || report.Events == 0 {
		t.Errorf("the trail: %d events, %v", report.Events, err)
	}
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
