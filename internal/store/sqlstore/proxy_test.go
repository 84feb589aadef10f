package sqlstore_test

import (
	"context"
	"database/sql"
	"net"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// gate lets bytes through, or holds them back without closing anything, as a network that fails does.
type gate struct {
	mu   sync.Mutex
	open *sync.Cond
	shut bool
	over bool
}

func (g *gate) stall() { g.set(func() { g.shut = true }) }
func (g *gate) flow()  { g.set(func() { g.shut = false }) }

func (g *gate) set(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
	g.open.Broadcast()
}

func (g *gate) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.shut && !g.over {
		g.open.Wait()
	}
}

// stallable puts a gate in front of the database and returns the URL through it.
func stallable(t *testing.T, address string) (string, *gate) {
	t.Helper()
	g := &gate{}
	g.open = sync.NewCond(&g.mu)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.set(func() { g.over = true })
		_ = listener.Close()
	})
	target := hostOf(t, address)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := dial(context.Background(), target)
			if err != nil {
				_ = client.Close()
				continue
			}
			go g.copy(server, client)
			go g.copy(client, server)
		}
	}()
	return proxied(t, address, listener.Addr().String()), g
}

func (g *gate) copy(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		g.pass()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

type anyOutbox struct{}

func (anyOutbox) Enqueue(context.Context, *sql.Tx, idp.Notice) error { return errGiveUp }

func (anyOutbox) EnqueueLogouts(context.Context, *sql.Tx, []idp.Logout) error { return errGiveUp }

// noJobs takes messages and forgets them.
type noJobs struct{ anyOutbox }

func (noJobs) EnqueueLogouts(context.Context, *sql.Tx, []idp.Logout) error { return nil }
