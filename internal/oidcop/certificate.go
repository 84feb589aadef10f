package oidcop

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/pkg/mtls"
)

// A client may be known by the certificate of its connection, and have its tokens bound to it (RFC 8705). Such clients call at an origin of
// their own, where they are asked for a certificate, so that no browser is.

// Certificates says how clients show certificates. The zero value takes none.
type Certificates struct {
	// Origin is where clients with certificates call (RFC 8705, section 5); nil: none is taken.
	Origin *url.URL
	// Authorities are those whose certificates count for tls_client_auth; nil: that is not offered.
	Authorities *x509.CertPool
	// Of finds the certificate that was proved on the connection of a request; nil: there was none. See mtls.Behind.
	Of func(r *http.Request) (*x509.Certificate, error)
}

func (c Certificates) check() error {
	if c.Origin != nil && (c.Origin.Host == "" || c.Of == nil) || c.Origin == nil && c.Authorities != nil {
		return errors.New("oidcop: certificates are taken at an origin, and found by somebody")
	}
	return nil
}

// methods are how clients with certificates authenticate here.
func (c Certificates) methods() []idp.AuthMethod {
	switch {
	case c.Origin == nil:
		return nil
	case c.Authorities == nil:
		return []idp.AuthMethod{idp.AuthSelfSigned}
	default:
		return []idp.AuthMethod{idp.AuthCertificate, idp.AuthSelfSigned}
	}
}

// called reports whether a request came to the origin of clients with certificates. A name in a request is its sender's, but proxies tell
// origins apart by it.
func (c Certificates) called(r *http.Request) bool {
	return c.Origin != nil && strings.EqualFold(strings.TrimSuffix(r.Host, ":443"), strings.TrimSuffix(c.Origin.Host, ":443"))
}

// originOf is the origin that a client has called, as far as it makes a difference: it signs proofs for it (RFC 9449, section 4.3).
func (s *Server) originOf(r *http.Request) string {
	if c := s.config.Certificates; c.called(r) {
		return c.Origin.Scheme + "://" + c.Origin.Host
	}
	return s.issuer
}

// certificateOf returns the certificate that came with a request; nil if none did, or if it came to an origin at which none is asked for: there
// nothing has taken the place of a header that the client made up.
func (s *Server) certificateOf(r *http.Request) (*x509.Certificate, error) {
	if !s.config.Certificates.called(r) {
		return nil, nil
	}
	certificate, err := s.config.Certificates.Of(r)
	if err != nil {
		return nil, invalidRequest("The certificate that came with the request can't be read.")
	}
	return certificate, nil
}

// shownAt is the thumbprint of the certificate that came with a request to a protected resource; "" if none did, or if it can't be read: then a
// token that is bound to one is not good.
func (s *Server) shownAt(r *http.Request) string {
	certificate, err := s.certificateOf(r)
	if err != nil || certificate == nil {
		return ""
	}
	return mtls.Thumbprint(certificate)
}

// checkCertificate says why the certificate does not authenticate the client; "" if it does (RFC 8705, section 2). An error beside a reason is
// what stands behind it.
func (s *Server) checkCertificate(ctx context.Context, client idp.Client, shown *x509.Certificate, now time.Time) (idp.Reason, error) {
	switch {
	case shown == nil:
		return idp.ReasonCertificateMissing, nil
	case now.Before(shown.NotBefore) || now.After(shown.NotAfter):
		return idp.ReasonCertificateExpired, nil
	case client.AuthMethod == idp.AuthCertificate:
		return s.checkIssued(client, shown, now)
	}
	fits := func(keys jose.JSONWebKeySet) bool { return authenticator.HasCertificate(keys, shown) }
	keys, err := s.deps.ClientKeys.Find(ctx, client.Registration, fits)
	if err != nil {
		return idp.ReasonAssertionKeys, err
	}
	if !fits(keys) {
		return idp.ReasonCertificateKey, nil
	}
	return "", nil
}

// checkIssued is for a certificate that an authority has issued (RFC 8705, section 2.1): to this client, for clients.
func (s *Server) checkIssued(client idp.Client, shown *x509.Certificate, now time.Time) (idp.Reason, error) {
	roots := s.config.Certificates.Authorities
	if roots == nil { // not those of the system, which issue to everybody
		return idp.ReasonCertificateAuthority, nil
	}
	_, err := shown.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return idp.ReasonCertificateAuthority, err
	}
	wanted, err := authenticator.ParseCertificateSubject(client.CertificateSubject)
	if err != nil || !wanted.Matches(shown) {
		return idp.ReasonCertificateSubject, err
	}
	return "", nil
}

// bind says what the tokens of a request are bound to, and refuses a request that brings less than its client is registered for.
func (r *tokenRequest) bind(shown *x509.Certificate) error {
	if r.client.CertificateBound {
		if shown == nil {
			return invalidRequest("The client's tokens are bound to its certificate: ask for them with it, at the token_endpoint of mtls_endpoint_aliases.")
		}
		r.x5t = mtls.Thumbprint(shown)
	}
	if policy.FAPI2(r.client.Registration) && r.jkt == "" && r.x5t == "" {
		return invalidRequest("The DPoP proof is missing: the client is registered for fapi2, whose tokens are bound to a key or a certificate.") // RFC 6749, section 5.2
	}
	return nil
}
