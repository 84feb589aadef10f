package rs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/dpop"
	"github.com/apscloud/apsid/pkg/mtls"
	"github.com/apscloud/apsid/pkg/rs"
)

// selfSigned is a certificate of a client, with its key.
func selfSigned(t *testing.T) (tls.Certificate, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, leaf
}

// RFC 8705, section 3: over real connections, at an API that speaks TLS itself.
func TestATokenThatIsBoundToACertificate(t *testing.T) {
	w := newWorld(t)
	handler := w.api.Require(rs.Needs{Scope: "rota.read", Bound: true}, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		token, _ := rs.TokenFrom(r.Context())
		_, _ = rw.Write([]byte(token.Certificate))
	}))
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	own, leaf := selfSigned(t)
	thief, _ := selfSigned(t)
	token := w.token(map[string]any{"cnf": map[string]any{"x5t#S256": mtls.Thumbprint(leaf)}})
	get := func(token string, forged string, shown ...tls.Certificate) int {
		t.Helper()
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.Certificates = shown
		defer transport.CloseIdleConnections()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/shifts", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		if forged != "" {
			r.Header.Set(mtls.Header, forged)
		}
		answer, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	for name, c := range map[string]struct {
		got, want int
	}{
		"its certificate":             {get(token, "", own), http.StatusOK},
		"another's":                   {get(token, "", thief), http.StatusUnauthorized},
		"none":                        {get(token, ""), http.StatusUnauthorized},
		"a header":                    {get(token, mtls.Value(leaf)), http.StatusUnauthorized},
		"a header, over another's":    {get(token, mtls.Value(leaf), thief), http.StatusUnauthorized},
		"a token that is not bound":   {get(w.token(), "", own), http.StatusUnauthorized},
		"a token bound to an own key": {get(w.token(map[string]any{"cnf": map[string]any{"jkt": mtls.Thumbprint(leaf)}}), "", own), http.StatusUnauthorized},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", name, c.got, c.want)
		}
	}
}

// Behind proxies, the header of a proxy counts; and a token that is bound to a key and a certificate needs both.
func TestACertificateFromAProxy(t *testing.T) {
	w := newWorld(t, func(c *rs.Config) { c.Certificate = mtls.Behind(netip.MustParsePrefix("192.0.2.0/24")) })
	_, leaf := selfSigned(t)
	_, other := selfSigned(t)
	token := w.token(map[string]any{"cnf": map[string]any{"x5t#S256": mtls.Thumbprint(leaf)}})
	more := w.token(map[string]any{"cnf": map[string]any{"x5t#S256": mtls.Thumbprint(leaf), "kid": "abc"}}) // a bond that is not kept here
	key, err := dpop.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	both := w.token(map[string]any{"cnf": map[string]any{"x5t#S256": mtls.Thumbprint(leaf), "jkt": key.Thumbprint()}})
	proof := func() string {
		text, err := key.Sign(dpop.Request{Method: "GET", URL: origin + "/shifts/7", AccessToken: both}, "", w.now)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"of the proxy":             {[]string{"Authorization", "Bearer " + token, mtls.Header, mtls.Value(leaf)}, http.StatusNoContent},
		"another":                  {[]string{"Authorization", "Bearer " + token, mtls.Header, mtls.Value(other)}, http.StatusUnauthorized},
		"two":                      {[]string{"Authorization", "Bearer " + token, mtls.Header, mtls.Value(leaf), mtls.Header, mtls.Value(leaf)}, http.StatusUnauthorized},
		"none":                     {[]string{"Authorization", "Bearer " + token}, http.StatusUnauthorized},
		"and an unknown bond":      {[]string{"Authorization", "Bearer " + more, mtls.Header, mtls.Value(leaf)}, http.StatusUnauthorized},
		"key and certificate":      {[]string{"Authorization", "DPoP " + both, dpop.Header, proof(), mtls.Header, mtls.Value(leaf)}, http.StatusNoContent},
		"the key alone":            {[]string{"Authorization", "DPoP " + both, dpop.Header, proof()}, http.StatusUnauthorized},
		"the certificate alone":    {[]string{"Authorization", "Bearer " + both, mtls.Header, mtls.Value(leaf)}, http.StatusUnauthorized},
		"a proof it does not need": {[]string{"Authorization", "DPoP " + token, dpop.Header, proof(), mtls.Header, mtls.Value(leaf)}, http.StatusUnauthorized},
	} {
		if answer, seen := w.ask(rs.Needs{}, c.headers...); answer.Code != c.want || c.want == http.StatusNoContent && seen.Certificate != mtls.Thumbprint(leaf) {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
}
