package notify

import (
	"context"
	"errors"
	"log/slog"
	"net/url"

	"github.com/apscloud/apsid/internal/idp"
)

// NoticesConfig is what Notices needs; all of it.
type NoticesConfig struct {
	Mail    MailSender
	SMS     SMSSender
	Brands  Brands
	Service string // what people know us as: the name that the pages bear
	Support Support
	Issuer  *url.URL // where links lead
	Log     *slog.Logger
}

// Notices tells people what happened to their account, by e-mail and, where the notice names a number, by text.
type Notices struct {
	mail   MailSender
	sms    SMSSender
	brands Brands
	log    *slog.Logger
	words  *wording
}

// NewNotices returns an error if something is missing or a template can't be used.
func NewNotices(cfg NoticesConfig) (*Notices, error) {
	if cfg.Mail == nil || cfg.SMS == nil || cfg.Brands == nil || cfg.Log == nil || cfg.Service == "" || cfg.Support.Name == "" || cfg.Issuer == nil {
		return nil, errors.New("notices: a sender of mail, one of texts, the brands, a logger, the issuer and the names of the service and of support are needed")
	}
	words, err := newWording(cfg.Service, cfg.Support, cfg.Issuer)
	if err != nil {
		return nil, err
	}
	return &Notices{mail: cfg.Mail, sms: cfg.SMS, brands: cfg.Brands, log: cfg.Log, words: words}, nil
}

// DeliverNotice sends the notice and returns nil once every provider has taken its part or refused the address for good while
// another took it. The error is idp.ErrInvalid only if no provider took it and none ever will; any other means: try again, which
// sends again what had gone out already. A kind it can't word is an error to try again too: during an upgrade another node can
// word it.
func (n *Notices) DeliverNotice(ctx context.Context, notice idp.Notice) error {
	words, err := n.words.of(notice, n.brandOf(ctx, notice))
	if err != nil {
		return err
	}
	var results []error
	if !notice.Phone.IsZero() && words.sms != "" {
		results = append(results, n.sms.SendSMS(ctx, notice.Phone, words.sms))
	}
	if notice.Email != "" {
		results = append(results, n.mail.SendMail(ctx, words.mail))
	}
	return n.settle(ctx, notice, results)
}

// settle combines the results of the channels into one.
func (n *Notices) settle(ctx context.Context, notice idp.Notice, results []error) error {
	refused := idp.Wrap(idp.CodeInvalid, errors.New("notice has neither address nor number"))
	taken := false
	for _, err := range results {
		switch {
		case err == nil:
			taken = true
		case errors.Is(err, idp.ErrInvalid):
			n.log.WarnContext(ctx, "notice refused for good", "kind", notice.Kind, "user", notice.UserID, "error", err)
			refused = err
		default:
			n.log.WarnContext(ctx, "notice not sent now", "kind", notice.Kind, "user", notice.UserID, "error", err)
			return err
		}
	}
	if taken {
		return nil
	}
	return refused
}
