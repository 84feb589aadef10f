package trail

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// naming holds the names for the identifiers in a list of events.
type naming struct {
	service string // our own
	people  map[idp.UserID]string
	apps    map[idp.ClientID]string
	self    idp.UserID // who reads a list of what concerns them, and is shown no names; "" for the readers of a practice
}

// names reads the names of the people and apps in the events.
func (t *Trail) names(ctx context.Context, v door.Visitor, of Scope, events []idp.AuditEvent) (naming, error) {
	n := naming{service: t.Service, apps: map[idp.ClientID]string{}}
	ids := map[idp.UserID]bool{}
	for _, e := range events {
		if (e.Actor.Kind == idp.ActorUser || e.Actor.Kind == idp.ActorStaff) && e.Actor.ID != "" {
			ids[idp.UserID(e.Actor.ID)] = true
		}
		if e.UserID != "" {
			ids[e.UserID] = true
		}
		if e.Actor.Kind == idp.ActorClient {
			n.apps[idp.ClientID(e.Actor.ID)] = ""
		}
		n.apps[e.ClientID] = ""
	}
	var err error
	if n.apps, err = t.AppNames(ctx, slices.Collect(maps.Keys(n.apps))); err != nil {
		return naming{}, err
	}
	if of.Own {
		n.self = v.Account.User.ID
		return n, nil
	}
	n.people, err = t.PeopleNames(ctx, of.Practice, slices.Collect(maps.Keys(ids)))
	return n, err
}

// AppNames reads the names of apps; one that is gone is called by its identifier.
func (t *Trail) AppNames(ctx context.Context, ids []idp.ClientID) (map[idp.ClientID]string, error) {
	names := map[idp.ClientID]string{}
	for _, id := range ids {
		if _, known := names[id]; known || id == "" {
			continue
		}
		client, err := t.Names.FindClient(ctx, id)
		switch {
		case errors.Is(err, idp.ErrNotFound):
			names[id] = string(id)
		case err != nil:
			return nil, err
		default:
			names[id] = client.Name
		}
	}
	return names, nil
}

// PeopleNames reads the names of people of the practice. The answer leaves out people of other practices.
func (t *Trail) PeopleNames(ctx context.Context, practice idp.PracticeID, ids []idp.UserID) (map[idp.UserID]string, error) {
	users, err := t.Names.ListNames(ctx, practice, ids)
	if err != nil {
		return nil, err
	}
	names := make(map[idp.UserID]string, len(users))
	for _, u := range users {
		names[u.ID] = people.Name(u)
	}
	return names, nil
}

// who names an actor; "" for one who did not prove who they are. Only members of APS staff see the names of other members.
func (n naming) who(actor idp.Actor) string {
	switch actor.Kind {
	case idp.ActorUser:
		if n.self == "" || actor.ID == "" {
			return n.people[idp.UserID(actor.ID)]
		}
		if actor.ID == string(n.self) {
			return "You"
		}
		return "Somebody else"
	case idp.ActorStaff:
		if actor.ID == string(n.self) {
			return "You"
		}
		return cmp.Or(n.people[idp.UserID(actor.ID)], "APS support")
	case idp.ActorClient:
		return n.apps[idp.ClientID(actor.ID)]
	case idp.ActorSystem:
		return n.service
	default:
		return ""
	}
}
