package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
	"github.com/apscloud/apsid/internal/policy"
)

// A request made without a sign-in waits in the queue of notices as one of these kinds, until Answer takes it out. No message text
// exists for these kinds: Answer sends a notice of another kind.
const (
	askedReset  idp.NoticeKind = "asked_password_reset"
	askedUnlock idp.NoticeKind = "asked_unlock"
)

// RequestPasswordReset mails a link to the person of this user name; a person who was invited and has not joined gets the
// invitation again, at most once a day. RequestPasswordReset does not look the person up: it hands the request over, within a limit of
// the visitor's network, and Sift and Answer do the rest, so that neither the text of the answer nor its timing shows whether the name
// is known (ABUSE 26). Errors: idp.CodeInvalid with field "username" for a text that is no address; idp.ErrBusy; those of the stores.
func (s *Links) RequestPasswordReset(ctx context.Context, from Origin, username string, now time.Time) error {
	return s.request(ctx, from, askedReset, policy.CommandRequestPasswordReset, username, now)
}

// RequestUnlock mails a link that ends the lock of the password, if there is one; otherwise as RequestPasswordReset.
func (s *Links) RequestUnlock(ctx context.Context, from Origin, username string, now time.Time) error {
	return s.request(ctx, from, askedUnlock, policy.CommandRequestUnlock, username, now)
}

func (s *Links) request(ctx context.Context, from Origin, asked idp.NoticeKind, name policy.Command, username string, now time.Time) error {
	if !mailbox.IsAddress(username) {
		return idp.Invalid("username", "Enter your email address, like name@example.com.")
	}
	if s.Asked == nil {
		return errors.New("directory: " + string(name) + " is asked for by visitors, and this process has none")
	}
	within := false
	err := s.run(ctx, name, from.unproved(), now, func(ctx context.Context, c *command) error {
		if err := c.anyone(); err != nil {
			return err
		}
		full, err := c.take(ctx, policy.MailRequest(asked, from.Address)...)
		if err != nil {
			return err
		}
		within = full.Limit == ""
		if !within {
			return c.sendNothing(idp.ReasonTooMany)
		}
		c.event.Type = "" // Answer writes the event, because it knows which person the event is about
		return nil
	})
	if err != nil || !within {
		return err
	}
	return s.Asked.Ask(idp.Notice{Kind: asked, Email: strings.ToLower(strings.TrimSpace(username)), Address: from.Address, UserAgent: from.UserAgent, At: now})
}

// Asked takes the requests of visitors without a sign-in.
type Asked interface {
	// Ask gives the request to Sift after the visitor was answered. idp.ErrBusy: too many wait already.
	Ask(n idp.Notice) error
}

// Sift puts a request into the queue of notices, where it outlives the node, if an account has the user name. Any other leaves no row
// (ABUSE 52): it is answered at once, by an event that shares a line with others. It may be called again after an error.
func (s *Links) Sift(ctx context.Context, n idp.Notice, now time.Time) error {
	_, err := findByName(ctx, s.Records, n.Email)
	if errors.Is(err, idp.ErrNotFound) {
		_, err = s.Answer(ctx, n, now)
		return err
	}
	if err != nil {
		return err
	}
	return s.Ledger.Commit(ctx, func(u Unit) error { return u.EnqueueNotice(ctx, n) })
}

// anyone asks policy about a command that needs no sign-in.
func (c *command) anyone() error { return c.grant(c.needs(policy.Target{})) }

// Answer carries out a request made without a sign-in, when it comes out of the queue, and writes its event, also for an unknown
// user name. It reports false for any other notice, which is to be delivered as it is. A request that is answered twice sends a
// second link, and the first one ends.
func (s *Links) Answer(ctx context.Context, n idp.Notice, now time.Time) (answered bool, err error) {
	from := Origin{Address: n.Address, UserAgent: n.UserAgent}
	switch n.Kind {
	case askedReset:
		return true, s.answer(ctx, policy.CommandRequestPasswordReset, from, n.Email, now, resetOrInvite)
	case askedUnlock:
		return true, s.answer(ctx, policy.CommandRequestUnlock, from, n.Email, now, unlockIfLocked)
	default:
		return false, nil
	}
}

func (s *Links) answer(ctx context.Context, name policy.Command, from Origin, username string, now time.Time, decide func(context.Context, *command, idp.User) (m mailed, not idp.Reason, err error)) error {
	found, err := findByName(ctx, s.Records, username)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	return s.run(ctx, name, from.unproved(), now, func(ctx context.Context, c *command) error {
		if err := c.anyone(); err != nil {
			return err
		}
		account, err := c.FindAccount(ctx, found.User.ID)
		if errors.Is(err, idp.ErrNotFound) {
			return c.sendNothing(idp.ReasonUnknownUser)
		}
		if err != nil {
			return err
		}
		c.event.PracticeID, c.event.UserID = account.User.PracticeID, account.User.ID
		if !policy.MaySignIn(account.User, account.Practice) {
			return c.sendNothing(idp.ReasonInactive)
		}
		m, not, err := decide(ctx, c, account.User)
		if err != nil {
			return err
		}
		if not == "" && !account.User.Invited() && policy.AddressRests(account.User, c.now) {
			not = policy.PermissionNewAddress.Reason()
		}
		if not == "" {
			not, err = c.mayMail(ctx, m, account.User)
		}
		if err != nil {
			return err
		}
		if not != "" {
			return c.sendNothing(not)
		}
		return c.sendLink(ctx, m, account)
	})
}

// mayMail counts a mail that is about to be sent, and says why it may not. The limits come before the mark of the day, so that a
// network whose mails are used up does not use up a person's only invitation of the day.
func (c *command) mayMail(ctx context.Context, m mailed, user idp.User) (not idp.Reason, err error) {
	full, err := c.take(ctx, policy.RequestedMail(m.notice, user.Username, c.caller.Address)...)
	if err != nil {
		return "", err
	}
	if full.Limit != "" {
		return idp.ReasonTooMany, nil
	}
	if m.purpose != idp.LinkInvite {
		return "", nil
	}
	first, err := c.TakeReminder(ctx, "invite/"+string(user.ID)+"/"+c.now.UTC().Format(time.DateOnly), c.now)
	if !first {
		not = idp.ReasonInvitedToday
	}
	return not, err
}

// sendNothing records in the event why nothing is sent. The visitor has been told the same as if a message had been sent.
func (c *command) sendNothing(why idp.Reason) error {
	c.event.Result, c.event.Reason = idp.ResultFailure, why
	return nil
}

// resetOrInvite decides what to send to a person who has forgotten the password, or never had one.
func resetOrInvite(_ context.Context, _ *command, user idp.User) (m mailed, not idp.Reason, err error) {
	if user.Invited() {
		return invitation(), "", nil
	}
	return resetLink(), "", nil
}

// unlockIfLocked decides what to send to a person who asks to end the lock of the password.
func unlockIfLocked(ctx context.Context, c *command, user idp.User) (m mailed, not idp.Reason, err error) {
	not = idp.ReasonNotLocked
	err = c.UpdateGuard(ctx, policy.PasswordGuard(user.Username), idp.ProofPassword, func(g idp.Guard) idp.Guard {
		if policy.IsLocked(g, c.now) {
			not = ""
		}
		return g
	})
	return unlockLink(), not, err
}
