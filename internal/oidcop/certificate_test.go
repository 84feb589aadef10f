package oidcop_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/tally"
	"github.com/apscloud/apsid/pkg/mtls"
)

const certificateOrigin = "https://mtls.id.example"

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// certify signs a certificate for the key: by the authority, or by the key itself if there is none.
func (a *authority) certify(template x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	template.SerialNumber = must(rand.Int(rand.Reader, big.NewInt(1<<62)))
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, signer := &template, key
	if a != nil {
		parent, signer = a.certificate, a.key
	}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, &template, parent, key.Public(), signer))))
}

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func newAuthority() *authority {
	key := newKey()
	own := (*authority)(nil).certify(x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true}, key)
	return &authority{own, key}
}

// ofClient is a template of a certificate for a client.
func ofClient(name string) x509.Certificate {
	return x509.Certificate{
		Subject: pkix.Name{CommonName: name, Organization: []string{"APS"}}, DNSNames: []string{name + ".example"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

// gated is the surface behind a proxy that asks clients for certificates.
type gated struct {
	*house
	authority *authority
}

func newGated(t *testing.T) *gated {
	t.Helper()
	g := &gated{house: newHouse(t), authority: newAuthority()}
	g.shown.Origin, g.shown.Authorities = must(url.Parse(certificateOrigin)), x509.NewCertPool()
	g.shown.Authorities.AddCert(g.authority.certificate)
	g.shown.Of = mtls.Behind(netip.MustParsePrefix("192.0.2.0/24")) // where httptest's requests come from
	g.mux = http.NewServeMux()
	must(g.rebuild(must(url.Parse(g.issuer)))).Routes(g.mux)
	g.change("fusesign", func(c *idp.Client) {
		c.AuthMethod, c.Secrets, c.CertificateSubject = idp.AuthCertificate, nil, "dn:CN=fusesign,O=APS"
	})
	return g
}

// asked is a request to the origin for certificates, with this one if it is not nil.
func asked(method, path string, body url.Values, shown *x509.Certificate) *http.Request {
	r := httptest.NewRequest(method, certificateOrigin+path, strings.NewReader(body.Encode()))
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if shown != nil {
		r.Header.Set(mtls.Header, mtls.Value(shown))
	}
	return r
}

func (g *gated) form(path string, form url.Values, shown *x509.Certificate) *httptest.ResponseRecorder {
	return g.do(asked("POST", path, form, shown))
}

func machine(id string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}}
}

// keysOf is a JWK Set of this key, with a certificate of it if there is one.
func keysOf(key *ecdsa.PrivateKey, certificates ...*x509.Certificate) string {
	return string(must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Certificates: certificates}}})))
}

// RFC 8705, section 2: by a certificate of an authority, or by one of the client's own, at every endpoint.
func TestClientsAuthenticateByCertificate(t *testing.T) {
	g := newGated(t)
	key := newKey()
	issued := g.authority.certify(ofClient("fusesign"), key)
	for _, subject := range []string{"dn:CN=fusesign,O=APS", "dns:fusesign.example"} {
		g.change("fusesign", func(c *idp.Client) { c.CertificateSubject = subject })
		w := g.form("/oauth/token", machine("fusesign"), issued)
		if got := decode(t, w); w.Code != http.StatusOK || got["token_type"] != "Bearer" {
			t.Fatalf("%s: %d %s", subject, w.Code, w.Body)
		}
		g.known.Forget()
	}
	token := decode(t, g.form("/oauth/token", machine("fusesign"), issued))["access_token"].(string)
	about := url.Values{"client_id": {"fusesign"}, "token": {token}}
	if got := decode(t, g.form("/oauth/introspect", about, issued)); got["active"] != true || got["cnf"] != nil {
		t.Errorf("introspection: %v", got)
	}
	if w := g.form("/oauth/revoke", about, issued); w.Code != http.StatusOK {
		t.Errorf("revocation: %d", w.Code)
	}
	if got := decode(t, g.form("/oauth/introspect", about, issued)); got["active"] != false {
		t.Errorf("after revocation: %v", got)
	}

	own := (*authority)(nil).certify(ofClient("whatever"), key)
	for name, change := range map[string]func(c *idp.Client){
		"its key":          func(c *idp.Client) { c.PublicKeys = keysOf(key) },
		"its certificate":  func(c *idp.Client) { c.PublicKeys = keysOf(key, own) },
		"a key it changes": func(c *idp.Client) { c.PublicKeys, c.JWKSURI = "", publishedAt(t, keysOf(key, own)) },
	} {
		g.change("fusesign", func(c *idp.Client) {
			c.AuthMethod, c.CertificateSubject = idp.AuthSelfSigned, ""
			change(c)
		})
		g.known.Forget()
		if w := g.form("/oauth/token", machine("fusesign"), own); w.Code != http.StatusOK {
			t.Errorf("self-signed, %s: %d %s", name, w.Code, w.Body)
		}
	}
}

