package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

func authorityFile(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "clients.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

func TestCertificatesOfClients(t *testing.T) {
	c, err := parse(t, good()...)
	if err != nil || c.Certificates().Origin != nil || c.Certificates().Authorities != nil {
		t.Errorf("by default: %+v, %v", c.Certificates(), err)
	}
	c, err = parse(t, good("--mtls-base-url=https://mtls.id.example.com")...)
	if err != nil || c.Certificates().Origin.String() != "https://mtls.id.example.com" || c.Certificates().Authorities != nil {
		t.Errorf("without authorities: %+v, %v", c.Certificates(), err)
	}
	file := authorityFile(t)
	c, err = parse(t, good("--mtls-base-url=https://mtls.id.example.com", "--mtls-client-ca-file="+file)...)
	if err != nil || c.Certificates().Authorities == nil {
		t.Errorf("with authorities: %+v, %v", c.Certificates(), err)
	}
	const at = "--mtls-base-url=https://mtls.id.example.com"
	for name, args := range map[string][]string{
		"plain http":               good("--mtls-base-url=http://mtls.id.example.com"),
		"a path":                   good("--mtls-base-url=https://mtls.id.example.com/"),
		"upper case":               good("--mtls-base-url=https://MTLS.id.example.com"),
		"a name in it":             good("--mtls-base-url=https://u:word@mtls.id.example.com"),
		"no host":                  good("--mtls-base-url=mtls.id.example.com"),
		"no proxies":               {"--issuer=https://id.example.com", "--smtp-url=smtps://mail.example.com", "--mail-from=id@example.com", "--trusted-proxies=none", at},
		"a file without an origin": good("--mtls-client-ca-file=" + file),
		"a file that is not there": good(at, "--mtls-client-ca-file="+file+".old"),
		"a file of something else": good(at, "--mtls-client-ca-file="+write(t, "x", "hello")),
	} {
		if _, err := parse(t, args...); err == nil || !strings.Contains(err.Error(), "mtls-") || strings.Contains(err.Error(), "word") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
