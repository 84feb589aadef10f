package config

import (
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Where text messages go.
const (
	SenderSNS   = "sns"   // Amazon SNS
	SenderInbox = "inbox" // a page of this program: for the demo, on loopback only
)

// SMS is how text messages are sent and how many.
type SMS struct {
	Sender      string `name:"sms" default:"sns" enum:"sns,inbox" help:"Where text messages go: ${enum}. The inbox is for trying out, on loopback only."`
	SNSRegion   string `default:"ap-southeast-2" help:"AWS region of Amazon SNS."`
	SNSEndpoint string `help:"Another endpoint that speaks the protocol of Amazon SNS."`
	SNSSenderID string `default:"APSID" help:"Sender shown on the telephone: 3 to 11 letters and digits, one letter at least."`
	PerDay      *int   `name:"sms-per-day" placeholder:"COUNT" help:"Text messages a day, over all practices; then people are asked to use the app. The same as --limit day=COUNT/24h."`
}

var senderIDPattern = regexp.MustCompile(`^[A-Za-z0-9]{0,10}[A-Za-z][A-Za-z0-9]{0,10}$`)

func (s SMS) check(issuer *url.URL) error {
	switch {
	case s.Sender == SenderInbox && !idp.IsLoopback(issuer.Hostname()):
		return problem("sms", s.Sender, "shows security codes to everybody: allowed on a loopback issuer only, use sns")
	case !senderIDPattern.MatchString(s.SNSSenderID) || len(s.SNSSenderID) < 3 || len(s.SNSSenderID) > 11:
		return problem("sns-sender-id", s.SNSSenderID, "must be 3 to 11 letters and digits, with at least one letter")
	case s.PerDay != nil && !s.perDay().Sensible():
		return problem("sms-per-day", strconv.Itoa(*s.PerDay), "must be 1 to 1000000")
	case s.SNSEndpoint == "":
		return nil
	}
	u, err := url.Parse(s.SNSEndpoint)
	if err != nil || u.Hostname() == "" || !isPrivate(u) {
		return problem("sns-endpoint", redactURL(s.SNSEndpoint), "must be an https URL (http only on loopback)")
	}
	return nil
}

// perDay is the limit that PerDay sets, which must be given.
func (s SMS) perDay() idp.Rate { return idp.Rate{Most: *s.PerDay, Window: 24 * time.Hour} }

// Mail is how e-mail is sent.
type Mail struct {
	SMTPURL  Secret `name:"smtp-url" help:"smtp://user:password@host:587 (with STARTTLS) or smtps://…:465."`
	MailFrom string `help:"Sender of e-mail, like APS ID <no-reply@example.com>."`
}

// check wants both, unless e-mail goes to the inbox like text messages.
func (m Mail) check(inbox bool) error {
	if inbox && m.SMTPURL.IsZero() {
		return nil
	}
	if m.SMTPURL.IsZero() {
		return problem("smtp-url", "", "is missing: people are told by e-mail when their MFA changes")
	}
	u, err := url.Parse(m.SMTPURL.Reveal())
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" {
		return problem("smtp-url", "", "must be smtp://user:password@host:587 or smtps://user:password@host:465")
	}
	if _, err := mail.ParseAddress(m.MailFrom); err != nil {
		return problem("mail-from", m.MailFrom, "must be an e-mail address, like APS ID <no-reply@example.com>")
	}
	return nil
}
