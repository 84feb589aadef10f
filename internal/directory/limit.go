package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Rates counts what has a limit.
type Rates interface {
	// Take counts one more of each use, if every limit lets it through; of the limits that are full it names the first, and counts
	// nothing. idp.ErrUnavailable if the counters can't be reached.
	Take(ctx context.Context, now time.Time, uses ...idp.Use) (idp.Reached, error)
}

// take counts the uses, and reports whether all of them may go on. The event names the limit that is full.
func (c *command) take(ctx context.Context, uses ...idp.Use) (full idp.Reached, err error) {
	if c.rates == nil {
		return idp.Reached{}, errors.New("directory: " + string(c.name) + " has a limit, and there are no counters")
	}
	full, err = c.rates.Take(ctx, c.now, uses...)
	if full.Limit != "" {
		c.note("limit", string(full.Limit))
	}
	return full, err
}

// within counts the uses, and refuses the command if a limit is full: with the time from which it goes on. It comes before anything
// is changed. The machine's own shell has no limits.
func (c *command) within(ctx context.Context, uses []idp.Use) error {
	if c.caller.Kind == idp.ActorSystem || len(uses) == 0 {
		return nil
	}
	full, err := c.take(ctx, uses...)
	if err != nil || full.Limit == "" {
		return err
	}
	return c.overLimit(full)
}

// overLimit refuses the command because of the limit.
func (c *command) overLimit(full idp.Reached) error {
	next := full.Until.Add(time.Minute - 1).Truncate(time.Minute) // clocks show minutes
	return &refusal{reason: idp.ReasonTooMany, answer: &idp.Error{
		Code: idp.CodeBusy, RetryAfter: full.Until.Sub(c.now),
		Public: tooMany(full.Limit) + " You can go on at " + c.actor.Practice.Place().Clock(next, c.now) + ".",
	}}
}

// tooMany says to the caller which limit is full.
func tooMany(limit idp.LimitName) string {
	return map[idp.LimitName]string{
		idp.LimitInvitationsByActor:     "You have invited as many people as can be invited at a time. The invitations so far were sent.",
		idp.LimitInvitationsByPractice:  "Your practice has invited as many people as can be invited at a time. The invitations so far were sent.",
		idp.LimitInvitationsByAPS:       "As many people were invited as can be invited at a time. The invitations so far were sent.",
		idp.LimitInvitationsToMailbox:   "This mailbox was sent as many invitations as can be sent at a time.",
		idp.LimitResetsByActor:          "You have sent as many password resets as can be sent at a time.",
		idp.LimitResetsByPractice:       "Your practice has sent as many password resets as can be sent at a time.",
		idp.LimitResetsToMailbox:        "This person was sent as many password resets as can be sent at a time. The last one works.",
		idp.LimitChangesByActor:         "You have changed as many accounts as can be changed at a time.",
		idp.LimitChangesToMailbox:       "This account was changed as often as it can be changed at a time.",
		idp.LimitConfirmationsToMailbox: "This mailbox was sent as many emails that ask to confirm it as can be sent at a time. The last one works.",
		idp.LimitRemindersToMailbox:     "This person was reminded within a day.",
		idp.LimitImportsByPractice:      "Your practice has imported as many people as can be imported at a time. Those so far are there.",
		idp.LimitRefusedByImport:        "Too many of these email addresses can’t be used, so none of these people was added. Check the list, or ask APS support.",
		idp.LimitOwnChanges:             "You have changed your account as often as it can be changed at a time.",
		idp.LimitCasesByActor:           "You have opened as many cases as can be opened at a time.",
		idp.LimitCaseCodesToMailbox:     "This mailbox was sent as many codes as can be sent at a time.",
	}[limit]
}

// note adds a detail to the event.
func (c *command) note(detail, value string) {
	if c.event.Details == nil {
		c.event.Details = map[string]string{}
	}
	c.event.Details[detail] = value
}
