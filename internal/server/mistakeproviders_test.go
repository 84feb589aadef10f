package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/storetest"
)

func providerMistakes() []mistake {
	return []mistake{
		{"texts go nowhere", "text messages", "note they are shown on a page", "APSID_SMS", given(func(c *config.Server) { c.Texts.Sender = config.SenderInbox }), ""},
		{"SNS is not there", "text messages", "FAIL Amazon SNS does not answer", "APSID_SNS_ENDPOINT", given(func(c *config.Server) { c.Texts.SNSEndpoint = "http://127.0.0.1:1" }), ""},
		{"no such region", "text messages", "FAIL there is no Amazon SNS at this address", "APSID_SNS_REGION",
			given(func(c *config.Server) { c.Texts.SNSEndpoint, c.Texts.SNSRegion = "", "ap-nowhere-9" }), ""},
		{"no credentials", "text messages", "FAIL no AWS credentials were found", "sns:Publish",
			func(t *testing.T, _ *sound, _ *config.Server, _ *server.Asked) {
				t.Setenv("AWS_ACCESS_KEY_ID", "")
				t.Setenv("AWS_SECRET_ACCESS_KEY", "")
				t.Setenv("HOME", t.TempDir())
			}, ""},
		{"credentials of nobody", "text messages", `FAIL refused with "InvalidClientTokenId"`, "sns:Publish",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.Texts.SNSEndpoint = answering(t, http.StatusForbidden, snsRefusal("InvalidClientTokenId"))
			}, ""},
		{"a limit of one dollar", "text messages", "note the account may spend 1 US dollar", "MonthlySpendLimit",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.Texts.SNSEndpoint = answering(t, http.StatusOK, `<GetSMSAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><GetSMSAttributesResult>`+
					`<attributes><entry><key>MonthlySpendLimit</key><value>1</value></entry></attributes></GetSMSAttributesResult></GetSMSAttributesResponse>`)
			}, ""},
		{"mail goes nowhere", "e-mail", "note it is shown on a page", "APSID_SMTP_URL",
			given(func(c *config.Server) { c.Mail.SMTPURL, c.Texts.Sender = config.Secret{}, config.SenderInbox }), "text messages"},
		{"the mail server is not there", "e-mail", "FAIL the mail server does not answer", "APSID_SMTP_URL",
			given(func(c *config.Server) { c.Mail.SMTPURL = config.NewSecret("smtp://aps:s3cret@127.0.0.1:1") }), ""},
		{"a wrong password", "e-mail", "FAIL the mail server does not let us in", "correct user and password",
			mailWith("AUTH", "535 5.7.8 authentication failed"), ""},
		{"a password that everybody on the way reads", "e-mail", "FAIL the mail server does not let us in: SMTP Auth autodiscover", "with TLS",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.Mail.SMTPURL = config.NewSecret("smtp://aps:s3cret@" + startMail(t, &mailServer{}))
			}, ""},
		{"a mail server with a certificate of nobody", "e-mail", "FAIL no encrypted connection to the mail server", "587",
			func(_ *testing.T, _ *sound, _ *config.Server, a *server.Asked) { a.Roots = x509.NewCertPool() }, "public address"},
		{"no TLS there", "e-mail", "FAIL no encrypted connection to the mail server", "587",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.Mail.SMTPURL = config.NewSecret("smtps://" + startMail(t, &mailServer{}))
			}, ""},
		{"a sender that may not", "e-mail", "FAIL the mail server takes no mail of this sender", "APSID_MAIL_FROM", mailWith("MAIL", "550 not yours"), ""},
		{"a sender of nobody's domain", "e-mail", "FAIL the sender no-reply@aps.example", "SPF", given(func(c *config.Server) { c.Mail.MailFrom = "no-reply@aps.example" }), ""},
		{"nobody is at the issuer", "public address", "note it could not be asked", "once a node runs",
			given(func(c *config.Server) { c.HTTP.Issuer = "https://127.0.0.1:1" }), "stored issuer"},
		{"a certificate of nobody", "public address", "FAIL its certificate is not accepted", "give the TLS proxy a certificate",
			func(_ *testing.T, _ *sound, _ *config.Server, a *server.Asked) { a.Roots = x509.NewCertPool() }, "e-mail"},
		{"no TLS at the issuer", "public address", "FAIL it speaks no TLS", "APSID_ISSUER",
			func(t *testing.T, _ *sound, c *config.Server, _ *server.Asked) {
				c.HTTP.Issuer = "https://" + occupied(t)
			}, "stored issuer"},
		{"a certificate that ends", "public address", "note its certificate ends on ", "renew it", endingCertificate, "stored issuer"},
		{"another provider", "public address", "FAIL a provider with the issuer https://other.example answers there", "APSID_ISSUER",
			func(t *testing.T, s *sound, _ *config.Server, _ *server.Asked) {
				was := s.next
				s.next = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = w.Write([]byte(`{"issuer": "https://other.example"}`))
				})
				t.Cleanup(func() { s.next = was })
			}, ""},
		{"something else", "public address", "note what answers is no node with these seal keys", "where the proxies send",
			func(t *testing.T, s *sound, _ *config.Server, _ *server.Asked) {
				was := s.next
				s.next = http.NotFoundHandler()
				t.Cleanup(func() { s.next = was })
			}, ""},
		{"a proxy that is not trusted", "public address", "FAIL a request arrives from 127.0.0.1", "APSID_TRUSTED_PROXIES",
			given(func(c *config.Server) { c.HTTP.TrustedProxies = []string{"10.0.0.0/8"} }), "listening address"},
	}
}

func snsRefusal(code string) string {
	return `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>` + code + `</Code></Error></ErrorResponse>`
}

// mailWith is a mail server that answers a verb so.
func mailWith(verb, reply string) func(*testing.T, *sound, *config.Server, *server.Asked) {
	return func(t *testing.T, s *sound, c *config.Server, _ *server.Asked) {
		spoiled := &mailServer{replies: map[string]string{verb: reply}, tls: s.mail.tls}
		c.Mail.SMTPURL = config.NewSecret("smtp://aps:s3cret@" + startMail(t, spoiled))
	}
}

// endingCertificate is one of three days, in front of another node with the same keys.
func endingCertificate(t *testing.T, _ *sound, c *config.Server, a *server.Asked) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(3 * 24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	way := httptest.NewUnstartedServer(http.NotFoundHandler())
	way.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}
	way.StartTLS()
	t.Cleanup(way.Close)
	c.HTTP.Issuer = way.URL
	other := *c
	other.Stores.DatabaseURL, other.Stores.RedisURL = config.NewSecret(storetest.SQLite(t)), config.NewSecret(config.Embedded)
	way.Config.Handler = proxyTo(t, running(t, other), func(r *httputil.ProxyRequest) {
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	})
	a.Roots = a.Roots.Clone()
	a.Roots.AddCert(certificate)
}
