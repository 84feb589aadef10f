package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// How long links in e-mails live.
const (
	// InviteLife is the time to accept an invitation: the person may be on leave.
	InviteLife = 7 * 24 * time.Hour
	// ResetLife is the time to use a link that resets a password or ends its lock. NIST SP 800-63B-4, section 4.2.1.2, allows 24
	// hours for what is sent by e-mail, ASVS 6.4.1 asks for a short time; an hour is enough for a slow mail server.
	ResetLife = time.Hour
)

// mailed is a kind of link together with the kind of message that carries it.
type mailed struct {
	purpose idp.LinkPurpose
	notice  idp.NoticeKind
	life    time.Duration
}

func invitation() mailed {
	return mailed{purpose: idp.LinkInvite, notice: idp.NoticeInvite, life: InviteLife}
}

func resetLink() mailed {
	return mailed{purpose: idp.LinkPasswordReset, notice: idp.NoticePasswordReset, life: ResetLife}
}

func unlockLink() mailed {
	return mailed{purpose: idp.LinkUnlock, notice: idp.NoticeUnlock, life: ResetLife}
}

func confirmLink() mailed {
	return mailed{purpose: idp.LinkConfirm, notice: idp.NoticeConfirm, life: policy.ConfirmLife}
}

// sendLink makes a link and sends it to the person's user name. An open link of the same purpose ends.
func (c *command) sendLink(ctx context.Context, m mailed, account idp.Account) error {
	token, link, err := c.makeLink(ctx, m, account.User)
	if err != nil {
		return err
	}
	// Read again: from now on the person's row is locked, so the link can't go to an address that was changed meanwhile.
	account, err = c.FindAccount(ctx, account.User.ID)
	if err != nil {
		return err
	}
	n := c.notice(m.notice, account)
	n.Link, n.Until = token, link.ExpiresAt
	return c.EnqueueNotice(ctx, n)
}

// makeLink makes a link for the person and stores it with the hash of its token. The token itself is only in the e-mail.
func (c *command) makeLink(ctx context.Context, m mailed, user idp.User) (idp.Secret, idp.Link, error) {
	token := idp.RandomSecret(32)
	link := idp.Link{
		Hash: token.Hash(), Purpose: m.purpose, PracticeID: user.PracticeID, UserID: user.ID,
		CreatedBy: c.caller.Actor, CreatedAt: c.now, ExpiresAt: c.now.Add(m.life),
	}
	return token, link, c.CreateLink(ctx, link)
}

// endLinks revokes the open links in the person's mailbox that would let its reader in, and an enrolment code. Links that freeze the account stay, and the
// one that confirms a new address, which ends when the address is changed again: see moveMailbox.
func (c *command) endLinks(ctx context.Context, user idp.User) error {
	for _, purpose := range []idp.LinkPurpose{idp.LinkInvite, idp.LinkPasswordReset, idp.LinkUnlock, idp.LinkEnrolment} {
		if _, err := c.RevokeLinks(ctx, user.PracticeID, user.ID, purpose, c.now); err != nil {
			return err
		}
	}
	return nil
}

// LinkDetail is what the page of a link shows before it is posted.
type LinkDetail struct {
	Purpose   idp.LinkPurpose
	Name      string
	Username  string
	Practice  string
	Place     idp.Place // where the person reads
	ExpiresAt time.Time
}

// ViewLink shows what a link is for. It changes nothing. idp.ErrNotFound for a link that does not exist; idp.ErrUsed for one
// that was used, was revoked, has expired, or whose person is disabled.
func (s *Links) ViewLink(ctx context.Context, token idp.Secret, now time.Time) (LinkDetail, error) {
	link, account, err := s.openLink(ctx, token, now)
	if err != nil {
		return LinkDetail{}, err
	}
	return LinkDetail{
		Purpose: link.Purpose, Name: account.User.Name, Username: account.User.Username, Practice: account.Practice.Name,
		Place: account.Practice.Place(), ExpiresAt: link.ExpiresAt,
	}, nil
}

// openLink reads a link and its person. For one that can't be used any more it returns idp.ErrUsed beside them.
func (s *Links) openLink(ctx context.Context, token idp.Secret, now time.Time) (idp.Link, idp.Account, error) {
	link, err := s.Records.FindLink(ctx, token.Hash())
	if err != nil {
		return idp.Link{}, idp.Account{}, err
	}
	account, err := s.Records.FindAccount(ctx, link.UserID)
	if err == nil && (!link.IsOpen(now) || account.User.State != idp.UserActive) {
		err = idp.ErrUsed
	}
	return link, account, err
}

// Origin is a browser in which no one is signed in.
type Origin struct {
	Address   string
	UserAgent string
}

// unproved is the caller for a visitor who has not proved anything.
func (o Origin) unproved() Caller { return o.holding("") }

// holding is the caller for a visitor who has proved that they hold the mailbox of the person.
func (o Origin) holding(id idp.UserID) Caller {
	return Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: string(id)}, Address: o.Address, UserAgent: o.UserAgent}
}