func publishedAt(t *testing.T, text string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	t.Cleanup(server.Close)
	return server.URL
}

// Each is invalid_client, and has its reason in the trail.
func TestCertificatesThatAreRefused(t *testing.T) {
	g := newGated(t)
	key, now := newKey(), time.Now()
	good := g.authority.certify(ofClient("fusesign"), key)
	made := func(change func(*x509.Certificate)) *x509.Certificate {
		template := ofClient("fusesign")
		change(&template)
		return g.authority.certify(template, key)
	}
	between := &authority{key: newKey()}
	between.certificate = g.authority.certify(ofClient("bgl"), between.key) // a client's: it may issue nothing
	for name, c := range map[string]struct {
		request func() *http.Request
		reason  idp.Reason
	}{
		"none": {func() *http.Request { return asked("POST", "/oauth/token", machine("fusesign"), nil) }, idp.ReasonCertificateMissing},
		"the proxy says that there was none": {func() *http.Request {
			r := asked("POST", "/oauth/token", machine("fusesign"), nil)
			r.Header.Set(mtls.Header, "::")
			return r
		}, idp.ReasonCertificateMissing},
		"a header from a stranger": {func() *http.Request {
			r := asked("POST", "/oauth/token", machine("fusesign"), good)
			r.RemoteAddr = "198.51.100.7:4000"
			return r
		}, idp.ReasonCertificateMissing},
		"a header at the origin of browsers": {func() *http.Request {
			r := asked("POST", "/oauth/token", machine("fusesign"), good)
			r.Host = must(url.Parse(issuer)).Host
			return r
		}, idp.ReasonCertificateMissing},
		"another header": {func() *http.Request {
			r := asked("POST", "/oauth/token", machine("fusesign"), nil)
			r.Header.Set("X-SSL-Client-Cert", mtls.Value(good))
			return r
		}, idp.ReasonCertificateMissing},
		"expired": {func() *http.Request {
			return asked("POST", "/oauth/token", machine("fusesign"), made(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour) }))
		}, idp.ReasonCertificateExpired},
		"not valid yet": {func() *http.Request {
			return asked("POST", "/oauth/token", machine("fusesign"), made(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(time.Hour), now.Add(2*time.Hour) }))
		}, idp.ReasonCertificateExpired},
		"of another authority of the same name": {func() *http.Request {
			return asked("POST", "/oauth/token", machine("fusesign"), newAuthority().certify(ofClient("fusesign"), key))
		}, idp.ReasonCertificateAuthority},
		"self-signed": {func() *http.Request {
			return asked("POST", "/oauth/token", machine("fusesign"), (*authority)(nil).certify(ofClient("fusesign"), key))
		}, idp.ReasonCertificateAuthority},
		"issued by another client": {func() *http.Request {
			return asked("POST", "/oauth/token", machine("fusesign"), between.certify(ofClient("fusesign"), key))
		}, idp.ReasonCertificateAuthority},
		"for servers": {func() *http.Request {
			return asked("POST", "/oauth/token", machine("fusesign"), made(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }))
		}, idp.ReasonCertificateAuthority},
		"of another client": {func() *http.Request {
			return asked("POST", "/oauth/token", machine("fusesign"), g.authority.certify(ofClient("bgl"), key))
		}, idp.ReasonCertificateSubject},
		"with more in its name": {func() *http.Request {
			return asked("POST", "/oauth/token", machine("fusesign"), made(func(c *x509.Certificate) { c.Subject.OrganizationalUnit = []string{"x"} }))
		}, idp.ReasonCertificateSubject},
		"with its name in another order": {func() *http.Request {
			return asked("POST", "/oauth/token", machine("fusesign"), made(func(c *x509.Certificate) {
				c.RawSubject = []byte("0!1\x110\x0f\x06\x03U\x04\x03\f\bfusesign1\f0\n\x06\x03U\x04\n\f\x03APS")
			}))
		}, idp.ReasonCertificateSubject},
	} {
		w := g.do(c.request())
		if w.Code != http.StatusUnauthorized || decode(t, w)["error"] != "invalid_client" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if left := g.events(idp.EventClientRejected); len(left) == 0 || left[0].Reason != c.reason {
			t.Errorf("%s: events %+v", name, left)
		}
		g.clock.pass(tally.Interval)
	}
	two := asked("POST", "/oauth/token", machine("fusesign"), good)
	two.Header.Add(mtls.Header, mtls.Value(good))
	wantError(t, g.do(two), http.StatusBadRequest, "invalid_request")
	broken := asked("POST", "/oauth/token", machine("fusesign"), nil)
	broken.Header.Set(mtls.Header, ":AAAA:")
	wantError(t, g.do(broken), http.StatusBadRequest, "invalid_request")
	if w := g.form("/oauth/token", machine("fusesign"), good); w.Code != http.StatusOK {
		t.Errorf("the good one: %d %s", w.Code, w.Body)
	}
}

