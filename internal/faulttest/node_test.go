package faulttest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/testenv"
)

// node is a node of APS ID that a row harms.
type node interface {
	address() string
	start()     // again after it has ended; it does not wait until the node is ready
	terminate() // SIGTERM, or what that does; it waits until the node has ended
}

// launch makes a node that serves with these arguments of `apsid serve`, and starts it. The address to listen on is added.
type launch func(t testing.TB, arguments []string) node

// process is `apsid serve` itself.
type process struct {
	t         testing.TB
	listen    string
	program   string
	arguments []string
	running   *exec.Cmd
	ended     chan error // its end, once it has ended
	log       bytes.Buffer
}

// serveBy launches a program.
func serveBy(program string) launch {
	return func(t testing.TB, arguments []string) node {
		p := &process{t: t, listen: "127.0.0.1:" + testenv.FreePort(t), program: program, arguments: arguments}
		p.start()
		t.Cleanup(func() {
			p.kill()
			if t.Failed() {
				text := p.log.String()
				t.Logf("the log of the node at %s ends with:\n%s", p.listen, text[max(0, len(text)-4000):])
			}
		})
		return p
	}
}

func (p *process) address() string { return p.listen }

func (p *process) start() {
	p.t.Helper()
	p.running = exec.Command(p.program, append([]string{"serve", "--listen", p.listen}, p.arguments...)...)
	p.running.Stderr = &p.log
	fatal(p.t, p.running.Start())
	ended := make(chan error, 1)
	go func(cmd *exec.Cmd) { ended <- cmd.Wait() }(p.running)
	p.ended = ended
}

func (p *process) terminate() {
	p.t.Helper()
	fatal(p.t, p.running.Process.Signal(syscall.SIGTERM))
	if err := <-p.ended; err != nil {
		p.t.Errorf("a node that was told to end ended with %v", err)
	}
	p.running = nil
}

// kill is kill -9. It does nothing to a node that was killed already.
func (p *process) kill() {
	if p.running == nil {
		return
	}
	_ = p.running.Process.Kill()
	<-p.ended // it says that it was killed
	p.running = nil
}

// gaveUp reports whether the node has ended by itself, with an error, and what it said last.
func (p *process) gaveUp(most time.Duration) (said string, gaveUp bool) {
	select {
	case err := <-p.ended:
		p.running = nil
		return p.log.String(), err != nil
	case <-time.After(most):
		return "", false
	}
}

// inside is a node within the test's own process, with a clock of its own.
type inside struct {
	t        testing.TB
	listen   string
	settings config.Node
	clock    *testenv.Clock
	end      func() error
}

// serveInside launches a node within the test, whose clock is ahead of the real one by that.
func serveInside(ahead time.Duration) launch {
	clock := &testenv.Clock{}
	clock.Advance(ahead)
	return serveBehind(clock)
}

// serveBehind launches nodes within the test which all have this clock.
func serveBehind(clock *testenv.Clock) launch {
	return func(t testing.TB, arguments []string) node {
		t.Helper()
		n := &inside{t: t, listen: "127.0.0.1:" + testenv.FreePort(t), clock: clock}
		n.settings = settings(t, append([]string{"--listen", n.listen}, arguments...))
		n.start()
		t.Cleanup(n.terminate)
		return n
	}
}

// settings reads the arguments as the command line does.
func settings(t testing.TB, arguments []string) config.Node {
	t.Helper()
	var given struct {
		config.Server `embed:""`
	}
	parser, err := kong.New(&given, kong.DefaultEnvars(config.EnvPrefix))
	fatal(t, err)
	_, err = parser.Parse(arguments)
	fatal(t, err)
	node, err := given.Complete()
	fatal(t, err)
	return node
}

func (n *inside) address() string { return n.listen }

func (n *inside) start() {
	n.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	made, err := server.New(ctx, n.settings, server.Deps{Logger: slog.New(slog.DiscardHandler), Clock: n.clock.Now, HashMemory: testenv.HashMemory})
	if err != nil {
		cancel()
		n.t.Fatalf("a node: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- made.Run(ctx) }()
	n.end = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
}

func (n *inside) terminate() {
	if err := n.end(); err != nil && !errors.Is(err, context.Canceled) {
		n.t.Errorf("a node that was told to end ended with %v", err)
	}
}

// isReady asks a node whether it may get traffic.
func isReady(address string) bool {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + address + "/readyz")
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// build compiles the program of a work tree.
func build(t testing.TB, tree string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "apsid")
	cmd := exec.Command("go", "build", "-o", program, "./cmd/apsid") // with the flags of the tests, so that what they compiled is used
	cmd.Dir = tree
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return program
}

// unlistened is an address at which nothing listens, of the redirect URI: a person's browser stops there.
const unlistened = "http://127.0.0.1:9/callback"
