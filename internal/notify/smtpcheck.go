package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// Check connects to the server as for a message: greeting, TLS, the user and password if there are any, and whether the server takes mail
// of the sender. No message is begun. The errors are those of the steps, and may quote the server.
func (s *SMTP) Check(ctx context.Context) (err error) {
	client, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.client.CloseWithSMTPClient(client)) }()
	if err := client.Mail(s.from.Address); err != nil {
		return &senderError{err}
	}
	return client.Reset()
}

// senderError is a server's refusal of the sender.
type senderError struct{ error }

// Unwrap returns what the server said.
func (e *senderError) Unwrap() error { return e.error }

// Refusal is why a provider takes no messages, as far as it says.
type Refusal string

// The refusals that are told apart.
const (
	RefusedUser   Refusal = "user"   // the user, the password or the key
	RefusedTLS    Refusal = "tls"    // no TLS, or a certificate that is not accepted
	RefusedSender Refusal = "sender" // the sender's address
	RefusedRegion Refusal = "region" // there is no such host
	RefusedOther  Refusal = ""       // it does not answer, or something else
)

// MailRefusal tells it from an error of Check.
func MailRefusal(err error) Refusal {
	var sender *senderError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch text := err.Error(); { // the library has no errors of its own for these
	case errors.As(err, &sender):
		return RefusedSender
	case strings.Contains(text, "STARTTLS"), errors.As(err, &certificate), errors.As(err, &record):
		return RefusedTLS
	case strings.Contains(strings.ToUpper(text), "AUTH"):
		return RefusedUser
	default:
		return RefusedOther
	}
}

// SendTrial sends a message that says what it is. service is what people know us as.
func (s *SMTP) SendTrial(ctx context.Context, service, to string) error {
	return s.SendMail(ctx, Mail{To: to, Subject: service + ": a trial message", Text: trialText(service) + "\n"})
}

// SendTrial sends a text message that says what it is. service is what people know us as.
func (s *SNS) SendTrial(ctx context.Context, service string, to idp.Secret) error {
	return s.SendSMS(ctx, to, trialText(service))
}

func trialText(service string) string {
	return "This is a trial message of " + service + ". Nothing has to be done."
}
