package redisstore

import (
	"net"
	"sync"
	"time"
)

// pipe is a connection to the embedded server that never waits while it writes, as one with buffers in the kernel. Without
// that, a long pipeline would never end: the server answers its first commands before it reads on, and the client reads only
// once it has written everything.
type pipe struct {
	net.Conn

	mu      sync.Mutex
	pending net.Buffers
	closed  bool
	wake    *sync.Cond
}

func newPipe(conn net.Conn) *pipe {
	p := &pipe{Conn: conn}
	p.wake = sync.NewCond(&p.mu)
	go p.pump()
	return p
}

// Write queues the bytes.
func (p *pipe) Write(bytes []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, net.ErrClosed
	}
	p.pending = append(p.pending, append([]byte(nil), bytes...))
	p.wake.Signal()
	return len(bytes), nil
}

// SetDeadline bounds reading: writing never waits.
func (p *pipe) SetDeadline(at time.Time) error { return p.SetReadDeadline(at) }

// SetWriteDeadline does nothing: writing never waits.
func (*pipe) SetWriteDeadline(time.Time) error { return nil }

// Close ends both directions.
func (p *pipe) Close() error {
	p.mu.Lock()
	p.closed = true
	p.wake.Signal()
	p.mu.Unlock()
	return p.Conn.Close()
}

// pump passes on what was queued, until the connection ends.
func (p *pipe) pump() {
	for {
		some, open := p.take()
		if !open {
			return
		}
		if _, err := some.WriteTo(p.Conn); err != nil {
			_ = p.Close()
			return
		}
	}
}

// take waits for something to pass on.
func (p *pipe) take() (some net.Buffers, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.pending) == 0 && !p.closed {
		p.wake.Wait()
	}
	some, p.pending = p.pending, nil
	return some, !p.closed
}
