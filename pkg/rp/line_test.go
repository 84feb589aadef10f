package rp_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/rp"
)

// line is the app's way to the provider. Connections that have been cut fail when they are used again, not before: so it is
// with one that a server closes in the very moment in which a request comes.
type line struct {
	mu  sync.Mutex
	all []*wire
}

type wire struct {
	net.Conn
	mu  sync.Mutex
	cut bool
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: conn}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, w)
	return w, nil
}

// cutAll cuts the connections there are, and returns how many.
func (l *line) cutAll() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.all {
		w.mu.Lock()
		w.cut = true
		w.mu.Unlock()
	}
	return len(l.all)
}

func (w *wire) broken() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut
}

func (w *wire) Write(p []byte) (int, error) {
	if !w.broken() {
		return w.Conn.Write(p)
	}
	return len(p), w.Close() // the reader learns of it
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if w.broken() {
		return 0, syscall.ECONNRESET
	}
	return n, err
}

// A server that closes connections after a minute meets an app that reports once a minute.
func TestReportSurvivesAConnectionThatIsJustClosed(t *testing.T) {
	l := &line{}
	w := newWorld(t, func(w *world, c *rp.Config) {
		w.provider.Limit(24*time.Hour, 15*time.Minute)
		c.Client = &http.Client{Transport: &http.Transport{DialContext: l.dial}, Timeout: 10 * time.Second}
	})
	s := w.signedIn("usr_mia")
	w.clock.advance(2 * time.Minute)
	if l.cutAll() == 0 {
		t.Fatal("there was no connection")
	}
	if p := s.report(`{"idle_seconds": 1}`); p.status != http.StatusOK {
		t.Fatalf("%+v", p)
	}
	if all := w.provider.Reports(); len(all) != 1 || all[0].Status != http.StatusOK {
		t.Errorf("the provider was told %+v", all)
	}
}
