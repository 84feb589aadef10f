package demo

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// Deps are what a demo is given beside its configuration.
type Deps struct {
	Logger *slog.Logger
	Clock  func() time.Time // nil: time.Now

	Processors int // as in server.Deps

	HashMemory uint32 // as in server.Deps: 0 in the product
	HashQueue  int    // likewise
}

// Demo is a demo that was set up. Run serves it.
type Demo struct {
	// Manifest is what demo.json says.
	Manifest Manifest

	config    Config
	node      config.Node
	deps      server.Deps
	server    *server.Server
	apps      []*app
	listeners listeners
}

// New takes the addresses, opens the stores, brings their schema up to date, creates what is missing and writes demo.json.
// Close it if it is not run.
func New(ctx context.Context, c Config, deps Deps) (_ *Demo, err error) {
	if deps.Clock == nil {
		deps.Clock = time.Now
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	taken, err := listen(c)
	if err != nil {
		return nil, err
	}
	d := &Demo{config: c, listeners: taken}
	if err := d.open(ctx, deps); err != nil {
		return nil, errors.Join(err, taken.close())
	}
	if err := d.fill(ctx, deps); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// open builds the node.
func (d *Demo) open(ctx context.Context, deps Deps) error {
	issuer := d.config.Issuer
	if issuer == "" {
		issuer = d.listeners.issuerURL(d.config.Listen)
	}
	node, err := d.config.server(issuer)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.config.StateDir, 0o700); err != nil {
		return err
	}
	if _, err := server.Migrate(ctx, node.Places().SQL); err != nil {
		return err
	}
	d.node = node
	d.deps = server.Deps{
		Logger: deps.Logger, Clock: deps.Clock, Inbox: notify.NewInbox(deps.Clock), Start: d.start(), HashMemory: deps.HashMemory,
		FollowsIssuer: true, Processors: deps.Processors, HashQueue: deps.HashQueue,
	}
	d.server, err = server.New(ctx, node, d.deps)
	return err
}

// fill creates what is missing, and the apps.
func (d *Demo) fill(ctx context.Context, deps Deps) error {
	last, err := readManifest(d.config.StateDir)
	if err != nil {
		return err
	}
	seeds := seeder{config: d.config, directory: d.server.Directory(), found: d.server.Records(), now: deps.Clock()}
	d.Manifest, err = seeds.all(ctx, d.node.Issuer().String(), d.listeners, last.secrets())
	if err != nil {
		return err
	}
	for i, entry := range d.Manifest.Apps {
		app, err := newApp(entry, d.Manifest.Issuer, d.listeners.apps[i], deps)
		if err != nil {
			return err
		}
		d.apps = append(d.apps, app)
	}
	return d.Manifest.write(d.config.StateDir)
}

// Run serves APS ID and the apps until ctx ends.
func (d *Demo) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.server.Serve(ctx, d.listeners.issuer) })
	for _, app := range d.apps {
		group.Go(func() error { return app.run(ctx) })
	}
	return group.Wait()
}

// Stores says where it keeps what it stores, for those who look afterwards.
func (d *Demo) Stores() config.Places { return d.node.Places() }

// Records reads what it stores, for tests that look at what a page left.
func (d *Demo) Records() *sqlstore.Store { return d.server.Records() }

// Directory gives commands to it, as tools do.
func (d *Demo) Directory() *directory.Directory { return d.server.Directory() }

// Address is where this node listens, host:port.
func (d *Demo) Address() string { return d.listeners.issuer.Addr().String() }

// Handler answers for APS ID without its listener.
func (d *Demo) Handler() http.Handler { return d.server.Handler() }

// SecondNode returns one more node over the same stores, with the same issuer and inbox. It needs stores that can be shared:
// Postgres and a Redis outside of this process.
func (d *Demo) SecondNode(ctx context.Context) (*server.Server, error) {
	if !d.node.Places().Shared() {
		return nil, errors.New("demo: embedded stores can't be shared by two nodes")
	}
	return server.New(ctx, d.node, d.deps)
}

// Close gives everything back without having run.
func (d *Demo) Close() error {
	return errors.Join(d.listeners.close(), d.server.Close())
}
