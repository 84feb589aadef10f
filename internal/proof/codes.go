package proof

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

// SMSLimits counts text messages, in Redis: per user, number, address, practice and day, and sent against verified.
type SMSLimits interface {
	// Take asks to send one message now and counts it if it may go.
	Take(ctx context.Context, ask idp.SMSAsk, now time.Time) (idp.SMSVerdict, error)
	// Verified records that a message led to a right code: the breakers compare it with what was sent. The ask is that of the message.
	Verified(ctx context.Context, ask idp.SMSAsk, now time.Time) error
}

// SMSSender sends one text message and waits for the provider to take it.
type SMSSender interface {
	// SendSMS returns nil once the provider has taken the message. Its errors: idp.ErrInvalid (the number can't be reached),
	// idp.ErrBusy (the provider throttles) and idp.ErrUnavailable (slow or down).
	SendSMS(ctx context.Context, to idp.Secret, text string) error
}

// Texts words the messages.
type Texts interface {
	// SecurityCode is the text message with a code; it ends with the origin-bound line "@HOST #CODE".
	SecurityCode(code idp.Secret) string
}

// Codes sends security codes by text message.
type Codes struct {
	limits SMSLimits
	sms    SMSSender
	texts  Texts
}

// NewCodes returns what sends codes; every port must be given.
func NewCodes(limits SMSLimits, sms SMSSender, texts Texts) (*Codes, error) {
	if limits == nil || sms == nil || texts == nil {
		return nil, errors.New("security codes: limits, a sender and texts are needed")
	}
	return &Codes{limits: limits, sms: sms, texts: texts}, nil
}

// Delivery says what became of one message.
type Delivery string

// What becomes of a message. The values stand in the audit trail, and are those of the sign-in's notes.
const (
	Sent          Delivery = ""               // the provider has taken it
	SendWait      Delivery = "send_wait"      // too soon after the last one
	SMSClosed     Delivery = "sms_closed"     // a limit was reached, or the breaker is open
	NumberRefused Delivery = "number_refused" // the provider can't reach the number
	CodeNotSent   Delivery = "code_not_sent"  // the provider is slow or down
)

// Reason is the delivery as the audit trail has it.
func (d Delivery) Reason() idp.Reason { return idp.Reason(d) }

// Outcome is what became of one message, and why it did not go out.
type Outcome struct {
	Came  Delivery
	Retry time.Time     // when to ask again; zero if that is not known
	Limit idp.LimitName // SMSClosed: the limit or breaker that was reached
}

// Send asks the limits and sends the code to the number of the ask, whose Country it fills in. Its error is that of the limits: then
// nothing was sent.
func (c *Codes) Send(ctx context.Context, ask idp.SMSAsk, code idp.Secret, now time.Time) (Outcome, error) {
	ask.Country = authenticator.CountryOfPhone(ask.Phone)
	verdict, err := c.limits.Take(ctx, ask, now)
	switch {
	case err != nil:
		return Outcome{}, err
	case verdict.Closed != "":
		return Outcome{Came: SMSClosed, Retry: verdict.Until, Limit: verdict.Closed}, nil
	case verdict.Wait > 0:
		return Outcome{Came: SendWait, Retry: now.Add(verdict.Wait)}, nil
	}
	err = c.sms.SendSMS(ctx, ask.Phone, c.texts.SecurityCode(code))
	switch {
	case err == nil:
		return Outcome{Came: Sent}, nil
	case errors.Is(err, idp.ErrInvalid):
		return Outcome{Came: NumberRefused}, nil
	default:
		return Outcome{Came: CodeNotSent}, nil
	}
}

// Verified tells the breakers that the message of this ask, whose Country it fills in, led to a right code.
func (c *Codes) Verified(ctx context.Context, ask idp.SMSAsk, now time.Time) error {
	ask.Country = authenticator.CountryOfPhone(ask.Phone)
	return c.limits.Verified(ctx, ask, now)
}
