package directory_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// ABUSE 13: keys stand in one place, and their address is one that may be called.
func TestClientsMayPublishTheirKeys(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		n := registered()
		n.JWKSURI = "https://fusesign.example/keys"
		client, secret, err := w.RegisterClient(t.Context(), by(riley), n, w.now)
		w.must(err)
		if client.AuthMethod != idp.AuthKey || client.JWKSURI != n.JWKSURI || !secret.IsZero() {
			t.Errorf("registered %+v", client)
		}
		for _, uri := range []string{"http://fusesign.example/keys", "https://user@fusesign.example/keys", "https://fusesign.example/#keys", "/keys", "file:///keys", "https:keys"} {
			n.JWKSURI = uri
			wantField(t, w.CheckClient(n, idp.Client{}, w.now), "jwks_uri")
		}
		n.JWKSURI, n.PublicKeys = "https://fusesign.example/keys", publicKeys
		wantField(t, w.CheckClient(n, idp.Client{}, w.now), "jwks_uri")
		n.JWKSURI, n.PublicKeys, n.AuthMethod = "", "", idp.AuthSelfSigned
		wantField(t, w.CheckClient(n, idp.Client{}, w.now), "public_keys")
		n.JWKSURI, n.AuthMethod = "https://fusesign.example/keys", idp.AuthSecret
		wantField(t, w.CheckClient(n, idp.Client{}, w.now), "jwks_uri")
		uri, keys := "", publicKeys
		edited, err := w.EditClient(t.Context(), by(riley), client.ID, directory.ClientEdit{Version: 1, JWKSURI: &uri, PublicKeys: &keys}, w.now)
		w.must(err)
		if edited.JWKSURI != "" || edited.PublicKeys != keys {
			t.Errorf("edited %+v", edited)
		}
	})
}

func TestClientsMayHaveCertificates(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		n := registered()
		n.AuthMethod, n.CertificateSubject, n.CertificateBound = idp.AuthCertificate, "dn:CN=fusesign,O=FuseSign", true
		client, secret, err := w.RegisterClient(t.Context(), by(riley), n, w.now)
		w.must(err)
		if client.CertificateSubject != n.CertificateSubject || !client.CertificateBound || !secret.IsZero() {
			t.Errorf("registered %+v", client)
		}
		for _, subject := range []string{"", "CN=fusesign", "dn:fusesign", "dns:", "ip:fusesign"} {
			n.CertificateSubject = subject
			wantField(t, w.CheckClient(n, idp.Client{}, w.now), "tls_client_auth_subject")
		}
		n.CertificateSubject, n.AuthMethod = "dns:fusesign.example", idp.AuthSecret
		wantField(t, w.CheckClient(n, idp.Client{}, w.now), "tls_client_auth_subject")
		page := inPage()
		page.CertificateBound = true
		wantField(t, w.CheckClient(page, idp.Client{}, w.now), "tls_client_certificate_bound_access_tokens")
		n.CertificateSubject, n.AuthMethod, n.JWKSURI = "", idp.AuthSelfSigned, "https://fusesign.example/keys"
		w.must(w.CheckClient(n, idp.Client{}, w.now))
		n.Secret = idp.RandomSecret(32)
		n.ID = "second"
		_, _, err = w.RegisterClient(t.Context(), by(riley), n, w.now)
		wantField(t, err, "secret")
	})
}
