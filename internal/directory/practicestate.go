package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// SuspendPractice keeps every person of a practice from signing in, and ends all their sessions. A practice that is suspended
// already stays so, without an event. Errors: idp.CodeNotFound if there is no such practice for the caller; idp.CodeForbidden.
func (s *Practices) SuspendPractice(ctx context.Context, caller Caller, id idp.PracticeID, now time.Time) error {
	return s.setPracticeState(ctx, policy.CommandSuspendPractice, caller, id, idp.PracticeSuspended, now)
}

// ResumePractice lets the people of a practice sign in again; no session comes back. Errors are those of SuspendPractice.
func (s *Practices) ResumePractice(ctx context.Context, caller Caller, id idp.PracticeID, now time.Time) error {
	return s.setPracticeState(ctx, policy.CommandResumePractice, caller, id, idp.PracticeActive, now)
}

func (s *Practices) setPracticeState(ctx context.Context, name policy.Command, caller Caller, id idp.PracticeID, state idp.PracticeState, now time.Time) error {
	return s.run(ctx, name, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.practice(ctx, id)
		if err != nil {
			return err
		}
		if practice.State == state {
			c.event.Type = ""
			return nil
		}
		practice.State = state
		if err := c.savePractice(ctx, practice); err != nil || state == idp.PracticeActive {
			return err
		}
		return c.signOutPractice(ctx, practice, "", string(c.event.Type))
	})
}

func (c *command) savePractice(ctx context.Context, practice idp.Practice) error {
	practice.UpdatedAt = c.now
	return c.UpdatePractice(ctx, practice)
}

// signOutPractice ends every person's sessions at one app, or at all if it is "".
func (c *command) signOutPractice(ctx context.Context, practice idp.Practice, app idp.ClientID, by string) error {
	_, err := c.EndPracticeSessions(ctx, practice.ID, app, idp.EndRevoked, c.ended(by), c.now)
	return err
}
