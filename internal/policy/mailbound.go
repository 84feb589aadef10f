package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// How many e-mails a visitor without a sign-in may ask for in MailWindow: of one kind for one user name, and from one network
// address, which a whole office may share. A request beyond that is answered like the others, and sends nothing.
const (
	MailsPerName    = 3
	MailsPerAddress = 30
	MailWindow      = time.Hour
)

// MailBound is one limit on what visitors without a sign-in ask for: the name of its counter, and how many e-mails may go in
// MailWindow.
type MailBound struct {
	Subject string
	Most    int
}

// MailBounds are the limits on one such request, in the order in which a transaction takes them. The counters are guards of
// idp.ProofPassword, which the requests are about, under names of their own. Each kind of e-mail has its own counter: a request
// to unlock an account that is not locked sends nothing, and an attacker could otherwise use up with it the owner's way to a new
// password, again and again (ABUSE 18).
func MailBounds(asked, username, address string) []MailBound {
	return []MailBound{
		{Subject: "mail-to:" + asked + ":" + username, Most: MailsPerName},
		{Subject: "mail-from:" + Network(address), Most: MailsPerAddress},
	}
}

// TakeMail counts one more e-mail that a visitor without a sign-in asks for, and says whether it may go. The guard counts in
// Failures since UpdatedAt, and never locks. A clock that is set back allows no more e-mails.
func TakeMail(g idp.Guard, most int, now time.Time) (idp.Guard, bool) {
	if !now.Before(g.UpdatedAt.Add(MailWindow)) {
		g.Failures, g.UpdatedAt = 0, now
	}
	if g.Failures >= most {
		return g, false
	}
	g.Failures++
	return g, true
}
