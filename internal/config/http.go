package config

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// HTTP says at which addresses the program is reached.
type HTTP struct {
	Listen          string   `default:"127.0.0.1:8080" help:"Address to serve on, host:port."`
	Issuer          string   `help:"The URL by which people and apps reach it; it is in every token. The first node records it, and others with another one are refused."`
	IssuerMovedFrom string   `placeholder:"URL" help:"The issuer before, if it is meant to change: the first node with it records the new one. Every app must be told, and people sign in again."`
	MetricsListen   string   `help:"Address to serve /metrics on, host:port; none if empty. Keep it private."`
	TrustedProxies  []string `help:"Networks of the proxies in front, whose X-Forwarded-For is believed, like 10.0.0.0/8; none if clients connect directly. Required with an https issuer."`
}

// complete checks the addresses and returns the issuer and the networks of the proxies.
func (h HTTP) complete() (issuer *url.URL, proxies []netip.Prefix, err error) {
	if err := checkListen("listen", h.Listen); err != nil {
		return nil, nil, err
	}
	if h.MetricsListen != "" {
		if err := checkListen("metrics-listen", h.MetricsListen); err != nil {
			return nil, nil, err
		}
	}
	issuer, err = ParseIssuer(h.Issuer)
	if err != nil {
		return nil, nil, err
	}
	proxies, err = readProxies(h.TrustedProxies, issuer)
	return issuer, proxies, err
}

// ParseIssuer reads the value of --issuer. It holds OpenID Connect Discovery, section 3: https, no query, no fragment. Without a
// path, because cookies and pages are bound to the host. Its errors are of type *Problem.
func ParseIssuer(text string) (*url.URL, error) {
	const key = "issuer"
	if text == "" {
		return nil, problem(key, "", "is missing: the URL by which people and apps reach APS ID, like https://id.example.com")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, problem(key, redactURL(text), "must be a URL like https://id.example.com")
	case u.User != nil:
		return nil, problem(key, "", "must not hold a user name or password")
	case !isPrivate(u):
		return nil, problem(key, text, "must be https (http only on loopback)")
	case u.Path != "" || strings.ContainsAny(text, "?#"):
		return nil, problem(key, text, "must be scheme and host only: no path, not even a slash at the end, no query, no fragment")
	case strings.ToLower(u.Host) != u.Host:
		return nil, problem(key, text, "must be in lower case")
	}
	return u, nil
}

// isPrivate reports whether what is sent there can't be read on the way: https, or http that does not leave this machine.
func isPrivate(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && idp.IsLoopback(u.Hostname())
}

func checkListen(key, text string) error {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return problem(key, text, "must be host:port, like 127.0.0.1:8080 or :8080")
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return problem(key, text, "the port must be a number from 0 to 65535")
	}
	return nil
}

// redactURL hides whatever could be a password in text that is not a URL.
func redactURL(text string) string {
	if strings.Contains(text, "@") {
		return ""
	}
	return text
}
