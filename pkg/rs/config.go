package rs

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/mtls"
)

// Config says which API this is and where its provider is.
type Config struct {
	Issuer   string // the provider, as in its discovery document
	Audience string // the identifier of this API, as it is registered
	// URL is the origin under which clients call the API, like https://rota.example.com: what they sign their proofs for.
	URL string
	// ClientID and ClientSecret are those of the API's registration, for Needs.Live; "": no operation may need that.
	ClientID, ClientSecret string
	// Signed makes Needs.Live ask for answers that the provider signs (RFC 9701): Token.Answer is one, to be kept where an API has to be able
	// to show later what it was told.
	Signed bool

	// Seen remembers the proof of this name until then, and reports whether it is seen for the first time (RFC 9449, section 11.1). Processes
	// that share the work share it. nil: in memory of this process.
	Seen func(ctx context.Context, name string, until time.Time) (first bool, err error)
	// Certificate finds the certificate that the client of a request has shown, for tokens that are bound to one (RFC 8705). nil:
	// mtls.OfConnection, for an API that speaks TLS itself; one behind proxies uses mtls.Behind.
	Certificate func(*http.Request) (*x509.Certificate, error)

	Client *http.Client     // for calls to the provider, which follow no redirects; nil: one with a 10 s time-out
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default
}

// callTimeout bounds one call to the provider.
const callTimeout = 10 * time.Second

func (c Config) complete() (Config, error) {
	for name, text := range map[string]string{"Issuer": c.Issuer, "URL": c.URL} {
		if u, err := url.Parse(text); err != nil || !secureOrLoopback(u) || name == "URL" && strings.Trim(u.Path, "/") != "" {
			return c, fmt.Errorf("rs: %s %q: must be https (http only on loopback), and an origin without a path", name, text)
		}
	}
	if c.Audience == "" {
		return c, errors.New("rs: no Audience: it is the identifier of the API's registration")
	}
	if (c.ClientID == "") != (c.ClientSecret == "") {
		return c, errors.New("rs: ClientID and ClientSecret go together")
	}
	c.URL = strings.TrimSuffix(c.URL, "/")
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	client := http.Client{Timeout: callTimeout}
	if c.Client != nil {
		client = *c.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Client = &client
	if c.Certificate == nil {
		c.Certificate = mtls.OfConnection
	}
	if c.Seen == nil {
		c.Seen = newMemory(c.Now).see
	}
	return c, nil
}

func secureOrLoopback(u *url.URL) bool {
	if u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
