package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ListEvents lists a practice's audit events, newest first; practice "" means those that belong to no practice, which only APS
// sees. People without access to User Management+ see only their own, with EventQuery.UserID set to themselves. Errors:
// idp.CodeNotFound if there is no such practice in reach of the caller; idp.CodeForbidden; idp.CodeInvalid for a cursor that
// came from elsewhere.
func (s *Practices) ListEvents(ctx context.Context, caller Caller, practice idp.PracticeID, q EventQuery, page Page, now time.Time) (events []idp.AuditEvent, next string, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, asked *query) error {
		if err := asked.mayListEvents(ctx, practice, q); err != nil {
			return err
		}
		events, next, err = asked.SearchEvents(ctx, practice, q, page)
		return err
	})
	return events, next, err
}

func (q *query) mayListEvents(ctx context.Context, practice idp.PracticeID, wanted EventQuery) error {
	if practice == "" {
		return refuse(policy.MayServe(q.actor))
	}
	if practice == q.actor.User.PracticeID && q.isSelf(wanted.UserID) {
		return nil
	}
	_, err := q.practice(ctx, practice)
	return err
}
