package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/pkg/mtls"
)

// authority issues certificates to clients.
type authority struct {
	t    *testing.T
	root *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	made := a.issue(x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true})
	a.root, a.key = made.Leaf, made.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

func (a *authority) issue(template x509.Certificate) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	parent, signer := a.root, a.key
	if parent == nil {
		parent, signer = &template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// file holds the authority's own certificate.
func (a *authority) file() string {
	a.t.Helper()
	path := filepath.Join(a.t.TempDir(), "clients.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// front is a proxy that speaks TLS, asks clients for certificates, and passes them as RFC 9440 has it.
type front struct {
	*httptest.Server
	to *url.URL
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{}
	f.Server = httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(f.to)
		r.Out.Host = r.In.Host
		r.Out.Header.Del(mtls.Header)
		if shown, _ := mtls.OfConnection(r.In); shown != nil {
			r.Out.Header.Set(mtls.Header, mtls.Value(shown))
		}
	}})
	f.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

// client calls through the proxy with these certificates.
func (f *front) client(t *testing.T, shown ...tls.Certificate) *http.Client {
	transport := f.Server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.Certificates = shown
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// A client on x/oauth2 gets a token by its certificate through a proxy, and uses it: over real connections, at a whole node.
func TestAClientCallsWithItsCertificateThroughAProxy(t *testing.T) {
	issuing, f := newAuthority(t), newFront(t)
	c := testworld.Config(t)
	c.TrustedProxies, c.MTLS.BaseURL, c.MTLS.ClientCAFile = []string{"127.0.0.1"}, f.URL, issuing.file()
	d, _ := start(t, c, &testenv.Clock{})
	to, err := url.Parse(d.Manifest.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	f.to = to
	found, err := d.Records().FindClient(t.Context(), "fusesign")
	if err != nil {
		t.Fatal(err)
	}
	method, subject, bound := idp.AuthCertificate, "dns:fusesign.example", true
	_, err = d.Directory().Clients.EditClient(t.Context(), directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "test"}}, "fusesign",
		directory.ClientEdit{Version: found.Version, AuthMethod: &method, CertificateSubject: &subject, CertificateBound: &bound}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	own := issuing.issue(x509.Certificate{DNSNames: []string{"fusesign.example"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	other := issuing.issue(x509.Certificate{DNSNames: []string{"bgl.example"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})

	endpoints := aliasesOf(t, d.Manifest.Issuer)
	asks := clientcredentials.Config{ClientID: "fusesign", TokenURL: endpoints["token_endpoint"], AuthStyle: oauth2.AuthStyleInParams}
	by := func(shown ...tls.Certificate) context.Context {
		return context.WithValue(t.Context(), oauth2.HTTPClient, f.client(t, shown...))
	}
	token, err := asks.Token(by(own))
	if err != nil {
		t.Fatal(err)
	}
	for name, shown := range map[string][]tls.Certificate{"another's": {other}, "none": nil} {
		if _, err := asks.Token(by(shown...)); err == nil || !strings.Contains(err.Error(), "invalid_client") {
			t.Errorf("a token by %s: %v", name, err)
		}
	}
	about := url.Values{"token": {token.AccessToken}, "client_id": {"fusesign"}}
	if got := introspected(t, f.client(t, own), endpoints["introspection_endpoint"], about); got.Confirmation["x5t#S256"] != mtls.Thumbprint(own.Leaf) {
		t.Errorf("%+v", got)
	}

	call := func(client *http.Client, base string, forged *x509.Certificate) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/v1/practices", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token.AccessToken)
		if forged != nil {
			r.Header.Set(mtls.Header, mtls.Value(forged))
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if got := call(f.client(t, own), f.URL, nil); got != http.StatusForbidden {
		t.Errorf("the management API with the certificate: %d", got)
	}
	for name, got := range map[string]int{
		"none": call(f.client(t), f.URL, nil), "another's": call(f.client(t, other), f.URL, nil), "a header of the client": call(f.client(t), f.URL, own.Leaf),
		"a header over another's": call(f.client(t, other), f.URL, own.Leaf), "a header at the issuer": call(http.DefaultClient, d.Manifest.Issuer, own.Leaf),
	} {
		if got != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func aliasesOf(t *testing.T, issuer string) map[string]string {
	t.Helper()
	var discovery struct {
		Aliases map[string]string `json:"mtls_endpoint_aliases"`
	}
	answer, err := http.Get(issuer + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(&discovery); err != nil {
		t.Fatal(err)
	}
	return discovery.Aliases
}

type introspection struct {
	Active       bool              `json:"active"`
	Confirmation map[string]string `json:"cnf"`
}

func introspected(t *testing.T, client *http.Client, endpoint string, form url.Values) (got introspection) {
	t.Helper()
	answer, err := client.PostForm(endpoint, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}
