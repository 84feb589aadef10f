package notify_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
)

func newSMTP(t *testing.T, url string, roots *x509.CertPool) *notify.SMTP {
	t.Helper()
	sender, err := notify.NewSMTP(notify.SMTPConfig{
		URL: idp.NewSecret(url), From: "APS ID <no-reply@id.example.com>", Timeout: 2 * time.Second, Roots: roots,
	})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func letter() notify.Mail {
	return notify.Mail{
		To: "zoe@harbour-finch.example", Subject: "MFA was reset for Zoë",
		Text: "Hello Zoë,\n\n.\nA line with a dot alone ends a message.\n", HTML: "<p>Hello <b>Zoë</b></p>",
	}
}

func TestMailArrivesWhole(t *testing.T) {
	server := newMailServer(t)
	for name, url := range map[string]string{
		"STARTTLS with a password": "smtp://aps:s3cret@" + server.start(t, startTLS),
		"TLS from the start":       "smtps://aps:s3cret@" + server.start(t, implicitTLS),
		"plain on loopback":        "smtp://" + server.start(t, plain),
	} {
		t.Run(name, func(t *testing.T) {
			if err := newSMTP(t, url, server.roots).SendMail(t.Context(), letter()); err != nil {
				t.Fatal(err)
			}
			got := server.last(t)
			if got.from != "no-reply@id.example.com" || got.to != "zoe@harbour-finch.example" {
				t.Errorf("envelope from %q to %q", got.from, got.to)
			}
			if encrypted := !strings.HasPrefix(name, "plain"); got.encrypted != encrypted || got.authenticated != encrypted {
				t.Errorf("encrypted: %t, authenticated: %t, want %t", got.encrypted, got.authenticated, encrypted)
			}
			checkLetter(t, got.data)
		})
	}
}

func checkLetter(t *testing.T, data []byte) {
	t.Helper()
	message, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	decode := new(mime.WordDecoder).DecodeHeader
	subject, err := decode(message.Header.Get("Subject"))
	if err != nil || subject != "MFA was reset for Zoë" {
		t.Errorf("subject %q, %v", subject, err)
	}
	for name, want := range map[string]string{
		"From": `"APS ID" <no-reply@id.example.com>`, "To": "<zoe@harbour-finch.example>", "Auto-Submitted": "auto-generated",
	} {
		if got := message.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if id := message.Header.Get("Message-Id"); !strings.HasSuffix(id, "@id.example.com>") {
		t.Errorf("Message-ID %q names another host", id)
	}
	if _, err := message.Header.Date(); err != nil {
		t.Error(err)
	}
	want := map[string]string{"text/plain": letter().Text, "text/html": letter().HTML}
	if diff := cmp.Diff(want, partsOf(t, message)); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

// partsOf reads the parts of a multipart/alternative message by their type.
func partsOf(t *testing.T, message *netmail.Message) map[string]string {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := map[string]string{}
	reader := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		if encoding := part.Header.Get("Content-Transfer-Encoding"); encoding != "quoted-printable" {
			t.Errorf("encoding %q", encoding)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		parts[kind] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
}

// The logo of a brand travels inside the message, beside the HTML that shows it, and is fetched from nowhere (RFC 2387, RFC 2392).
func TestALogoTravelsInsideTheMessage(t *testing.T) {
	server := newMailServer(t)
	branded := letter()
	branded.HTML, branded.Logo = `<img src="cid:logo">`, png()
	if err := newSMTP(t, "smtp://"+server.start(t, plain), nil).SendMail(t.Context(), branded); err != nil {
		t.Fatal(err)
	}
	data := string(server.last(t).data)
	for _, want := range []string{"multipart/related", "multipart/alternative", "Content-Id: <logo>", "Content-Type: image/png", "Content-Disposition: inline", base64.StdEncoding.EncodeToString(png())} {
		if !strings.Contains(data, want) {
			t.Errorf("lacks %q:\n%s", want, data)
		}
	}
}

// ABUSE 58: the domain of an address goes to the mail server in A-labels, in the envelope and in the message.
func TestMailToAnInternationalDomain(t *testing.T) {
	server := newMailServer(t)
	mail := letter()
	mail.To = "zoe@b\u00fccher.example"
	if err := newSMTP(t, "smtp://"+server.start(t, plain), nil).SendMail(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	got := server.last(t)
	if got.to != "zoe@xn--bcher-kva.example" || !bytes.Contains(got.data, []byte("To: <zoe@xn--bcher-kva.example>")) {
		t.Errorf("envelope to %q\n%s", got.to, got.data)
	}
}

func TestNothingGetsIntoTheHeader(t *testing.T) { // ABUSE 38
	server := newMailServer(t)
	sender := newSMTP(t, "smtp://"+server.start(t, plain), nil)
	hostile := letter()
	hostile.Subject = "Hello\r\nBcc: eve@example.net\r\n\r\nAnother body\u2028X-Evil: 1"
	if err := sender.SendMail(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}
	message, err := netmail.ReadMessage(bytes.NewReader(server.last(t).data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil || strings.ContainsAny(subject, "\r\n\u2028") {
		t.Errorf("subject %q, %v", subject, err)
	}
	if message.Header.Get("Bcc") != "" || message.Header.Get("X-Evil") != "" {
		t.Errorf("header %v", message.Header)
	}
	for _, to := range []string{
		"zoe@example.com\r\nBcc: eve@example.net", "zoe@example.com, eve@example.net", "zoe@example.com>\r\nRCPT TO:<eve@example.net",
		"", "zoe", "<>", "zoe@example.com\x00",
	} {
		bad := letter()
		bad.To = to
		before := server.count()
		err := sender.SendMail(t.Context(), bad)
		if idp.CodeOf(err) != idp.CodeInvalid || server.count() != before {
			t.Errorf("%q: %v", to, err)
		}
	}
}

func TestErrorsOfTheMailServer(t *testing.T) {
	tests := []struct {
		name, command, reply string
		want                 idp.Code
	}{
		{"nobody of this name", "RCPT", "550 5.1.1 no such user zoe@harbour-finch.example", idp.CodeInvalid},
		{"greylisted", "RCPT", "451 4.7.1 zoe@harbour-finch.example try later", idp.CodeUnavailable},
		{"sender refused", "MAIL", "550 5.7.1 not you", idp.CodeUnavailable},
		{"content refused", "DATA", "554 5.6.0 no", idp.CodeUnavailable},
		{"refused at the end", ".", "554 5.7.1 spam", idp.CodeUnavailable},
		{"wrong password", "AUTH", "535 5.7.8 wrong", idp.CodeUnavailable},
		{"closed", "EHLO", "421 4.3.2 closed", idp.CodeUnavailable},
		{"fails after it took it", "RSET", "451 4.3.0 oops", ""},
		{"hangs up without a word", "QUIT", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := newMailServer(t)
			server.replies = map[string]string{test.command: test.reply}
			err := newSMTP(t, "smtp://aps:s3cret@"+server.start(t, startTLS), server.roots).SendMail(t.Context(), letter())
			if idp.CodeOf(err) != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "zoe@") || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("the error tells too much: %v", err)
			}
			if code, _, _ := strings.Cut(test.reply, " "); test.want != "" && test.command != "EHLO" && !strings.Contains(err.Error(), code) {
				t.Errorf("the error does not say %s: %v", code, err)
			}
		})
	}
}

func TestMailServerThatIsNotTheOneMeant(t *testing.T) {
	server := newMailServer(t)
	url := "smtps://aps:s3cret@" + server.start(t, implicitTLS)
	err := newSMTP(t, url, x509.NewCertPool()).SendMail(t.Context(), letter())
	if idp.CodeOf(err) != idp.CodeUnavailable || server.count() != 0 {
		t.Errorf("a certificate nobody vouches for: %v", err)
	}
}

func TestPasswordNeverLeavesUnencrypted(t *testing.T) {
	server := newMailServer(t)
	err := newSMTP(t, "smtp://aps:s3cret@"+server.start(t, plain), nil).SendMail(t.Context(), letter())
	if idp.CodeOf(err) != idp.CodeUnavailable || strings.Contains(server.heard(), "AUTH") {
		t.Errorf("%v; heard %q", err, server.heard())
	}
}

func TestMailServerThatNeverAnswersIsGivenUp(t *testing.T) {
	address := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	start := time.Now()
	err := newSMTP(t, "smtp://"+address, nil).SendMail(t.Context(), letter())
	if idp.CodeOf(err) != idp.CodeUnavailable {
		t.Errorf("%v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestNewSMTPNamesTheWrongField(t *testing.T) {
	const url, from = "smtp://mail.example.com", "APS ID <no-reply@example.com>"
	for _, test := range []struct{ url, from, field string }{
		{url, "nobody", "from"}, {url, "a@b.example, c@d.example", "from"},
		{"http://mail.example.com", from, "url"}, {"smtp://", from, "url"}, {"mail.example.com:25", from, "url"}, {"", from, "url"},
		{"smtp://mail.example.com:99999", from, "url"},
	} {
		_, err := notify.NewSMTP(notify.SMTPConfig{URL: idp.NewSecret(test.url), From: test.from})
		mustBlame(t, err, test.field)
	}
}
