package backchannel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbound"
)

// ABUSE 13
func TestRegisteredAddressesThatAreNeverCalled(t *testing.T) {
	for _, open := range []bool{false, true} {
		p := newPost(t, open, nil)
		for _, uri := range []string{
			"http://app.example/bye", "http://10.0.0.1/bye", "http://localhost.example/bye", "ftp://app.example/", "file:///etc/passwd", "gopher://app.example/",
			"//app.example/bye", "/bye", "bye", "https:///bye", "https:app.example", "https://user@app.example/", "https://user:word@app.example/",
			"https://app.example/#top", "https://app.example/%zz", "javascript:alert(1)", "https://app.example:port/",
		} {
			p.register(uri)
			if err := p.tell(); !errors.Is(err, &idp.Error{Code: idp.CodeInvalid}) && idp.CodeOf(err) != idp.CodeInvalid {
				t.Errorf("%s: %v", uri, err)
			}
		}
	}
	p := newPost(t, false, newApp(t, httptest.NewServer, http.StatusOK).Server)
	if err := p.tell(); idp.CodeOf(err) != idp.CodeInvalid {
		t.Errorf("http to loopback with the switch off: %v", err)
	}
}

// ABUSE 13: however the address is written, no connection is made.
func TestOwnNetworkIsNotReached(t *testing.T) {
	a := newApp(t, httptest.NewTLSServer, http.StatusOK)
	p := newPost(t, false, a.Server)
	port := a.Listener.Addr().(*net.TCPAddr).Port
	for _, host := range []string{"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "017700000001", "0.0.0.0", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[fe80::1%25lo]", "10.0.0.1", "169.254.169.254"} {
		p.register(fmt.Sprintf("https://%s:%d/bye", host, port))
		began := time.Now()
		if err := p.tell(); idp.CodeOf(err) != idp.CodeUnavailable {
			t.Errorf("%s: %v", host, err)
		}
		if time.Since(began) > 4*time.Second {
			t.Errorf("%s: was tried", host)
		}
	}
	if len(a.calls) != 0 {
		t.Errorf("%d calls came through", len(a.calls))
	}
	if len(p.trail.events) != 0 {
		t.Errorf("audit trail: %+v", p.trail.events)
	}
}

// ABUSE 13: a name of the attacker's that resolves to our own network at the moment of the call.
func TestNameThatTurnsInwards(t *testing.T) {
	a := newApp(t, httptest.NewTLSServer, http.StatusOK)
	for _, answer := range []string{"127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0"} {
		names := newNames(t, answer)
		p := newPost(t, false, a.Server)
		p.Deliverer = p.build(false, outbound.Network{Resolver: names.resolver()})
		p.register(fmt.Sprintf("https://app.attacker.example:%d/bye", a.Listener.Addr().(*net.TCPAddr).Port))
		err := p.tell()
		if idp.CodeOf(err) != idp.CodeUnavailable || !strings.Contains(err.Error(), "address "+answer+" is not public") {
			t.Errorf("%s: %v", answer, err)
		}
		if names.asked.Load() == 0 {
			t.Errorf("%s: the name was not asked for", answer)
		}
	}
	if len(a.calls) != 0 {
		t.Errorf("%d calls came through", len(a.calls))
	}
}

// names is a name server that answers every question for an IPv4 address alike.
type names struct {
	conn  net.PacketConn
	asked atomic.Int32
}

func newNames(t *testing.T, answer string) *names {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{conn: conn}
	t.Cleanup(func() { _ = conn.Close() })
	addr := netip.MustParseAddr(answer).As4()
	go n.serve(addr)
	return n
}

func (n *names) serve(answer [4]byte) {
	packet := make([]byte, 512)
	for {
		size, from, err := n.conn.ReadFrom(packet)
		if err != nil {
			return
		}
		n.asked.Add(1)
		_, _ = n.conn.WriteTo(reply(packet[:size], answer), from)
	}
}

// reply answers a DNS question (RFC 1035, section 4.1): an A record, or nothing for other types.
func reply(query []byte, answer [4]byte) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	kind, question := binary.BigEndian.Uint16(query[end+1:]), query[12:end+5]
	out := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if kind == 1 {
		out[7] = 1
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		out = append(out, answer[:]...)
	}
	return out
}

func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", n.conn.LocalAddr().String())
	}}
}

// ABUSE 13
func TestRedirectsAreNotFollowed(t *testing.T) {
	inside := newApp(t, httptest.NewServer, http.StatusOK)
	for _, status := range []int{301, 302, 303, 307, 308} {
		lure := httptest.NewTLSServer(http.RedirectHandler(inside.URL+"/metadata", status))
		t.Cleanup(lure.Close)
		if err := newPost(t, true, lure).tell(); idp.CodeOf(err) != idp.CodeUnavailable {
			t.Errorf("%d: %v", status, err)
		}
	}
	if len(inside.calls) != 0 {
		t.Error("a redirect was followed")
	}
}

// ABUSE 13: neither a proxy from the environment is used, nor a certificate accepted that no known authority has issued.
func TestNobodyStandsBetween(t *testing.T) {
	a := newApp(t, httptest.NewTLSServer, http.StatusOK)
	p := newPost(t, true, a.Server)
	if transport := p.http.Transport.(*http.Transport); transport.Proxy != nil || transport.TLSClientConfig.InsecureSkipVerify {
		t.Error("the connection may lead elsewhere")
	}
	p.Deliverer = p.build(true, outbound.Network{}) // the system's roots do not know the certificate
	if err := p.tell(); idp.CodeOf(err) != idp.CodeUnavailable || len(a.calls) != 0 {
		t.Errorf("%v, %d calls", err, len(a.calls))
	}
}

// ABUSE 13: five seconds, whichever part of the answer is slow.
func TestSlowAppIsLeft(t *testing.T) {
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		code   idp.Code
	}{
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { hang(r) }, idp.CodeUnavailable},
		"no end to it": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			hang(r)
		}, ""}, // the status has arrived: the app has been told
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(row.answer)
			t.Cleanup(server.Close)
			p := newPost(t, true, server)
			began := time.Now()
			err := p.tell()
			if took := time.Since(began); took > outbound.CallLimit+2*time.Second || idp.CodeOf(err) != row.code {
				t.Errorf("%v after %v", err, took)
			}
		})
	}
}

// hang waits until the caller has gone, which a server learns only once it has read the request.
func hang(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// ABUSE 13: the rest of an endless answer is not read.
func TestEndlessAnswer(t *testing.T) {
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 64<<10)
		for {
			n, err := w.Write(block)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	if err := newPost(t, true, server).tell(); err != nil {
		t.Errorf("the status said it all: %v", err)
	}
	server.Close() // waits for the handler
	const buffers = 8 << 20
	if sent.Load() > maxAnswer+buffers {
		t.Errorf("%d bytes left the app", sent.Load())
	}

	long := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
	}))
	t.Cleanup(long.Close)
	if err := newPost(t, true, long).tell(); idp.CodeOf(err) != idp.CodeUnavailable {
		t.Errorf("a mebibyte of headers: %v", err)
	}
}

// A compressed answer is not decompressed.
func TestPackedAnswerIsNotUnpacked(t *testing.T) {
	var asked atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Header.Get("Accept-Encoding"))
		_, _ = io.WriteString(w, "ok")
	}))
	t.Cleanup(server.Close)
	if err := newPost(t, true, server).tell(); err != nil || asked.Load() != "" {
		t.Errorf("%v, Accept-Encoding %q", err, asked.Load())
	}
}
