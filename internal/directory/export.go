package directory

import (
	"context"
	"iter"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ExportEvents hands out a practice's audit events, newest first, to a caller who may see the practice, or of what concerns only
// them (EventQuery.UserID) to a person of it, and leaves an event that it was done. practice "" means the events that belong to none, which APS alone sees. The events are read while they are ranged
// over, a page at a time; an error ends them.
//
// Errors: idp.CodeNotFound for a practice out of reach; idp.CodeForbidden.
func (s *Practices) ExportEvents(ctx context.Context, caller Caller, id idp.PracticeID, q EventQuery, now time.Time) (iter.Seq2[idp.AuditEvent, error], error) {
	err := s.run(ctx, policy.CommandExportEvents, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.bound(ctx, id)
		if err != nil {
			return err
		}
		target := policy.Target{Practice: practice}
		if q.UserID == c.actor.User.ID && practice.ID == c.actor.Practice.ID {
			target.User = c.actor.User
		}
		need := c.needs(target)
		if err := c.reach("practice", string(id), need.Permission); err != nil {
			return err
		}
		c.event.PracticeID = practice.ID
		c.event.Details = map[string]string{"from": moment(q.From), "until": moment(q.Until), "type": text(q.Type), "about": text(q.UserID)}
		return c.grant(need)
	})
	if err != nil {
		return nil, err
	}
	return s.eventsOf(ctx, id, q), nil
}

// exportPage is how many events are read at once.
const exportPage = 200

func (s *Practices) eventsOf(ctx context.Context, id idp.PracticeID, q EventQuery) iter.Seq2[idp.AuditEvent, error] {
	return func(yield func(idp.AuditEvent, error) bool) {
		page := Page{Limit: exportPage}
		for {
			events, next, err := s.Records.SearchEvents(ctx, id, q, page)
			if err != nil {
				yield(idp.AuditEvent{}, err)
				return
			}
			for _, event := range events {
				if !yield(event, nil) {
					return
				}
			}
			if page.After = next; next == "" {
				return
			}
		}
	}
}
