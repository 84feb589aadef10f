package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// runner carries out commands and answers queries, for the services of every subject.
type runner struct {
	Ports
	config   Config
	turns    *turns
	together bool // inside of Together: a command that collided can't be begun again by itself
}

// swaps is how often a command is begun again because another command changed its target meanwhile.
const swaps = 4

// run carries out a command as one transaction with its event, and begins again when another command changed the same thing at
// the same moment. work reads what the command is about and gives it to [command.needs], which asks policy; a command that
// changes something without having asked is not carried out.
func (r *runner) run(ctx context.Context, name policy.Command, caller Caller, now time.Time, work func(context.Context, *command) error) error {
	for attempt := 1; ; attempt++ {
		err := r.once(ctx, name, caller, now, work)
		if attempt == swaps || r.together || !collided(err) {
			return err
		}
	}
}

// collided reports whether another command changed the same thing at the same moment. A conflict with a text is an answer for
// the caller.
func collided(err error) bool {
	var conflict *idp.Error
	return errors.As(err, &conflict) && conflict.Code == idp.CodeConflict && conflict.Public == ""
}

func (r *runner) once(ctx context.Context, name policy.Command, caller Caller, now time.Time, work func(context.Context, *command) error) error {
	var refused *refusal
	err := r.Ledger.Commit(ctx, func(u Unit) error {
		refused = nil
		c := newCommand(u, r.Rates, name, caller, now)
		c.event.ID = idp.NthEventID(now, r.turns.next(now))
		err := c.identify(ctx)
		if err == nil {
			err = work(ctx, c)
		}
		if errors.As(err, &refused) {
			c.event.Result, c.event.Reason = idp.ResultFailure, refused.reason
			return c.leave(ctx)
		}
		if err == nil && !c.asked {
			err = fmt.Errorf("directory: %s was carried out without asking policy", name)
		}
		if err != nil {
			return err
		}
		if err := c.stand(ctx); err != nil {
			return err
		}
		if b := caller.batch; b != nil {
			b.unchanged = c.event.Type == ""
		}
		return c.leave(ctx)
	})
	if err == nil && refused != nil {
		return refused.answer
	}
	return err
}
