package sqlstore

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture23 looks at what version 23 added: clients that publish their keys, and clients with certificates.
func checkFixture23(t *testing.T, s *Store) {
	t.Helper()
	client, err := s.FindClient(t.Context(), "painted")
	equal(t, err, client.AuthMethod, idp.AuthCertificate)
	equal(t, err, client.CertificateSubject, "dn:CN=painted,O=Harbour")
	equal(t, err, client.CertificateBound, true)
	equal(t, err, client.JWKSURI, "https://painted.example/keys")
	client, err = s.FindClient(t.Context(), "timesheets")
	equal(t, err, client.JWKSURI, "")
	equal(t, err, client.CertificateBound, false)
}
