package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// command is one run of a command, inside its transaction.
type command struct {
	Unit
	rates  Rates
	name   policy.Command
	caller Caller
	actor  policy.Actor
	now    time.Time
	asked  bool        // policy was asked about the target
	held   []idp.Guard // the counters of the password that the command may clear
	// counted is the practice whose people with a role were counted: it becomes another version, so that of two commands that each
	// count the other's person one collides. It is written last, because a sign-in locks the person before the practice.
	counted idp.Practice
	event   idp.AuditEvent // what it leaves; without a Type nothing: it changed nothing, or its sessions' events say it all
}

func newCommand(u Unit, rates Rates, name policy.Command, caller Caller, now time.Time) *command {
	c := &command{Unit: u, rates: rates, name: name, caller: caller, now: now, event: done(policy.Describe(name).Event, caller.Actor, now)}
	c.event.Address, c.event.UserAgent = caller.Address, caller.UserAgent
	return c
}

// leave writes the event, if there is one.
func (c *command) leave(ctx context.Context) error {
	if c.event.Type == "" {
		return nil
	}
	if b := c.caller.batch; b != nil {
		c.note("batch", b.id)
		if b.reason != "" {
			c.note("reason_given", b.reason)
		}
	}
	return c.AppendEvent(ctx, c.event)
}

// identify reads who gives the command.
func (c *command) identify(ctx context.Context) (err error) {
	c.actor, err = identify(ctx, c.Unit, c.caller)
	c.event.PracticeID = c.actor.Practice.ID
	return err
}

// stand is the last thing that a command does. A person gives it by a session: whatever takes rights away ends sessions in the same
// transaction, so a session that is still alive here says that the rights that were read at the beginning are the caller's to the end.
// One that has ended since the surface looked at it gives nothing any more.
func (c *command) stand(ctx context.Context) error {
	if c.counted.ID != "" {
		if err := c.UpdatePractice(ctx, c.counted); err != nil {
			return err
		}
	}
	if c.caller.SID == "" {
		return nil
	}
	err := c.HoldSession(ctx, c.caller.SID)
	if !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	again := policy.ProofsOf(c.name, c.actor)
	again.MaxAge = policy.Freshness // a new sign-in, whatever the command asks for
	return &policy.StaleProofError{Command: c.name, Proofs: again, Proved: c.caller.Proved}
}

// needs asks policy about the command for this target. Every command does, through grant.
func (c *command) needs(target policy.Target) policy.Need {
	c.asked = true
	return policy.Needs(c.name, c.actor, target)
}

// reach refuses a target that belongs to another practice, as if there were nothing of that name (ABUSE 32).
func (c *command) reach(what, name string, answer policy.Permission) error {
	if answer == policy.PermissionOtherPractice {
		return c.unknown(what, name, answer.Reason())
	}
	return nil
}

// grant refuses a caller who may not give the command, and one who has to prove again first who they are.
func (c *command) grant(need policy.Need) error {
	if err := refuse(need.Permission); err != nil {
		return err
	}
	if !need.Proofs.MetBy(c.caller.Proved, c.now) {
		return &policy.StaleProofError{Command: c.name, Proofs: need.Proofs, Proved: c.caller.Proved}
	}
	return nil
}

// account returns the person whom the command is about, if the caller may give it for them. A person of another practice and one
// who does not exist are answered alike: idp.ErrNotFound, and an event in the caller's own practice (ABUSE 32).
func (c *command) account(ctx context.Context, id idp.UserID) (idp.Account, error) {
	account, err := c.FindAccount(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Account{}, c.unknown("user", string(id), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Account{}, err
	}
	need := c.needs(policy.Target{User: account.User, Practice: account.Practice})
	if err := c.reach("user", string(id), need.Permission); err != nil {
		return idp.Account{}, err
	}
	c.event.PracticeID, c.event.UserID = account.User.PracticeID, account.User.ID
	if need.Permission == policy.Permitted {
		need.Permission = policy.OneHand(c.name, c.actor, account.User, c.now)
	}
	return account, c.grant(need)
}

// practice does the same for a practice.
func (c *command) practice(ctx context.Context, id idp.PracticeID) (idp.Practice, error) {
	practice, err := c.FindPractice(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Practice{}, c.unknown("practice", string(id), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Practice{}, err
	}
	need := c.needs(policy.Target{Practice: practice})
	if err := c.reach("practice", string(id), need.Permission); err != nil {
		return idp.Practice{}, err
	}
	c.event.PracticeID = practice.ID
	if need.Permission == policy.PermissionSelf {
		return practice, notNow(need.Permission.Reason(), "APS’s own practice can’t be changed like this.")
	}
	return practice, c.grant(need)
}

// client does the same for a client.
func (c *command) client(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	client, err := c.FindClient(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Client{}, c.unknown("client", string(id), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Client{}, err
	}
	bound, err := c.bound(ctx, client.PracticeID)
	if err != nil {
		return idp.Client{}, err
	}
	need := c.needs(policy.Target{Practice: bound})
	if err := c.reach("client", string(id), need.Permission); err != nil {
		return idp.Client{}, err
	}
	if err := c.grant(need); err != nil {
		return idp.Client{}, err
	}
	c.event.ClientID, c.event.PracticeID = client.ID, client.PracticeID
	return client, nil
}

// bound returns the practice that an integration or an event belongs to; the zero one for what belongs to none.
func (c *command) bound(ctx context.Context, id idp.PracticeID) (idp.Practice, error) {
	if id == "" {
		return idp.Practice{}, nil
	}
	practice, err := c.FindPractice(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Practice{}, c.unknown("practice", string(id), idp.ReasonNotFound)
	}
	return practice, err
}

// self returns the caller's own account.
func (c *command) self() (idp.User, error) {
	c.event.UserID = c.actor.User.ID
	return c.actor.User, c.grant(c.needs(policy.Target{User: c.actor.User, Practice: c.actor.Practice}))
}

// shellOnly refuses every caller but the command line on the server itself: no other caller says what another person proves with.
func (c *command) shellOnly() error { return c.grant(c.needs(policy.Target{})) }

// unknown refuses a name as if it stood for nothing, and records what was named.
func (c *command) unknown(what, name string, reason idp.Reason) error {
	return unknown(&c.event, what, name, reason)
}

// ended is the event of each session that the command ends.
func (c *command) ended(by string) idp.AuditEvent {
	event := done(idp.EventSessionEnded, c.caller.Actor, c.now)
	event.Address, event.UserAgent = c.caller.Address, c.caller.UserAgent
	event.Reason = idp.EndRevoked.Reason()
	event.Details = map[string]string{"by": by}
	return event
}

// signOut ends all sessions of the user.
func (c *command) signOut(ctx context.Context, user idp.User, by string) error {
	_, err := c.EndUserSessions(ctx, user.PracticeID, user.ID, idp.EndRevoked, c.ended(by), c.now)
	return err
}
