package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// ActivityLine is a line of the activity: an event, or a sign-in with its steps.
type ActivityLine struct {
	Event idp.AuditEvent   // of a sign-in, the last step that the query finds
	Steps []idp.AuditEvent // of the sign-in, oldest first; nil for any other event
}

// ActivityCount is how much activity a query finds.
type ActivityCount struct {
	Lines  int64
	Before int64 // of them, on the pages before this one
	More   bool  // there are more than Lines: counting stopped there
}

// ActivityPage is a part of the activity.
type ActivityPage struct {
	Lines []ActivityLine
	Next  string // the cursor of the next page; "": there is none
	Count ActivityCount
}

// ListActivity lists a practice's activity, newest first: its events, but one line for each sign-in, with all its steps, whatever
// the query says about them. Who may see it, and the errors, are those of ListEvents.
func (s *Practices) ListActivity(ctx context.Context, caller Caller, practice idp.PracticeID, q EventQuery, page Page, now time.Time) (found ActivityPage, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, asked *query) error {
		if err := asked.mayListEvents(ctx, practice, q); err != nil {
			return err
		}
		found, err = asked.activity(ctx, practice, q, page)
		return err
	})
	return found, err
}

func (q *query) activity(ctx context.Context, practice idp.PracticeID, wanted EventQuery, page Page) (found ActivityPage, err error) {
	events, next, err := q.SearchActivity(ctx, practice, wanted, page)
	if err != nil {
		return found, err
	}
	found.Next = next
	if found.Count, err = q.CountActivity(ctx, practice, wanted, page.After); err != nil {
		return found, err
	}
	var signins []idp.SID
	for _, e := range events {
		if e.SID != "" {
			signins = append(signins, e.SID)
		}
	}
	// A sign-in may begin with the wrong user name: a person who sees only what is about them sees no step about another.
	steps, err := q.ListSteps(ctx, practice, wanted.UserID, signins)
	if err != nil {
		return found, err
	}
	of := map[idp.SID][]idp.AuditEvent{}
	at := map[idp.EventID]bool{}
	for _, step := range steps {
		of[step.SID], at[step.ID] = append(of[step.SID], step), true
	}
	for _, e := range events {
		line := ActivityLine{Event: e}
		if at[e.ID] {
			line.Steps = of[e.SID]
		}
		found.Lines = append(found.Lines, line)
	}
	return found, nil
}
