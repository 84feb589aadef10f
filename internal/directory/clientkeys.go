package directory

import (
	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

// checkKeys holds what a client with keys authenticates with, that it says in one place which they are, and that no other has keys. What is
// at its address is looked at when it is asked (package clientkeys).
func (s *Clients) checkKeys(n NewClient) error {
	if !n.AuthMethod.ByKeys() {
		const wrong = "only a client that authenticates by private_key_jwt or self_signed_tls_client_auth has keys"
		return idp.AllInvalid(broken(n.PublicKeys != "", "public_keys", wrong), broken(n.JWKSURI != "", "jwks_uri", wrong))
	}
	switch {
	case n.JWKSURI == "" && n.PublicKeys == "":
		return idp.Invalid("public_keys", "a client that authenticates by %s has keys: register them, or a jwks_uri where it publishes them", n.AuthMethod)
	case n.JWKSURI != "" && n.PublicKeys != "":
		return idp.Invalid("jwks_uri", "and public_keys are both there: keys stand in one place")
	case n.JWKSURI != "":
		return s.checkURI("jwks_uri", idp.ClientWeb, n.JWKSURI)
	}
	if _, err := authenticator.ParseClientKeys(n.PublicKeys); err != nil {
		return idp.Invalid("public_keys", "%s", err)
	}
	return nil
}

// checkCertificate holds that a client of tls_client_auth says whose certificate is its own, and that only a client that can have a certificate
// has its tokens bound to one: an app on a device or in a page has none.
func (n NewClient) checkCertificate() error {
	const field = "tls_client_auth_subject"
	bound := broken(n.CertificateBound && !n.AuthMethod.Confidential(), "tls_client_certificate_bound_access_tokens", "is for a client with a server: it has a certificate")
	if n.AuthMethod != idp.AuthCertificate {
		return idp.AllInvalid(bound, broken(n.CertificateSubject != "", field, "only a client that authenticates by tls_client_auth has one"))
	}
	if _, err := authenticator.ParseCertificateSubject(n.CertificateSubject); err != nil {
		return idp.AllInvalid(bound, idp.Invalid(field, "%s", err))
	}
	return bound
}
