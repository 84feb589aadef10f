package notify

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
)

// Mail is one e-mail to one person.
type Mail struct {
	To      string // the address alone
	Subject string // one line
	Text    string
	HTML    string // the same in HTML
	Logo    []byte // PNG, which the HTML shows as cid:logo; nil: it shows none
}

// MailSender sends one e-mail and waits for the server to take it.
type MailSender interface {
	// SendMail's errors: idp.ErrInvalid (the server refuses this address for good) and idp.ErrUnavailable (try again later).
	SendMail(ctx context.Context, m Mail) error
}

// SMSSender sends one text message and waits for the provider to take it; proof.SMSSender says the rest.
type SMSSender interface {
	SendSMS(ctx context.Context, to idp.Secret, text string) error
}
