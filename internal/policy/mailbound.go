package policy

import (
	"net/netip"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// How many e-mails strangers may ask for in MailWindow: of one kind for one user name, and from one network address, which a whole
// office may share. What is over is answered like the rest, and sends nothing.
const (
	MailsPerName    = 3
	MailsPerAddress = 30
	MailWindow      = time.Hour
)

// MailBound is one limit on what strangers ask for: the name of its counter, and how many may go in MailWindow.
type MailBound struct {
	Subject string
	Most    int
}

// MailBounds are the limits on one request for what is asked, in the order in which a transaction takes them. The counters are
// guards of idp.ProofPassword, which the requests are about, under names of their own. Each kind of e-mail has its own: to unlock
// what is not locked sends nothing, and would otherwise use up the owner's way to a new password, again and again (ABUSE 18).
func MailBounds(asked, username, address string) []MailBound {
	return []MailBound{
		{Subject: "mail-to:" + asked + ":" + username, Most: MailsPerName},
		{Subject: "mail-from:" + Network(address), Most: MailsPerAddress},
	}
}

// TakeMail counts one more e-mail that a stranger asks for, and says whether it may go. The guard counts in Failures since
// UpdatedAt, and never locks. A clock that is set back frees nothing.
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

// Network is what limits on an address count: an IPv4 address, or the 64 bits of IPv6 that one customer of an internet provider
// has. Text that is no address stays as it is.
func Network(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	parsed = parsed.Unmap().WithZone("")
	if parsed.Is4() {
		return parsed.String()
	}
	return netip.PrefixFrom(parsed, 64).Masked().String()
}
