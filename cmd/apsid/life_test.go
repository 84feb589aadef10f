package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// said collects what a process writes.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// starts starts "apsid serve" with more arguments, on an address of its own, and does not wait for it.
func (p *place) starts(listen string, more ...string) (*exec.Cmd, *said) {
	p.t.Helper()
	words := &said{}
	node := p.command(append([]string{"--listen", listen, "--log-level", "info", "--log-format", "text"}, more...)...)
	node.Stderr = words
	fatal(p.t, node.Start())
	p.t.Cleanup(func() { _ = node.Process.Kill() })
	return node, words
}

func (p *place) awaitReady(address string) {
	p.t.Helper()
	p.await("ready: "+address, func() bool { return readiness(address) == http.StatusOK })
}

// ask returns the status of /readyz, 0 if there is no answer.
func readiness(address string) int {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + address + "/readyz")
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func exitOf(t *testing.T, node *exec.Cmd) int {
	t.Helper()
	err := node.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return node.ProcessState.ExitCode()
}

// balancer passes requests on in turns, over connections that it keeps, to the nodes whose /readyz says yes. It repeats no request.
type balancer struct {
	nodes []string
	ready []atomic.Bool
	turn  atomic.Int64
	next  http.Transport
}

func newBalancer(ctx context.Context, nodes ...string) *balancer {
	b := &balancer{nodes: nodes, ready: make([]atomic.Bool, len(nodes)), next: http.Transport{MaxIdleConnsPerHost: 100}}
	for i, node := range nodes {
		b.ready[i].Store(true)
		go func() {
			again := time.NewTicker(50 * time.Millisecond)
			defer again.Stop()
			for ctx.Err() == nil {
				b.ready[i].Store(readiness(node) == http.StatusOK)
				<-again.C
			}
		}()
	}
	return b
}

// send is a POST, which the transport does not repeat by itself when a connection that it kept turns out to be closed.
func (b *balancer) send(ctx context.Context) error {
	at, turn := -1, int(b.turn.Add(1))
	for i := range b.nodes {
		if i = (turn + i) % len(b.nodes); b.ready[i].Load() {
			at = i
			break
		}
	}
	if at < 0 {
		return errors.New("no node is ready")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+b.nodes[at]+"/oauth/token", strings.NewReader("grant_type=none"))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := b.next.RoundTrip(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return errors.Join(err, response.Body.Close())
}

// A node that is told to stop breaks no request behind a proxy that follows /readyz and repeats nothing; each step is in the log.
func TestStoppingBreaksNoRequest(t *testing.T) {
	t.Parallel()
	p := newPlace(t, func(t *testing.T) (string, string) { return storetest.Postgres(t), testenv.Redis(t) })
	one, two := freeAddress(t), freeAddress(t)
	first, words := p.starts(one, "--shutdown-pause", "4s")
	p.awaitReady(one)
	second, _ := p.starts(two, "--shutdown-pause", "0s")
	p.awaitReady(two)

	ctx, stop := context.WithCancel(t.Context())
	proxy := newBalancer(ctx, one, two)
	var sent, broken atomic.Int64
	var clients sync.WaitGroup
	for range 12 {
		clients.Go(func() {
			for ctx.Err() == nil {
				if err := proxy.send(t.Context()); err != nil {
					broken.Add(1)
					t.Errorf("broken: %v", err)
				}
				sent.Add(1)
			}
		})
	}
	p.await("traffic", func() bool { return sent.Load() > 200 })
	fatal(t, first.Process.Signal(syscall.SIGTERM))
	if code := exitOf(t, first); code != 0 {
		t.Errorf("exit code %d", code)
	}
	before := sent.Load()
	p.await("traffic to the other node", func() bool { return sent.Load() > before+200 })
	stop()
	clients.Wait()
	t.Logf("%d requests sent, %d broken", sent.Load(), broken.Load())
	said := words.String()
	for _, step := range []string{
		"not ready any more", "the listener is closed", "all requests are finished", "work in the background has ended", "the stores are closed",
	} {
		at := strings.Index(said, step)
		if at < 0 {
			t.Fatalf("the log does not say %q, or not in order: %s", step, words)
		}
		said = said[at:]
	}

	// A second signal ends it at once.
	third, _ := p.starts(one, "--shutdown-pause", "10m")
	p.awaitReady(one)
	fatal(t, third.Process.Signal(syscall.SIGTERM))
	p.await("it stops", func() bool { return readiness(one) == http.StatusServiceUnavailable })
	fatal(t, third.Process.Signal(syscall.SIGTERM))
	if exitOf(t, third) == 0 {
		t.Error("the second signal was waited for")
	}
	p.stop(second)
}

// ABUSE 55: a second node on one SQLite file is refused in one line and harms nothing; after kill -9 the next one starts.
func TestSecondNodeOnOneFileIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t, func(t *testing.T) (string, string) {
		return "sqlite:" + filepath.Join(t.TempDir(), "apsid.db"), config.Embedded
	})
	first := p.serve()
	second, words := p.starts(freeAddress(t))
	if code := exitOf(t, second); code != 1 || strings.Count(words.String(), "\n") != 1 || !strings.Contains(words.String(), "another process serves from this database file") {
		t.Errorf("exit code %d: %s", code, words)
	}
	if status := readiness(p.given.HTTP.Listen); status != http.StatusOK {
		t.Errorf("the first node answers %d", status)
	}
	verify := p.program("audit", "verify", "--state-dir", p.given.Stores.StateDir)
	if text, err := verify.CombinedOutput(); err != nil {
		t.Errorf("a command beside: %v, %s", err, text)
	}
	p.kill(first)
	p.stop(p.serve())
}