// A certificate is one way of authentication, and the registered one: not one beside another, nor for a client without it.
func TestACertificateIsNoOtherWay(t *testing.T) {
	g := newGated(t)
	key := newKey()
	good := g.authority.certify(ofClient("fusesign"), key)
	withSecret := with(machine("fusesign"), "client_secret", secret)
	wantError(t, g.form("/oauth/token", withSecret, good), http.StatusUnauthorized, "invalid_client")
	wantError(t, g.form("/oauth/token", machine("greedy"), g.authority.certify(ofClient("greedy"), key)), http.StatusUnauthorized, "invalid_client")
	wantError(t, g.form("/oauth/introspect", url.Values{"client_id": {"rota"}, "token": {"x"}}, good), http.StatusUnauthorized, "invalid_client")

	own, other := (*authority)(nil).certify(ofClient("fusesign"), key), (*authority)(nil).certify(ofClient("fusesign"), key)
	g.change("fusesign", func(c *idp.Client) { c.AuthMethod, c.PublicKeys = idp.AuthSelfSigned, keysOf(key, own) })
	g.known.Forget()
	for name, shown := range map[string]*x509.Certificate{
		"another certificate of the key": other,
		"the same name, another key":     (*authority)(nil).certify(ofClient("fusesign"), newKey()),
		"issued to another":              g.authority.certify(ofClient("bgl"), newKey()),
	} {
		g.clock.pass(tally.Interval)
		w := g.form("/oauth/token", machine("fusesign"), shown)
		if left := g.events(idp.EventClientRejected); w.Code != http.StatusUnauthorized || left[0].Reason != idp.ReasonCertificateKey {
			t.Errorf("%s: %d, %+v", name, w.Code, left[0])
		}
	}
	old := own.NotAfter
	for g.clock.read().Before(old) {
		g.clock.pass(time.Hour)
	}
	wantError(t, g.form("/oauth/token", machine("fusesign"), own), http.StatusUnauthorized, "invalid_client")
}

// The authorities of the system issue to everybody: they do not count where none are configured. The system's list is read once in the life of
// a process, so this one has a process of its own.
func TestTheAuthoritiesOfTheSystemDoNotCount(t *testing.T) {
	const child = "APSID_TEST_SYSTEM_AUTHORITY"
	file := os.Getenv(child)
	if file == "" {
		file = filepath.Join(t.TempDir(), "system")
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		command.Env = append(os.Environ(), child+"="+file, "SSL_CERT_FILE="+file+".pem", "SSL_CERT_DIR="+t.TempDir())
		if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS: "+t.Name()) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	g := newGated(t)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.authority.certificate.Raw})
	if err := os.WriteFile(file+".pem", text, 0o600); err != nil {
		t.Fatal(err)
	}
	good := g.authority.certify(ofClient("fusesign"), newKey())
	if _, err := good.Verify(x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Fatalf("the system does not know the authority: %v", err)
	}
	g.shown.Authorities = nil
	g.mux = http.NewServeMux()
	must(g.rebuild(must(url.Parse(g.issuer)))).Routes(g.mux)
	wantError(t, g.form("/oauth/token", machine("fusesign"), good), http.StatusUnauthorized, "invalid_client")
}
