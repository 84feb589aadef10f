package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/web"
)

// Deps are what a node is given beside its configuration.
type Deps struct {
	Logger *slog.Logger
	Clock  func() time.Time // nil: time.Now
	Inbox  *notify.Inbox    // where messages go with --sms=inbox; nil: the node has its own. The nodes of a test share one
	Level  *slog.LevelVar   // the level of the logger, which a reload sets; nil: it stays
	Start  web.Start        // what the start page offers; empty outside the demo

	// FollowsIssuer says that the issuer may be another one at every start, as that of a demo on free ports is.
	FollowsIssuer bool

	Processors int // that the node has; 0: GOMAXPROCS

	HashMemory uint32 // KiB that the hash of a password fills; 0: as package authenticator says. Only tests set it
	HashQueue  int    // how many may wait for a hash; 0: as configured. Only tests set it
}

// Server is one node.
type Server struct {
	config   config.Node
	log      *slog.Logger
	handler  http.Handler
	metrics  http.Handler
	services *services
	ready    *readiness
	level    *slog.LevelVar
}

// New opens the stores, which it waits for as the configuration says, and builds the node. Close it if it is not run.
func New(ctx context.Context, c config.Node, deps Deps) (*Server, error) {
	if deps.Logger == nil {
		return nil, errors.New("server: a logger is needed")
	}
	if deps.Processors == 0 {
		deps.Processors = runtime.GOMAXPROCS(0)
	}
	if deps.Clock == nil {
		deps.Clock = time.Now
	}
	stores, err := openServing(ctx, c, deps.Logger)
	if err != nil {
		return nil, err
	}
	s, err := build(ctx, c, deps, stores)
	if err != nil {
		return nil, errors.Join(err, stores.close())
	}
	return s, nil
}

func build(ctx context.Context, c config.Node, deps Deps, stores *stores) (*Server, error) {
	watch, err := openWatch(ctx, c.Places().SQL, deps, stores)
	if err != nil {
		return nil, err
	}
	services, err := buildServices(ctx, c, deps, stores, watch)
	if err != nil {
		return nil, err
	}
	if err := services.issuer.hold(ctx, c.IssuerMovedFrom(), deps.FollowsIssuer); err != nil {
		return nil, err
	}
	if err := services.issuer.register(ctx); err != nil {
		return nil, err
	}
	ready := newReadiness(services)
	surfaces, err := newSurfaces(services, ready, c, deps)
	if err != nil {
		return nil, err
	}
	handler, err := surfaces.handler()
	if err != nil {
		return nil, err
	}
	return &Server{
		config: c, log: deps.Logger, handler: handler, metrics: services.metrics.Handler(), services: services, ready: ready, level: deps.Level,
	}, nil
}

// Handler answers every request to the issuer's address.
func (s *Server) Handler() http.Handler { return s.handler }

// Metrics answers with the counts of the node; Serve puts it on the listener of the configuration.
func (s *Server) Metrics() http.Handler { return s.metrics }

// Directory runs commands on practices, people and clients, for the demo and for tests.
func (s *Server) Directory() *directory.Directory { return s.services.directory }

// Records reads what is stored, for the demo and for tests.
func (s *Server) Records() *sqlstore.Store { return s.services.stores.sql }

// Close closes the stores of a node that is not running.
func (s *Server) Close() error {
	s.services.asked.last()
	return s.services.stores.close()
}

// Run listens where the configuration says and serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	listener, err := net.Listen("tcp", s.config.Listen())
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return s.Serve(ctx, listener)
}

// Serve answers on the listener, and works in the background, until ctx ends or a part of it fails. It stops in order: see serveUntil
// for requests; then it ends the background work, seals what all of that wrote to the audit trail, and closes the stores.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer stopWork()
		return s.serveUntil(ctx, listener)
	})
	group.Go(func() error { return s.serveMetrics(work) })
	group.Go(func() error { return s.services.workers.Run(work) })
	for _, run := range s.services.background() {
		group.Go(func() error {
			run(work)
			return nil
		})
	}
	debug.FreeOSMemory() // what starting took (a password hash at least) is not needed again
	s.log.InfoContext(ctx, "serving", "issuer", s.config.Issuer().String(), "listen", listener.Addr().String())
	err := group.Wait()
	s.services.asked.last()
	s.services.refusals.last(ctx)
	s.services.trail.end(ctx)
	s.log.InfoContext(ctx, "stopping: the work in the background has ended")
	err = errors.Join(err, s.Close())
	s.log.InfoContext(ctx, "stopped: the stores are closed")
	return err
}

func (s *Server) serveMetrics(ctx context.Context) error {
	if s.config.MetricsListen() == "" {
		return nil
	}
	listener, err := net.Listen("tcp", s.config.MetricsListen())
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics)
	if err := serveHTTP(ctx, listener, mux, time.Second, s.log); !errors.Is(err, errCutOff) {
		return err
	}
	return nil
}
