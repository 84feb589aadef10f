package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/proof"
	"github.com/apscloud/apsid/internal/telemetry"
)

// senders send messages to people.
type senders struct {
	sms     proof.SMSSender
	texts   proof.Texts
	notices *notify.Notices
	inbox   *notify.Inbox // nil: messages are really sent
}

func newSenders(ctx context.Context, c config.Node, deps Deps, metrics *telemetry.Metrics, apps appReader) (senders, error) {
	inbox := deps.Inbox
	if c.Texts().Sender != config.SenderInbox {
		inbox = nil
	} else if inbox == nil {
		inbox = notify.NewInbox(deps.Clock)
	}
	sms, err := newSMS(ctx, c.Texts(), inbox)
	if err != nil {
		return senders{}, err
	}
	sms = timedSMS{next: sms, metrics: metrics}
	mail, err := newMail(c.Mail(), inbox)
	if err != nil {
		return senders{}, err
	}
	issuer := c.Issuer()
	texts, err := notify.NewTexts(c.Brand().Name, issuer)
	if err != nil {
		return senders{}, err
	}
	support := notify.Support{Name: c.Support().Name, Phone: c.Support().Phone, Email: c.Support().Email}
	notices, err := notify.NewNotices(notify.NoticesConfig{
		Mail: mail, SMS: sms, Brands: brands{apps}, Service: c.Brand().Name, Support: support, Issuer: issuer, Log: deps.Logger,
	})
	if err != nil {
		return senders{}, err
	}
	return senders{sms: loggedSMS{next: sms, log: deps.Logger}, texts: texts, notices: notices, inbox: inbox}, nil
}

func newSMS(ctx context.Context, c config.SMS, inbox *notify.Inbox) (proof.SMSSender, error) {
	if inbox != nil {
		return inbox, nil
	}
	return newSNS(ctx, c)
}

func newSNS(ctx context.Context, c config.SMS) (*notify.SNS, error) {
	return notify.NewSNS(ctx, notify.SNSConfig{Region: c.SNSRegion, Endpoint: c.SNSEndpoint, SenderID: c.SNSSenderID})
}

func newMail(c config.Mail, inbox *notify.Inbox) (notify.MailSender, error) {
	if c.SMTPURL.IsZero() && inbox != nil {
		return inbox, nil
	}
	return notify.NewSMTP(notify.SMTPConfig{URL: c.SMTPURL.Secret, From: c.MailFrom})
}

// timedSMS measures how long the provider takes.
type timedSMS struct {
	next    proof.SMSSender
	metrics *telemetry.Metrics
}

// SendSMS implements proof.SMSSender.
func (s timedSMS) SendSMS(ctx context.Context, to idp.Secret, text string) error {
	began := time.Now()
	err := s.next.SendSMS(ctx, to, text)
	result := "sent"
	if err != nil {
		result = string(idp.CodeOf(err))
	}
	s.metrics.Message(result, time.Since(began))
	return err
}

// loggedSMS says why a code could not be sent. Notices say it themselves.
type loggedSMS struct {
	next proof.SMSSender
	log  *slog.Logger
}

// SendSMS implements proof.SMSSender.
func (s loggedSMS) SendSMS(ctx context.Context, to idp.Secret, text string) error {
	err := s.next.SendSMS(ctx, to, text)
	if err != nil {
		s.log.WarnContext(ctx, "text message not sent", "error", err)
	}
	return err
}
