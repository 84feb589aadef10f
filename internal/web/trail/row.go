package trail

import (
	"context"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/activity"
	"github.com/apscloud/apsid/internal/web/door"
)

// Row is a line of the activity: an event, or a sign-in with its steps.
type Row struct {
	activity.Entry
	At      web.ClockTime
	Who     string // "" if the actor did not prove who they are
	Whom    string // the person it concerns, if that is not the actor
	WhomURL string
	App     string
	Address string
	Device  string
	Steps   []Step // of a sign-in of several, oldest first
}

// Step is a step of a sign-in.
type Step struct {
	activity.Entry
	At web.ClockTime
}

// Recent returns the last lines of the practice's activity that the query finds.
func (t *Trail) Recent(ctx context.Context, v door.Visitor, of Scope, wanted directory.EventQuery, most int) ([]Row, error) {
	found, err := t.Practices.ListActivity(ctx, v.Caller, of.Practice, wanted, directory.Page{Limit: most}, v.Now)
	if err != nil {
		return nil, err
	}
	return t.rows(ctx, v, of, found.Lines)
}

func (t *Trail) rows(ctx context.Context, v door.Visitor, of Scope, lines []directory.ActivityLine) (rows []Row, err error) {
	events := make([]idp.AuditEvent, len(lines))
	for i, line := range lines {
		events[i] = line.Event
	}
	names, err := t.names(ctx, v, of, events)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		e := line.Event
		row := Row{
			Entry: activity.DescribeSignin(e, line.Steps), At: web.NewMoment(e.At, v.Now, v.Zone()), Who: names.who(e.Actor), App: names.apps[e.ClientID],
			Address: e.Address, Device: activity.Device(e.UserAgent),
		}
		if name, known := names.people[e.UserID]; known && string(e.UserID) != e.Actor.ID {
			row.Whom = name
			if of.Person != nil {
				row.WhomURL = of.Person(e.UserID)
			}
		}
		if len(line.Steps) > 1 {
			for _, step := range line.Steps {
				row.Steps = append(row.Steps, Step{Entry: activity.Describe(step), At: web.NewMoment(step.At, v.Now, v.Zone())})
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}
