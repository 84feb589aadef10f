package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

//go:embed told.yaml
var toldFile string

// crowd is how many sessions end at once.
const crowd = 1000

// told is an app that is told of sessions that end, and answers at once.
type told struct {
	server *http.Server
	url    string

	mu          sync.Mutex
	heard       int
	first, last time.Time
}

func newTold(ctx context.Context) (*told, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &told{url: "http://" + listener.Addr().String() + "/logout"}
	t.server = &http.Server{Handler: t, ReadHeaderTimeout: time.Minute}
	go func() { _ = t.server.Serve(listener) }() // it ends when it is closed
	return t, nil
}

// ServeHTTP implements http.Handler.
func (t *told) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	if r.FormValue("logout_token") == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = time.Now()
	if t.heard == 0 {
		t.first = t.last
	}
	t.heard++
}

func (t *told) count() (int, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.heard, t.last.Sub(t.first)
}

// measureLogouts ends all sessions of a practice at once and waits until the app was told of each.
func (b *bench) measureLogouts(ctx context.Context, of row) (r result, err error) {
	app, err := newTold(ctx)
	if err != nil {
		return r, err
	}
	defer func() { _ = app.server.Close() }()
	if err := b.gather(ctx, app.url); err != nil {
		return r, err
	}
	pids, err := b.processes(ctx)
	if err != nil {
		return r, err
	}
	before, err := used(pids)
	if err != nil {
		return r, err
	}
	counted0, err := b.stores.count(ctx)
	if err != nil {
		return r, err
	}
	var profiled errgroup.Group
	profiled.Go(func() error { return b.profiles.take(ctx, of, 0, b.gen.duration) })
	if err := b.tellState(ctx, app.url, "suspended"); err != nil {
		return r, err
	}
	for heard := 0; heard < crowd; heard, _ = app.count() {
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	after, err := used(pids)
	if err != nil {
		return r, err
	}
	counted1, err := b.stores.count(ctx)
	_, took := app.count()
	r.Ops, r.Rate, r.CPU = crowd, (crowd-1)/took.Seconds(), map[string]float64{}
	for name := range pids {
		r.CPU[name] = (after[name] - before[name]) / crowd
	}
	r.counted = counted1.minus(counted0, crowd)
	return r, errors.Join(err, profiled.Wait())
}

// gather makes the practice, and sessions of its person: copies of one that a sign-in has made.
func (b *bench) gather(ctx context.Context, app string) error {
	if err := b.tellState(ctx, app, "active"); err != nil {
		return err
	}
	people := "username,name,practice\ntold@bench.example,Told,prc_told\n"
	if err := os.WriteFile(b.nodes[0].file("told.csv"), []byte(people), 0o600); err != nil {
		return err
	}
	if err := b.nodes[0].run(ctx, "import", "users", b.nodes[0].file("told.csv")); err != nil {
		return err
	}
	if _, err := b.gen.run(ctx, "target.json", "code_sso", time.Second, nil); err != nil {
		return err
	}
	return b.stores.copySessions(ctx, crowd)
}

func (b *bench) tellState(ctx context.Context, app, state string) error {
	text := strings.NewReplacer("${BENCH_TOLD}", app, "${BENCH_STATE}", state).Replace(toldFile)
	if err := os.WriteFile(b.nodes[0].file("told.yaml"), []byte(text), 0o600); err != nil {
		return err
	}
	return b.nodes[0].run(ctx, "apply", "-f", b.nodes[0].file("told.yaml"))
}

// copySessions makes live sessions of the person who is told@bench.example at bench-told.
func (s *stores) copySessions(ctx context.Context, n int) error {
	var user string
	if err := s.sql.QueryRow(ctx, "SELECT id FROM users WHERE username = 'told@bench.example'").Scan(&user); err != nil {
		return err
	}
	named := "'ses_' || substr(md5(n::text || clock_timestamp()::text), 1, 26)"
	tag, err := s.sql.Exec(ctx, copying("sessions", "ended_at IS NULL", fmt.Sprintf(
		"'id', %[1]s, 'sign_on', NULL, 'browser_hash', n::text, 'client_id', 'bench-told', 'practice_id', 'prc_told', 'user_id', '%[2]s'", named, user)), 0, n)
	if err == nil && tag.RowsAffected() != int64(n) {
		err = fmt.Errorf("%d sessions were copied, not %d", tag.RowsAffected(), n)
	}
	return err
}
