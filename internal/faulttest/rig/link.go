package rig

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Link is the network between a node and a server: nodes are given its address in place of the server's.
type Link struct {
	t      testing.TB
	proxy  *toxiproxy.Proxy
	target *target
}

// NewLink makes a link to a server that changes nothing.
func NewLink(t testing.TB, to string) *Link {
	t.Helper()
	l := &Link{t: t, target: newTarget(t, to)}
	zerolog.SetGlobalLevel(zerolog.Disabled) // toxics write to the standard error stream otherwise
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l.proxy = toxiproxy.NewProxy(server, "link", "127.0.0.1:0", l.target.listener.Addr().String())
	l.must(l.proxy.Start())
	t.Cleanup(l.proxy.Stop)
	return l
}

// Address is its host:port.
func (l *Link) Address() string { return l.proxy.Listen }

// Point makes the address that of another server. Connections that are there stay with the server before, unless cut says that they
// end, as they do if that server has gone.
func (l *Link) Point(to string, cut bool) { l.target.point(to, cut) }

// Watch calls before with what a node sends, just before the server gets it, and after just then; nil ends that.
func (l *Link) Watch(before, after func(sent []byte)) {
	l.target.mu.Lock()
	defer l.target.mu.Unlock()
	l.target.before, l.target.after = before, after
}

// Down refuses connections and ends those that are there.
func (l *Link) Down() { l.proxy.Stop() }

// Up ends Down.
func (l *Link) Up() {
	l.t.Helper()
	l.must(l.proxy.Start())
}

// Slow makes every answer come later.
func (l *Link) Slow(by time.Duration) {
	l.add("latency", map[string]int64{"latency": by.Milliseconds()})
}

// Hang lets nothing come back: connections are made, and nothing answers.
func (l *Link) Hang() { l.add("timeout", map[string]int64{"timeout": 0}) }

// Reset ends every connection with a TCP reset, also those made from now on.
func (l *Link) Reset() { l.add("reset_peer", map[string]int64{"timeout": 0}) }

// Narrow lets so many thousand bytes a second come back over each connection.
func (l *Link) Narrow(rate int64) { l.add("bandwidth", map[string]int64{"rate": rate}) }

// Clear ends Slow, Hang, Reset and Narrow.
func (l *Link) Clear() { l.proxy.Toxics.ResetToxics(context.Background()) }

func (l *Link) add(kind string, attributes map[string]int64) {
	l.t.Helper()
	text, err := json.Marshal(map[string]any{"type": kind, "stream": "downstream", "attributes": attributes})
	l.must(err)
	_, err = l.proxy.Toxics.AddToxicJson(strings.NewReader(string(text)))
	l.must(err)
}

func (l *Link) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatalf("rig: link: %v", err)
	}
}

// target forwards connections to a server that may change, which the library's proxies can do only by ending all of them.
type target struct {
	listener net.Listener

	mu            sync.Mutex
	to            string
	conns         map[net.Conn]bool
	before, after func([]byte) // see Watch
}

func newTarget(t testing.TB, to string) *target {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("rig: %v", err)
	}
	g := &target{listener: listener, to: to, conns: map[net.Conn]bool{}}
	go g.serve()
	t.Cleanup(func() {
		_ = listener.Close()
		g.point(to, true)
	})
	return g
}

func (g *target) point(to string, cut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.to = to
	for conn := range g.conns {
		if cut {
			_ = conn.Close()
		}
	}
}

func (g *target) serve() {
	for {
		conn, err := g.listener.Accept()
		if err != nil {
			return // closed
		}
		go g.forward(conn)
	}
}

func (g *target) forward(conn net.Conn) {
	defer g.hold(conn)()
	g.mu.Lock()
	to := g.to
	g.mu.Unlock()
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer g.hold(server)()
	ended := make(chan struct{}, 2)
	for from, to := range map[net.Conn]io.Writer{server: conn, conn: watched{g, server}} {
		go func() {
			_, _ = io.Copy(to, from) // however it ends, both connections end
			ended <- struct{}{}
		}()
	}
	<-ended
}

// watched is the way to the server.
type watched struct {
	target *target
	server net.Conn
}

// Write implements io.Writer.
func (w watched) Write(sent []byte) (int, error) {
	w.target.mu.Lock()
	before, after := w.target.before, w.target.after
	w.target.mu.Unlock()
	if before != nil {
		before(sent)
	}
	n, err := w.server.Write(sent)
	if after != nil {
		after(sent)
	}
	return n, err
}

// hold keeps a connection among those that can be cut until let is called, which closes it.
func (g *target) hold(conn net.Conn) (let func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns[conn] = true
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.conns, conn)
		_ = conn.Close()
	}
}
