package config

import (
	"crypto/x509"
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// MTLS is how clients are known by their certificates (RFC 8705).
type MTLS struct {
	BaseURL      string `name:"base-url" placeholder:"URL" help:"Origin at which clients with certificates call, like https://mtls.id.example.com. The proxies in front ask for a certificate there, and put it into the header Client-Cert (RFC 9440) in the place of one that a client sends. Without, no certificates are taken."`
	ClientCAFile string `name:"client-ca-file" placeholder:"FILE" help:"Certificates (PEM) of the authorities that issue to clients of tls_client_auth: those that sign the certificates themselves. Without, that is not offered."`
}

// Certificates is what a node takes of clients. The zero value takes none.
type Certificates struct {
	Origin      *url.URL       // where clients with certificates call; nil: none are taken
	Authorities *x509.CertPool // nil: no authority counts
}

// complete reads the address and the file. Only a proxy passes certificates, so one must be trusted.
func (m MTLS) complete(proxies []netip.Prefix) (c Certificates, err error) {
	if m.BaseURL == "" {
		if m.ClientCAFile != "" {
			return c, problem("mtls-client-ca-file", "", "needs --mtls-base-url: without, no certificates are taken")
		}
		return c, nil
	}
	const key = "mtls-base-url"
	u, err := url.Parse(m.BaseURL)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil:
		return c, problem(key, redactURL(m.BaseURL), "must be a URL like https://mtls.id.example.com")
	case !isPrivate(u):
		return c, problem(key, m.BaseURL, "must be https (http only on loopback)")
	case u.Path != "" || strings.ContainsAny(m.BaseURL, "?#") || strings.ToLower(u.Host) != u.Host:
		return c, problem(key, m.BaseURL, "must be scheme and host only, in lower case: no path, not even a slash at the end, no query, no fragment")
	case len(proxies) == 0:
		return c, problem(key, m.BaseURL, "needs the networks of the proxies in --trusted-proxies: only they pass certificates")
	}
	c.Origin = u
	if m.ClientCAFile == "" {
		return c, nil
	}
	text, err := os.ReadFile(m.ClientCAFile)
	if err != nil {
		return Certificates{}, problem("mtls-client-ca-file", m.ClientCAFile, "can't be read: %s", err)
	}
	c.Authorities = x509.NewCertPool()
	if !c.Authorities.AppendCertsFromPEM(text) {
		return Certificates{}, problem("mtls-client-ca-file", m.ClientCAFile, "holds no certificate in PEM")
	}
	return c, nil
}
