package main

import (
	"context"
	"io"
	"net"
	"sync/atomic"
)

// balancer passes connections on to the nodes in turn, as a load balancer before them does. It is part of this program: what it costs is
// told apart from what the nodes do.
type balancer struct {
	listener net.Listener
	nodes    []string // host:port
	next     atomic.Uint64
}

func newBalancer(ctx context.Context, listen string, nodes []string) (*balancer, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, err
	}
	b := &balancer{listener: listener, nodes: nodes}
	go b.accept(ctx)
	return b, nil
}

func (b *balancer) accept(ctx context.Context) {
	for {
		client, err := b.listener.Accept()
		if err != nil { // it was closed
			return
		}
		go b.carry(ctx, client)
	}
}

// carry connects the client with a node until one of them ends.
func (b *balancer) carry(ctx context.Context, client net.Conn) {
	defer func() { _ = client.Close() }()
	var dialer net.Dialer
	node, err := dialer.DialContext(ctx, "tcp", b.nodes[b.next.Add(1)%uint64(len(b.nodes))])
	if err != nil {
		return
	}
	defer func() { _ = node.Close() }()
	go func() {
		_, _ = io.Copy(client, node)
		_ = client.Close()
	}()
	_, _ = io.Copy(node, client)
}

func (b *balancer) close() error { return b.listener.Close() }
