package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

//go:embed target.json
var targetFile string

//go:embed floor.json
var floorFile string

// generator is the load generator, and how long it measures.
type generator struct {
	program  string
	dir      string
	environ  []string
	workers  int
	duration time.Duration
	floor    *exec.Cmd
}

// result is what the load generator says of one operation. Times are milliseconds.
type result struct {
	Ops     float64            `json:"ops"`
	Rate    float64            `json:"ops_per_s"`
	Errors  int                `json:"errors"`
	First   string             `json:"first_error"`
	P50     float64            `json:"p50_ms"`
	P99     float64            `json:"p99_ms"`
	Max     float64            `json:"max_ms"`
	CPU     map[string]float64 `json:"cpu_ms_per_op"`
	Others  float64            `json:"others_cores"`
	counted                    // per operation
}

// node is what all nodes took.
func (r result) node() (sum float64) {
	for name, cost := range r.CPU {
		if strings.HasPrefix(name, serverName) {
			sum += cost
		}
	}
	return sum
}

func (r result) postgres() float64 { return r.CPU["postgres"] }
func (r result) redis() float64    { return r.CPU["redis"] }
func (r result) stores() float64   { return r.postgres() + r.redis() }
func (r result) cost() float64     { return r.node() + r.stores() }

// findGenerator returns the program's path.
func findGenerator(given string) (string, error) {
	path, err := exec.LookPath(given)
	if err != nil {
		return "", fmt.Errorf("the load generator %q is not there: put it into PATH, or name it with LOADGEN=PATH", given)
	}
	return path, nil
}

// newGenerator starts the bare server that is the floor.
func newGenerator(ctx context.Context, program, dir string, nodes []*node, database, redis string, workers int, duration time.Duration) (*generator, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	postgresAt, err := url.Parse(database)
	if err != nil {
		return nil, err
	}
	redisAt, err := url.Parse(redis)
	if err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"target.json": targetFile, "floor.json": floorFile} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	g := &generator{program: program, dir: dir, workers: workers, duration: duration, environ: append(os.Environ(),
		"LG_BASE="+nodes[0].base, "LG_NODES="+processesOf(nodes), "LG_POSTGRES_PORT="+postgresAt.Port(),
		"LG_REDIS_PORT="+redisAt.Port(), "LG_SECRET="+secret, "LG_PASSWORD="+password, "LG_FLOOR_PORT="+port, "LG_APP=bench-app")}
	g.floor = exec.CommandContext(ctx, program, "hello", "-addr", "127.0.0.1:"+port)
	if err := g.floor.Start(); err != nil {
		return nil, err
	}
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			return g, conn.Close()
		}
		select {
		case <-ctx.Done():
			return g, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// serverName begins the names of nodes among the processes whose CPU is measured; the balancer's is another, which no column counts.
const serverName = "server"

// processesOf lists the nodes as the load generator wants them named, and the balancer if there are several: it is this process.
func processesOf(nodes []*node) string {
	var list []string
	for i, n := range nodes {
		list = append(list, fmt.Sprintf(`{"name": "%s%d", "pid": %d}`, serverName, i+1, n.process.Process.Pid))
	}
	if len(nodes) > 1 {
		list = append(list, fmt.Sprintf(`{"name": "balancer", "pid": %d}`, os.Getpid()))
	}
	return strings.Join(list, ", ")
}

func (g *generator) close() error {
	if err := g.floor.Process.Kill(); err != nil {
		return err
	}
	_ = g.floor.Wait() // it was killed
	return nil
}

// measureFloor measures the floor for a moment, long enough for a cost to two digits.
func (g *generator) measureFloor(ctx context.Context, f floor) (result, error) {
	done, err := g.run(ctx, "floor.json", string(f), max(g.duration/3, 2*time.Second), nil)
	if err == nil && done.cost() == 0 { // the kernel counts CPU in hundredths of a second
		err = errors.New("the floor got no processor to speak of: the machine is too busy to measure anything")
	}
	return done, err
}

// measure has the workers carry out a row's operation again and again. What the stores are given is counted meanwhile.
func (g *generator) measure(ctx context.Context, r row, s *stores) (result, error) {
	environ := []string{"LG_INTROSPECTED=cc", "LG_INTROSPECTS=bench-api", "LG_APP=bench-app"}
	switch {
	case r.name == "introspect-person":
		environ = []string{"LG_INTROSPECTED=code", "LG_INTROSPECTS=bench-app", "LG_APP=bench-app"}
	case strings.HasSuffix(r.name, withES256):
		environ = append(environ, "LG_APP=bench-app"+withES256) // the last one counts
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	var seen []sighting
	var watched errgroup.Group
	watched.Go(func() (err error) { seen, err = s.watch(ctx); return err })
	done, err := g.run(ctx, "target.json", r.scenario, g.duration, environ)
	end()
	if err = errors.Join(err, watched.Wait()); err != nil {
		return done, fmt.Errorf("%s: %w", r.name, err)
	}
	done.counted = lastly(seen, g.duration*4/5).minus(counted{}, done.Rate) // the generator ends as soon as it has measured
	return done, nil
}

// warmup is how long an operation is carried out before it is measured.
const warmup = 1500 * time.Millisecond

func (g *generator) run(ctx context.Context, target, scenario string, duration time.Duration, environ []string) (result, error) {
	out := filepath.Join(g.dir, "result.jsonl")
	if err := os.Remove(out); err != nil && !errors.Is(err, os.ErrNotExist) {
		return result{}, err
	}
	cmd := exec.CommandContext(ctx, g.program, "run", "-s", scenario, "-c", strconv.Itoa(g.workers), "-d", duration.String(),
		"-w", warmup.String(), "-o", out, filepath.Join(g.dir, target))
	cmd.Env = append(g.environ, environ...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return result{}, fmt.Errorf("the load generator: %w: %s", err, bytes.TrimSpace(said))
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return result{}, err
	}
	var done result
	if err := json.Unmarshal(text, &done); err != nil {
		return result{}, err
	}
	if done.Ops == 0 {
		return done, fmt.Errorf("the load generator completed nothing: %s", done.First)
	}
	return done, nil
}
