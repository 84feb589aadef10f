package outbound

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// CallLimit is how long a call takes at most: connection, answer and all.
const CallLimit = 5 * time.Second

const (
	maxHeaders  = 64 << 10
	idleLimit   = 30 * time.Second
	maxIdle     = 128
	maxIdleHost = 16 // more than the messages of a logout that an app that answers quickly gets at once: each would need a new handshake
)

// Network is how names are looked up and certificates checked; the zero value leaves both to the system.
type Network struct {
	Resolver *net.Resolver
	TLS      *tls.Config
}

// NewClient returns a client that connects to nothing the guard refuses. The guard sees the address of the very connection that
// is about to be made, so an attacker gains nothing by a name that resolves to another address at each look-up.
func NewClient(g Guard, n Network) *http.Client {
	dialer := &net.Dialer{
		Timeout: CallLimit, Resolver: n.Resolver,
		Control: func(_, address string, _ syscall.RawConn) error {
			addr, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("address %q: %w", address, err)
			}
			return g.Check(addr.Addr())
		},
	}
	return &http.Client{
		Timeout:       CallLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, TLSClientConfig: n.TLS, TLSHandshakeTimeout: CallLimit,
			DisableCompression: true, MaxResponseHeaderBytes: maxHeaders,
			MaxIdleConns: maxIdle, MaxIdleConnsPerHost: maxIdleHost, IdleConnTimeout: idleLimit,
		},
	}
}

// Cause is the error without the address, which may hold what only the client's owner should read.
func Cause(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}
