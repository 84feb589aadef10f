package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// SetMandatory makes MFA mandatory for a practice from a time on, at every app, whatever it chose; zero takes that back. One that
// is set so already is no change and leaves no event. Remind tells people in time; a time that has come counts at once. APS only.
// Errors are those of SuspendPractice.
func (s *Practices) SetMandatory(ctx context.Context, caller Caller, id idp.PracticeID, from time.Time, now time.Time) error {
	name := policy.CommandRequireMFA
	if from.IsZero() {
		name = policy.CommandStopRequiringMFA
	}
	return s.run(ctx, name, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.practice(ctx, id)
		if err != nil {
			return err
		}
		changes := edits{}
		changes.note("mfa_required_from", moment(practice.MFARequiredFrom), moment(from))
		if len(changes) == 0 {
			c.event.Type = ""
			return nil
		}
		practice.MFARequiredFrom, c.event.Details = from, changes
		return c.savePractice(ctx, practice)
	})
}
