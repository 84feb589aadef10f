package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
)

// SMTPConfig says how to hand in e-mail.
type SMTPConfig struct {
	URL     idp.Secret     // smtp://user:password@host:587 (STARTTLS, demanded but on loopback) or smtps://…:465
	From    string         // the sender, like "APS ID <no-reply@example.com>"
	Timeout time.Duration  // for connecting, and again for the message; default 10 s
	Roots   *x509.CertPool // the authorities that may certify the server; nil: the system's
}

const (
	smtpTimeout   = 10 * time.Second
	submission    = 587 // RFC 6409
	submissionTLS = 465 // RFC 8314, section 3.3
)

// logoID is how the HTML of a message refers to the logo inside it (RFC 2392): as cid:logo.
const logoID = "logo"

// SMTP hands in e-mail to a server, each message over a connection of its own. It is safe for concurrent use.
type SMTP struct {
	client *mail.Client
	from   *netmail.Address
}

// NewSMTP checks the configuration and returns idp.ErrInvalid, naming the field, if it can't work. It connects to nothing.
func NewSMTP(cfg SMTPConfig) (*SMTP, error) {
	from, err := netmail.ParseAddress(cfg.From)
	if err != nil {
		return nil, idp.Invalid("from", "must be an e-mail address, like APS ID <no-reply@example.com>")
	}
	from.Address = mailbox.Wire(from.Address)
	server, err := url.Parse(cfg.URL.Reveal())
	if err != nil || server.Scheme != "smtp" && server.Scheme != "smtps" || server.Hostname() == "" {
		return nil, idp.Invalid("url", "must be smtp://user:password@host:587 or smtps://user:password@host:465")
	}
	port, err := smtpPort(server)
	if err != nil {
		return nil, err
	}
	options := append(cfg.security(server), mail.WithPort(port), mail.WithTimeout(cfg.timeout()), mail.WithoutNoop())
	client, err := mail.NewClient(server.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("mail client: %w", err)
	}
	return &SMTP{client: client, from: from}, nil
}

func (c SMTPConfig) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return smtpTimeout
}

func smtpPort(server *url.URL) (int, error) {
	switch {
	case server.Port() != "":
		port, err := strconv.ParseUint(server.Port(), 10, 16)
		if err != nil {
			return 0, idp.Invalid("url", "must have a port from 1 to 65535")
		}
		return int(port), nil
	case server.Scheme == "smtps":
		return submissionTLS, nil
	default:
		return submission, nil
	}
}

// security demands TLS everywhere but on loopback, where STARTTLS is used if the server has it.
func (c SMTPConfig) security(server *url.URL) []mail.Option {
	options := []mail.Option{mail.WithTLSConfig(&tls.Config{ServerName: server.Hostname(), RootCAs: c.Roots, MinVersion: tls.VersionTLS12})}
	switch {
	case server.Scheme == "smtps":
		options = append(options, mail.WithSSL())
	case idp.IsLoopback(server.Hostname()):
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if user := server.User.Username(); user != "" {
		password, _ := server.User.Password()
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(user), mail.WithPassword(password))
	}
	return options
}

// SendMail hands in one message as text and HTML. Errors: idp.ErrInvalid for an address that is none, or that the server
// refuses for good; idp.ErrUnavailable for everything that may pass.
func (s *SMTP) SendMail(ctx context.Context, m Mail) error {
	message, err := s.compose(m)
	if err != nil {
		return err
	}
	err = s.client.DialAndSendWithContext(ctx, message)
	if err == nil || message.IsDelivered() {
		return nil // a failure after the server took the message must not make it go out twice
	}
	return smtpError(err, m.To)
}

func (s *SMTP) compose(m Mail) (*mail.Msg, error) {
	message := mail.NewMsg()
	message.FromMailAddress(s.from)
	if err := message.To(mailbox.Wire(m.To)); err != nil {
		return nil, idp.Wrap(idp.CodeInvalid, errors.New("recipient is no address")) // the library's message quotes the address
	}
	_, domain, _ := strings.Cut(s.from.Address, "@")
	message.SetMessageIDWithValue(idp.NewID("") + "@" + domain) // the library's own identifier would name this machine
	message.SetDate()
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834, section 5: no absence note answers
	message.Subject(oneLine(m.Subject))
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	if m.Logo != nil {
		message.EmbedReadSeeker(logoID+".png", bytes.NewReader(m.Logo), mail.WithFileContentID("<"+logoID+">"), mail.WithFileContentType("image/png"))
	}
	return message, nil
}

// smtpError keeps the reason and the server's reply, which may quote the address of the recipient: without it.
func smtpError(err error, recipient string) error {
	cause := errors.New("hand in mail: " + scrubbed(err.Error(), recipient))
	var refused *mail.SendError
	if !errors.As(err, &refused) {
		return idp.Wrap(idp.CodeUnavailable, cause)
	}
	if refused.Reason == mail.ErrSMTPRcptTo && !refused.IsTemp() && refused.ErrorCode() != 0 {
		return idp.Wrap(idp.CodeInvalid, cause)
	}
	return idp.Wrap(idp.CodeUnavailable, cause)
}
