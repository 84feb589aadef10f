package mtls

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Header is the header in which a proxy passes the certificate of a connection (RFC 9440, section 2.2).
const Header = "Client-Cert"

// maxHeader is how many bytes the header may have: those of a certificate with many names in it.
const maxHeader = 16 << 10

// ErrInvalid says that the header is there and holds no certificate.
var ErrInvalid = errors.New("mtls: the header Client-Cert is not good")

// Thumbprint is the SHA-256 of the certificate in base64url: what a token is bound to, as x5t#S256 (RFC 8705, section 3.1).
func Thumbprint(certificate *x509.Certificate) string {
	sum := sha256.Sum256(certificate.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// OfConnection returns the certificate that the client showed on the connection of the request, for a server that speaks TLS itself; nil if
// it showed none. Its error is always nil. A header is not looked at.
func OfConnection(r *http.Request) (*x509.Certificate, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil, nil
	}
	return r.TLS.PeerCertificates[0], nil
}

// Behind returns what finds the certificate of a request that came through one of these proxies, for a server that does not speak TLS itself:
// nil if the proxy passed none, or if the sender is none of them, whatever it sent (RFC 9440, section 4). The proxies must put their own header
// in the place of one that a client sends. An error is ErrInvalid.
func Behind(proxies ...netip.Prefix) func(*http.Request) (*x509.Certificate, error) {
	trusted := slices.Clone(proxies)
	return func(r *http.Request) (*x509.Certificate, error) {
		values := r.Header.Values(Header)
		if len(values) == 0 || !isAmong(trusted, r.RemoteAddr) {
			return nil, nil
		}
		return FromHeader(values)
	}
}

func isAmong(networks []netip.Prefix, remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	addr := peer.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// FromHeader reads the headers of this name that a request has: one, with a certificate in DER as a byte sequence, which is base64 between
// colons (RFC 9440, section 2.1; RFC 8941, section 3.3.5). nil for a proxy that says that there was no certificate, by a header with nothing in
// it. Who sent it is for the caller to look at: see Behind. An error is ErrInvalid, and holds nothing of the header.
func FromHeader(values []string) (*x509.Certificate, error) {
	if len(values) != 1 {
		return nil, fmt.Errorf("%w: it must come once", ErrInvalid)
	}
	text := strings.Trim(values[0], " ")
	if text == "" || text == "::" {
		return nil, nil
	}
	if len(text) > maxHeader || len(text) < 2 || text[0] != ':' || text[len(text)-1] != ':' {
		return nil, fmt.Errorf("%w: want one certificate, in base64 between colons, of at most %d bytes", ErrInvalid, maxHeader)
	}
	text = text[1 : len(text)-1]
	der, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(der) != text { // the decoder passes over line breaks
		return nil, fmt.Errorf("%w: what stands between the colons is not base64", ErrInvalid)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: it holds no certificate", ErrInvalid)
	}
	return certificate, nil
}

// Value is the header for this certificate: what a proxy sends.
func Value(certificate *x509.Certificate) string {
	return ":" + base64.StdEncoding.EncodeToString(certificate.Raw) + ":"
}
