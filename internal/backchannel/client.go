package backchannel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	callLimit   = 5 * time.Second // connection, answer and all
	maxAnswer   = 1 << 20         // bytes of an answer that are taken off the wire
	maxHeaders  = 64 << 10
	idleLimit   = 30 * time.Second
	maxIdle     = 128
	maxIdleHost = 16 // more than the messages that an app that answers quickly gets at once: each would need a new handshake
)

// network is how names are looked up and certificates checked; the zero value leaves both to the system.
type network struct {
	resolver *net.Resolver
	tls      *tls.Config
}

// newClient returns a client that connects to nothing the guard refuses. The guard sees the address of the very connection that
// is about to be made, so an attacker gains nothing by a name that resolves to another address at each look-up.
func newClient(g guard, n network) *http.Client {
	dialer := &net.Dialer{
		Timeout: callLimit, Resolver: n.resolver,
		Control: func(_, address string, _ syscall.RawConn) error {
			addr, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("address %q: %w", address, err)
			}
			return g.check(addr.Addr())
		},
	}
	return &http.Client{
		Timeout:       callLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, TLSClientConfig: n.tls, TLSHandshakeTimeout: callLimit,
			DisableCompression: true, MaxResponseHeaderBytes: maxHeaders,
			MaxIdleConns: maxIdle, MaxIdleConnsPerHost: maxIdleHost, IdleConnTimeout: idleLimit,
		},
	}
}

// call posts a logout token (section 2.5) and says what the answer means, as DeliverLogout does.
func call(ctx context.Context, client *http.Client, to *url.URL, token string) error {
	form := url.Values{"logout_token": {token}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return idp.Wrap(idp.CodeInvalid, err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("User-Agent", "APS ID")
	response, err := client.Do(request)
	if err != nil {
		return idp.Wrap(idp.CodeUnavailable, cause(err))
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)) // the status was the answer; the rest frees the connection
	_ = response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		return nil
	case http.StatusBadRequest:
		return idp.Wrap(idp.CodeForbidden, errors.New("the app refused the logout token"))
	default:
		return idp.Wrap(idp.CodeUnavailable, fmt.Errorf("the app answered %d", response.StatusCode))
	}
}

// cause is the error without the address, which may hold what only the app's owner should read.
func cause(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}
