package mtls_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/mtls"
)

func newCertificate(t testing.TB) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fusesign"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestHeaders(t *testing.T) {
	certificate := newCertificate(t)
	good, der := mtls.Value(certificate), base64.StdEncoding.EncodeToString(certificate.Raw)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
	for name, values := range map[string][]string{"as it is": {good}, "with spaces around": {"  " + good + " "}} {
		got, err := mtls.FromHeader(values)
		if err != nil || got == nil || !got.Equal(certificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, values := range map[string][]string{"empty": {""}, "with nothing between the colons": {"::"}} {
		if got, err := mtls.FromHeader(values); err != nil || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for name, values := range map[string][]string{
		"none":                   {},
		"two":                    {good, good},
		"two, one with nothing":  {"", good},
		"a list":                 {good + ", " + good},
		"with a parameter":       {good + ";a=1"},
		"without colons":         {der},
		"with one colon":         {":" + der},
		"a colon alone":          {":"},
		"base64 for addresses":   {":" + base64.URLEncoding.EncodeToString(append(certificate.Raw, 0xfb, 0xff)) + ":"},
		"a line break in it":     {":" + der[:40] + "\n" + der[40:] + ":"},
		"PEM":                    {text},
		"PEM as in an address":   {url.QueryEscape(text)},
		"two certificates":       {":" + base64.StdEncoding.EncodeToString(append(certificate.Raw, certificate.Raw...)) + ":"},
		"half a certificate":     {":" + base64.StdEncoding.EncodeToString(certificate.Raw[:100]) + ":"},
		"something else":         {":AAAA:"},
		"a certificate too long": {":" + strings.Repeat("A", 16<<10) + ":"},
	} {
		got, err := mtls.FromHeader(values)
		if !errors.Is(err, mtls.ErrInvalid) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// RFC 8705, section 3.1
func TestThumbprint(t *testing.T) {
	certificate := newCertificate(t)
	sum := sha256.Sum256(certificate.Raw)
	if got := mtls.Thumbprint(certificate); got != base64.RawURLEncoding.EncodeToString(sum[:]) || len(got) != 43 {
		t.Error(got)
	}
}

// ABUSE 14: a header counts if one of our proxies sent it.
func TestOnlyProxiesAreBelieved(t *testing.T) {
	certificate := newCertificate(t)
	of := mtls.Behind(netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32"))
	for peer, believed := range map[string]bool{
		"10.1.2.3:4000": true, "[::ffff:10.1.2.3]:4000": true, "[2001:db8::1]:4000": true, "[2001:db8::1%eth0]:4000": true,
		"192.0.2.1:4000": false, "127.0.0.1:4000": false, "[::1]:4000": false, "[2001:db9::1]:4000": false, "": false, "@": false, "10.1.2.3": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", "10.1.2.3")
		r.Header.Set(mtls.Header, mtls.Value(certificate))
		got, err := of(r)
		if err != nil || (got != nil) != believed {
			t.Errorf("%s: %v, %v", peer, got != nil, err)
		}
		r.Header.Add(mtls.Header, mtls.Value(certificate))
		if got, err := of(r); got != nil || (err != nil) != believed {
			t.Errorf("%s, two headers: %v, %v", peer, got != nil, err)
		}
	}
	if r := httptest.NewRequest("GET", "/", nil); func() bool {
		r.Header.Set(mtls.Header, mtls.Value(certificate))
		got, err := mtls.Behind()(r)
		return got != nil || err != nil
	}() {
		t.Error("a header is believed where there are no proxies")
	}
}

// ABUSE 14: where the server speaks TLS itself, the connection counts, and no header.
func TestTheConnectionIsBelieved(t *testing.T) {
	certificate := newCertificate(t)
	r := httptest.NewRequest("GET", "https://api.example/", nil)
	r.Header.Set(mtls.Header, mtls.Value(certificate))
	if got, err := mtls.OfConnection(r); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate, newCertificate(t)}}
	if got, err := mtls.OfConnection(r); got != certificate || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	r.TLS = nil
	if got, err := mtls.OfConnection(r); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// Whatever a header holds, it is a certificate that is written in this one way, nothing, or refused.
func FuzzHeader(f *testing.F) {
	f.Add(mtls.Value(newCertificate(f)))
	for _, text := range []string{"", "::", ":AA==:", ":MIIB:", "MIIB", " : : "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		certificate, err := mtls.FromHeader([]string{text})
		switch {
		case err != nil && (!errors.Is(err, mtls.ErrInvalid) || certificate != nil):
			t.Fatalf("%v, %v", certificate, err)
		case certificate != nil && mtls.Value(certificate) != strings.Trim(text, " "):
			t.Fatal("the certificate has two texts")
		case certificate != nil:
			_ = mtls.Thumbprint(certificate)
		}
	})
}