// A node waits for its database, says where it looks and why, without the password, and starts once it is there; for mistakes it does not
// wait.
func TestNodeWaitsForItsStores(t *testing.T) {
	t.Parallel()
	cluster := testenv.NewCluster(t)
	p := newPlace(t, func(t *testing.T) (string, string) { return cluster.URL(), testenv.Redis(t) })
	cluster.Kill()
	listen := freeAddress(t)
	node, words := p.starts(listen, "--start-wait", "5m", "--shutdown-pause", "0s")
	p.await("it waits for the database", func() bool { return strings.Contains(words.String(), "waiting for the database at 127.0.0.1:") })
	cluster.Start()
	p.await("it waits for the schema", func() bool { return strings.Contains(words.String(), "apsid migrate up") })
	_, err := server.Migrate(t.Context(), p.config.Places().SQL)
	fatal(t, err)
	p.awaitReady(listen)
	if status := p.program("health", "--listen", listen); status.Run() != nil {
		t.Error("apsid health does not find it")
	}
	p.stop(node)
	if status := p.program("health", "--listen", listen); status.Run() == nil {
		t.Error("apsid health finds a node that has ended")
	}

	cluster.Kill()
	node, words = p.starts(listen, "--start-wait", "1s")
	if code := exitOf(t, node); code != 1 || !strings.Contains(words.String(), "apsid: gave up after waiting 1s for the database at") {
		t.Errorf("exit code %d: %s", code, words)
	}
	node, words = p.starts(listen, "--start-wait", "5m")
	p.await("it waits", func() bool { return strings.Contains(words.String(), "waiting for") })
	fatal(t, node.Process.Signal(syscall.SIGTERM))
	if code := exitOf(t, node); code != 1 || !strings.Contains(words.String(), "apsid: stopped while it waited for") {
		t.Errorf("told to stop: exit code %d: %s", code, words)
	}
	cluster.Start()
	p.given.Stores.DatabaseURL = config.NewSecret(strings.Replace(cluster.URL(), "/postgres?", "/none?", 1))
	node, words = p.starts(listen, "--start-wait", "5m")
	if code := exitOf(t, node); code != 1 || strings.Contains(words.String(), "waiting") || !strings.Contains(words.String(), `"none" does not exist`) {
		t.Errorf("a mistake: exit code %d: %s", code, words)
	}
}

// SIGHUP takes over what may change; a configuration that can't be used is refused in one line, and the one before stays.
func TestReload(t *testing.T) {
	t.Parallel()
	p := newPlace(t, func(t *testing.T) (string, string) {
		return "sqlite:" + filepath.Join(t.TempDir(), "apsid.db"), config.Embedded
	})
	file := filepath.Join(t.TempDir(), "apsid.yaml")
	write := func(text string) { fatal(t, os.WriteFile(file, []byte(text), 0o600)) }
	write("log-level: warn\nshutdown-pause: 0s\n")
	words := &said{}
	node := p.command("--config", file, "--log-format", "text")
	node.Stderr = words
	fatal(t, node.Start())
	t.Cleanup(func() { _ = node.Process.Kill() })
	listen := p.given.HTTP.Listen
	p.awaitReady(listen)
	if strings.Contains(words.String(), "level=INFO") {
		t.Fatalf("at level warn: %s", words)
	}
	write("log-level: info\nshutdown-pause: 0s\n")
	fatal(t, node.Process.Signal(syscall.SIGHUP))
	p.await("reloaded", func() bool { return strings.Contains(words.String(), "msg=reloaded log_level=info") })
	write("log-level: loud\n")
	fatal(t, node.Process.Signal(syscall.SIGHUP))
	p.await("refused", func() bool { return strings.Contains(words.String(), "not reloaded: the settings before stay") })
	p.await("still at info", func() bool {
		response, err := http.Get("http://" + listen + "/account") // a probe leaves no line
		fatal(t, err)
		fatal(t, response.Body.Close())
		return strings.Contains(words.String(), "/account")
	})
	p.stop(node)
}
