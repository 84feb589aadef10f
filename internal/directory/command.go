package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// command is one run of a command on something that exists, inside its transaction.
type command struct {
	Unit
	caller Caller
	doer   policy.Doer
	now    time.Time
	event  idp.AuditEvent // what it leaves; without a Type nothing: it changed nothing, or its sessions' events say it all
}

// swaps is how often a command is begun again because what it was about changed under it.
const swaps = 4

// run carries out a command as one transaction with its event, and begins again when somebody else changed the same thing at
// the same moment.
func (s *Service) run(ctx context.Context, kind string, caller Caller, now time.Time, work func(context.Context, *command) error) error {
	for attempt := 1; ; attempt++ {
		err := s.once(ctx, kind, caller, now, work)
		if attempt == swaps || s.together || !collided(err) {
			return err
		}
	}
}

// collided reports whether somebody else changed the same thing at the same moment. A conflict with a text is an answer to
// whoever asks.
func collided(err error) bool {
	var conflict *idp.Error
	return errors.As(err, &conflict) && conflict.Code == idp.CodeConflict && conflict.Public == ""
}

func (s *Service) once(ctx context.Context, kind string, caller Caller, now time.Time, work func(context.Context, *command) error) error {
	var refused *refusal
	err := s.Ledger.Commit(ctx, func(u Unit) error {
		refused = nil
		c := &command{Unit: u, caller: caller, now: now, event: done(kind, caller.Actor, now)}
		c.event.Address, c.event.UserAgent = caller.Address, caller.UserAgent
		err := c.identify(ctx)
		if err == nil {
			err = work(ctx, c)
		}
		if errors.As(err, &refused) {
			c.event.Result, c.event.Reason = idp.ResultFailure, refused.reason
			err = nil
		}
		if err != nil || c.event.Type == "" {
			return err
		}
		return u.AppendEvent(ctx, c.event)
	})
	if err == nil && refused != nil {
		return refused.answer
	}
	return err
}

// identify reads who asks.
func (c *command) identify(ctx context.Context) (err error) {
	c.doer, err = identify(ctx, c.Unit, c.caller)
	c.event.PracticeID = c.doer.Practice.ID
	return err
}

// account returns the person whom the command is about, if policy lets the caller manage them. A person of another practice
// and one who does not exist are answered alike: idp.ErrNotFound, and an event in the caller's own practice (ABUSE 32).
func (c *command) account(ctx context.Context, id idp.UserID) (idp.Account, error) {
	account, err := c.FindAccount(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Account{}, c.unknown("user", string(id), "not_found")
	}
	if err != nil {
		return idp.Account{}, err
	}
	answer := policy.MayManage(c.doer, account.User)
	if answer == policy.PermissionOtherPractice {
		return idp.Account{}, c.unknown("user", string(id), string(answer))
	}
	c.event.PracticeID, c.event.UserID = account.User.PracticeID, account.User.ID
	return account, refuse(answer)
}

// practice does the same for a practice.
func (c *command) practice(ctx context.Context, id idp.PracticeID) (idp.Practice, error) {
	practice, err := c.FindPractice(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Practice{}, c.unknown("practice", string(id), "not_found")
	}
	if err != nil {
		return idp.Practice{}, err
	}
	answer := policy.MayManagePractice(c.doer, practice)
	if answer == policy.PermissionOtherPractice {
		return idp.Practice{}, c.unknown("practice", string(id), string(answer))
	}
	c.event.PracticeID = practice.ID
	if answer == policy.PermissionSelf {
		return practice, notNow(string(answer), "APS’s own practice can’t be changed like this.")
	}
	return practice, refuse(answer)
}

// self returns the caller's own account.
func (c *command) self() (idp.User, error) {
	c.event.UserID = c.doer.User.ID
	return c.doer.User, refuse(policy.MayManageSelf(c.doer))
}

// shellOnly refuses everybody but the machine's own shell: nobody else says what another person proves with.
func (c *command) shellOnly() error {
	if c.doer.Kind == idp.ActorSystem {
		return nil
	}
	return refuse(policy.PermissionNoAccess)
}

// unknown refuses a name as if it stood for nothing, and records what was named.
func (c *command) unknown(what, name, reason string) error {
	return unknown(&c.event, what, name, reason)
}

// ended is the event of each session that the command ends.
func (c *command) ended(by string) idp.AuditEvent {
	event := done(idp.EventSessionEnded, c.caller.Actor, c.now)
	event.Address, event.UserAgent = c.caller.Address, c.caller.UserAgent
	event.Reason = string(idp.EndRevoked)
	event.Details = map[string]string{"by": by}
	return event
}

// signOut ends all sessions of the user.
func (c *command) signOut(ctx context.Context, user idp.User, by string) error {
	_, err := c.EndUserSessions(ctx, user.PracticeID, user.ID, idp.EndRevoked, c.ended(by), c.now)
	return err
}
