package manage

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/activity"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// eventRow is an event in a list.
type eventRow struct {
	activity.Entry
	At      web.ClockTime
	Who     string // "" if the actor did not prove who they are
	Whom    string // the person it concerns, if that is not the actor
	WhomURL string
	App     string
	Address string
	Device  string
}

// naming holds the names for the identifiers in a list of events.
type naming struct {
	people map[idp.UserID]string
	apps   map[idp.ClientID]string
}

func (n naming) app(id idp.ClientID) string {
	if name, ok := n.apps[id]; ok {
		return name
	}
	return string(id)
}

// names reads the names of the people and apps in the events, and of these apps.
func (s *Surface) names(ctx context.Context, v door.Visitor, events []idp.AuditEvent, apps ...idp.ClientID) (naming, error) {
	n := naming{apps: map[idp.ClientID]string{}}
	people := map[idp.UserID]bool{}
	for _, e := range events {
		if (e.Actor.Kind == idp.ActorUser || e.Actor.Kind == idp.ActorStaff) && e.Actor.ID != "" {
			people[idp.UserID(e.Actor.ID)] = true
		}
		if e.UserID != "" {
			people[e.UserID] = true
		}
		if e.Actor.Kind == idp.ActorClient {
			apps = append(apps, idp.ClientID(e.Actor.ID))
		}
		apps = append(apps, e.ClientID)
	}
	for _, app := range apps {
		if _, known := n.apps[app]; known || app == "" {
			continue
		}
		name, err := s.appName(ctx, app)
		if err != nil {
			return naming{}, err
		}
		n.apps[app] = name
	}
	var err error
	n.people, err = s.peopleNames(ctx, v.Account.Practice.ID, slices.Collect(maps.Keys(people)))
	return n, err
}

// appName returns the name of an app; for one that is gone, its identifier.
func (s *Surface) appName(ctx context.Context, id idp.ClientID) (string, error) {
	client, err := s.Names.FindClient(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return string(id), nil
	}
	return client.Name, err
}

// peopleNames reads the names of people of the practice. The answer leaves out people of other practices.
func (s *Surface) peopleNames(ctx context.Context, practice idp.PracticeID, ids []idp.UserID) (map[idp.UserID]string, error) {
	users, err := s.Names.ListNames(ctx, practice, ids)
	if err != nil {
		return nil, err
	}
	names := make(map[idp.UserID]string, len(users))
	for _, u := range users {
		names[u.ID] = people.Name(u)
	}
	return names, nil
}

func eventRows(events []idp.AuditEvent, n naming, v door.Visitor) (rows []eventRow) {
	for _, e := range events {
		row := eventRow{
			Entry: activity.Describe(e), At: web.NewMoment(e.At, v.Now, v.Zone()), Who: n.who(e.Actor), Address: e.Address,
			Device: activity.Device(e.UserAgent),
		}
		if e.ClientID != "" {
			row.App = n.app(e.ClientID)
		}
		if name, known := n.people[e.UserID]; known && string(e.UserID) != e.Actor.ID {
			row.Whom, row.WhomURL = name, userPath(e.UserID)
		}
		rows = append(rows, row)
	}
	return rows
}

// who names an actor. Only members of APS staff see the names of other members.
func (n naming) who(actor idp.Actor) string {
	switch actor.Kind {
	case idp.ActorUser:
		return n.people[idp.UserID(actor.ID)]
	case idp.ActorStaff:
		return cmp.Or(n.people[idp.UserID(actor.ID)], "APS support")
	case idp.ActorClient:
		if actor.ID == "" {
			return ""
		}
		return n.app(idp.ClientID(actor.ID))
	case idp.ActorSystem:
		return "APS ID"
	default:
		return ""
	}
}
