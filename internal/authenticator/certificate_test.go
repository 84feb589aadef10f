package authenticator_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
)

// certificateOf is a certificate with these names.
func certificateOf(t *testing.T, template x509.Certificate) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotAfter = big.NewInt(1), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// subject is the DER of a name, each part a list of object identifiers and values, in the order of a certificate.
func subject(t *testing.T, parts ...pkix.RelativeDistinguishedNameSET) []byte {
	t.Helper()
	der, err := asn1.Marshal(pkix.RDNSequence(parts))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func part(pairs ...any) (set pkix.RelativeDistinguishedNameSET) {
	for i := 0; i < len(pairs); i += 2 {
		set = append(set, pkix.AttributeTypeAndValue{Type: pairs[i].(asn1.ObjectIdentifier), Value: pairs[i+1]})
	}
	return set
}

func TestCertificateSubjects(t *testing.T) {
	c, o, cn := asn1.ObjectIdentifier{2, 5, 4, 6}, asn1.ObjectIdentifier{2, 5, 4, 10}, asn1.ObjectIdentifier{2, 5, 4, 3}
	usual := certificateOf(t, x509.Certificate{
		RawSubject: subject(t, part(c, "AU"), part(o, "Fuse, Sign"), part(cn, "fusesign")),
		DNSNames:   []string{"client.fusesign.example", "*.wild.example"}, EmailAddresses: []string{"ops@fusesign.example"},
		IPAddresses: []net.IP{net.ParseIP("203.0.113.7"), net.ParseIP("2001:db8::1")},
		URIs:        []*url.URL{{Scheme: "spiffe", Host: "fusesign", Path: "/client"}},
	})
	odd := certificateOf(t, x509.Certificate{RawSubject: subject(t, part(o, " a\\b "), part(cn, "x", o, "y"), part(asn1.ObjectIdentifier{1, 2, 3}, "z\u00e9"))})
	bare := certificateOf(t, x509.Certificate{})
	for text, row := range map[string]struct {
		certificate *x509.Certificate
		fits        bool
	}{
		`dn:CN=fusesign,O=Fuse\, Sign,C=AU`:              {usual, true},
		`dn:cn = fusesign , 2.5.4.10=Fuse\2C Sign, C=AU`: {usual, true},
		`dn:C=AU,O=Fuse\, Sign,CN=fusesign`:              {usual, false}, // the same parts in another order
		`dn:O=Fuse\, Sign,CN=fusesign,C=AU`:              {usual, false},
		`dn:CN=fusesign`:                                 {usual, false}, // a part of the name
		`dn:CN=fusesign,O=Fuse\, Sign,C=AU,DC=x`:         {usual, false},
		`dn:CN=fusesign+O=Fuse\, Sign,C=AU`:              {usual, false},
		`dn:CN=FuseSign,O=Fuse\, Sign,C=AU`:              {usual, false},
		`dn:O=fusesign,CN=Fuse\, Sign,C=AU`:              {usual, false},
		`dn:1.2.3=zé,O=y+CN=x,O=\ a\\b\ `:                {odd, true},
		`dn:1.2.3=z\C3\A9,CN=x+O=y,O=\20a\5Cb\20`:        {odd, true},
		`dn:1.2.3=zé,O=y+CN=x,O=a\\b`:                    {odd, false},
		`dns:client.fusesign.example`:                    {usual, true},
		`dns:CLIENT.fusesign.example`:                    {usual, true},
		`dns:fusesign.example`:                           {usual, false},
		`dns:a.wild.example`:                             {usual, false}, // a wildcard is a name, and matches nothing else
		`dns:fusesign`:                                   {usual, false}, // the common name is no host name
		`uri:spiffe://fusesign/client`:                   {usual, true},
		`uri:spiffe://fusesign/client/`:                  {usual, false},
		`ip:203.0.113.7`:                                 {usual, true},
		`ip:::ffff:203.0.113.7`:                          {usual, true},
		`ip:2001:db8:0::1`:                               {usual, true},
		`ip:203.0.113.8`:                                 {usual, false},
		`email:ops@fusesign.example`:                     {usual, true},
		`email:Ops@fusesign.example`:                     {usual, false},
		`dn:CN=x`:                                        {bare, false},
		`dns:x`:                                          {bare, false},
	} {
		wanted, err := authenticator.ParseCertificateSubject(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if wanted.Matches(row.certificate) != row.fits {
			t.Errorf("%s: fits %v", text, !row.fits)
		}
	}
	if (authenticator.CertificateSubject{}).Matches(usual) {
		t.Error("no name fits")
	}
	for _, text := range []string{
		"", "dn", "dn:", "CN=a", "cn:a", "DN:CN=a", "dn:CN", "dn:CN=", "dn:CN=a,", "dn:CN=a,,O=b", "dn:CN=a+", "dn:=a", "dn:XX=a", "dn:CN=#0c0161", `dn:CN=a\`, `dn:CN=a\zz`,
		`dn:CN="a"`, "dn:CN=a;O=b", "dn:CN=a<b", "dn:CN=a\nO=b", "dn:CN=a\x00", "ip:1.2.3", "ip:fe80::1%lo", "dns:", "email:",
	} {
		if _, err := authenticator.ParseCertificateSubject(text); err == nil {
			t.Errorf("%q can be registered", text)
		}
	}
}
