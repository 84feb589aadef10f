package server

import (
	"context"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
)

const (
	smtpWithin = greetWithin - 2*time.Second
	leastSpend = 1 // US dollars a month: what Amazon gives an account that asked for no more
)

var (
	noTexts    = fault{Note, "they are shown on a page of this program, and sent to nobody", "set --sms (APSID_SMS) to sns"}
	textsGone  = fault{Fail, "Amazon SNS does not answer: %s", "let this machine reach https://sns.REGION.amazonaws.com, or correct --sns-endpoint (APSID_SNS_ENDPOINT)"}
	textsName  = fault{Fail, "there is no Amazon SNS at this address: %s", "correct --sns-region (APSID_SNS_REGION) or --sns-endpoint (APSID_SNS_ENDPOINT)"}
	textsKeys  = fault{Fail, "%s", "give the node AWS credentials that may sns:Publish: a role of the machine, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"}
	textsFew   = fault{Note, "the account may spend %d US dollar a month on them, and then sends none", "ask AWS for a higher limit, and set MonthlySpendLimit"}
	textSent   = fault{Well, "Amazon SNS took a trial message; see that the telephone gets it", ""}
	textUnsent = fault{Fail, "Amazon SNS took no trial message: %s", "see what the code means in the documentation of Amazon SNS; the number begins with + and the country"}

	noMail     = fault{Note, "it is shown on a page of this program, and sent to nobody", "set --smtp-url and --mail-from (APSID_SMTP_URL, APSID_MAIL_FROM)"}
	mailGone   = fault{Fail, "the mail server does not answer: %s", "see that it runs and that this machine reaches it: --smtp-url (APSID_SMTP_URL); smtps:// speaks TLS at once (465), smtp:// with STARTTLS (587)"}
	mailUser   = fault{Fail, "the mail server does not let us in: %s", "correct user and password in --smtp-url (APSID_SMTP_URL), percent-encoded; they are sent to a server with TLS only"}
	mailTLS    = fault{Fail, "no encrypted connection to the mail server: %s", "smtps:// in --smtp-url (APSID_SMTP_URL) speaks TLS at once (465), smtp:// with STARTTLS (587); the certificate must be for its name"}
	mailSender = fault{Fail, "the mail server takes no mail of this sender: %s", "set --mail-from (APSID_MAIL_FROM) to an address that this user may send from"}
	mailNobody = fault{Fail, "the sender %s is of a domain that nobody can have", "set --mail-from (APSID_MAIL_FROM) to an address of a domain of yours, with SPF and DKIM for the mail server"}
	mailSent   = fault{Well, "the mail server took a trial message; see that the mailbox gets it", ""}
	mailUnsent = fault{Fail, "the mail server took no trial message: %s", "see what the reply means in the documentation of the mail server"}
)

// examineTexts asks the provider, which costs nothing, and sends a message only if it is told to.
func examineTexts(ctx context.Context, x *examined) []Finding {
	c := x.node.Texts()
	if c.Sender == config.SenderInbox {
		return []Finding{noTexts.found()}
	}
	sender, err := newSNS(ctx, c)
	if err != nil {
		return []Finding{textsGone.found(reason(err))}
	}
	account, err := sender.Check(ctx)
	if err != nil {
		return []Finding{textFault(err).found(idp.OneLine(notify.TextError(err)))}
	}
	var all []Finding
	if account.SpendLimit >= 0 && account.SpendLimit <= leastSpend {
		all = append(all, textsFew.found(account.SpendLimit))
	}
	if to := x.asked.TextTo; !to.IsZero() {
		if err := sender.SendTrial(ctx, x.node.Brand().Name, to); err != nil {
			return append(all, textUnsent.found(idp.OneLine(notify.TextError(err))))
		}
		all = append(all, textSent.found())
	}
	return all
}

func textFault(err error) fault {
	switch notify.TextRefusal(err) {
	case notify.RefusedUser:
		return textsKeys
	case notify.RefusedRegion:
		return textsName
	default:
		return textsGone
	}
}

// examineMail connects as for a message, and sends one only if it is told to.
func examineMail(ctx context.Context, x *examined) (all []Finding) {
	c := x.node.Mail()
	if c.SMTPURL.IsZero() {
		return []Finding{noMail.found()}
	}
	if from, err := netmail.ParseAddress(c.MailFrom); err == nil && isReserved(from.Address) {
		all = append(all, mailNobody.found(from.Address))
	}
	sender, err := notify.NewSMTP(notify.SMTPConfig{URL: c.SMTPURL.Secret, From: c.MailFrom, Timeout: smtpWithin, Roots: x.asked.Roots})
	if err != nil {
		return append(all, mailGone.found(reason(err)))
	}
	if err := sender.Check(ctx); err != nil {
		return append(all, mailFault(err).found(reason(err)))
	}
	if to := x.asked.MailTo; to != "" {
		if err := sender.SendTrial(ctx, x.node.Brand().Name, to); err != nil {
			return append(all, mailUnsent.found(reason(err)))
		}
		all = append(all, mailSent.found())
	}
	return all
}

func mailFault(err error) fault {
	switch notify.MailRefusal(err) {
	case notify.RefusedUser:
		return mailUser
	case notify.RefusedTLS:
		return mailTLS
	case notify.RefusedSender:
		return mailSender
	default:
		return mailGone
	}
}

// isReserved reports whether the domain of an address is one that is nobody's (RFC 2606), or is none.
func isReserved(address string) bool {
	domain := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	labels := strings.Split(domain, ".")
	top := labels[len(labels)-1]
	second := labels[max(len(labels)-2, 0)]
	return len(labels) < 2 || slices.Contains([]string{"test", "example", "invalid", "localhost", "local"}, top) ||
		second == "example" && slices.Contains([]string{"com", "net", "org"}, top)
}
