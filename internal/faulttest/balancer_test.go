package faulttest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"testing"
	"time"
)

// What the balancer answers itself says so in this header: it is never a page of ours.
const (
	balancerHeader = "Balancer"
	balancerNone   = "no node is ready"
	balancerCut    = "the node did not answer"
)

// How often a node is asked whether it is ready, and how long an answer may take. A node that does not answer in that time stays as it
// is: on a crowded machine that is no fault of the node.
const (
	probeEvery  = 100 * time.Millisecond
	probeWithin = 5 * time.Second
)

// balancer is a load balancer of the plainest kind: it gives each request to the next node whose /readyz says 200, over a connection
// of its own, and never tries again. When no node says so, all get requests, as those of the large clouds have it: a fault of all nodes
// is answered by a page of theirs.
type balancer struct {
	listener  net.Listener
	transport *http.Transport
	ended     context.Context

	mu    sync.Mutex
	ready map[string]bool // by the node's address
	order []string
	turn  int
	only  string // the one node that gets everything; "" for all in turn
}

// newBalancer listens, and has no nodes yet.
func newBalancer(t testing.TB) *balancer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	ended, end := context.WithCancel(context.Background())
	b := &balancer{listener: listener, transport: &http.Transport{DisableKeepAlives: true}, ready: map[string]bool{}, ended: ended}
	proxy := &httputil.ReverseProxy{
		Transport: b,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "node" // RoundTrip chooses it
			r.Out.Host = r.In.Host
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"] // each person has an address of their own
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.Header().Set(balancerHeader, balancerCut)
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		end()
		_ = server.Close()
	})
	return b
}

func (b *balancer) url() string { return "http://" + b.listener.Addr().String() }

// add puts a node behind it.
func (b *balancer) add(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.order = append(b.order, address)
	go b.probe(address)
}

func (b *balancer) probe(address string) {
	again := time.NewTicker(probeEvery)
	defer again.Stop()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: probeWithin}
	for b.ended.Err() == nil {
		response, err := client.Get("http://" + address + "/readyz")
		if err == nil {
			_ = response.Body.Close()
		}
		var slow net.Error
		if !errors.As(err, &slow) || !slow.Timeout() {
			b.mu.Lock()
			b.ready[address] = err == nil && response.StatusCode == http.StatusOK
			b.mu.Unlock()
		}
		<-again.C
	}
}

// next is the node whose turn it is; "" if there is none.
func (b *balancer) next() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.only != "" {
		return b.only
	}
	for range b.order {
		b.turn++
		if address := b.order[b.turn%len(b.order)]; b.ready[address] {
			return address
		}
	}
	if len(b.order) == 0 {
		return ""
	}
	b.turn++
	return b.order[b.turn%len(b.order)]
}

// narrow gives every request to one node; "" ends that.
func (b *balancer) narrow(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.only = address
}

// serves reports how many nodes it gives requests to.
func (b *balancer) serves() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, ready := range b.ready {
		if ready {
			n++
		}
	}
	return n
}

// RoundTrip implements http.RoundTripper.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	address := b.next()
	if address == "" {
		header := http.Header{balancerHeader: {balancerNone}}
		return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: header, Body: http.NoBody, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
	}
	r.URL.Host = address
	return b.transport.RoundTrip(r)
}
