package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// AddApp gives a practice an app, and the apps that it brings. If the practice has them all, nothing changes and there is no event.
// Errors are those of SuspendPractice, and idp.CodeNotFound if there is no such app.
func (s *Practices) AddApp(ctx context.Context, caller Caller, id idp.PracticeID, app idp.ClientID, now time.Time) error {
	return s.run(ctx, policy.CommandAddPracticeApp, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.practice(ctx, id)
		if err != nil {
			return err
		}
		client, err := c.FindClient(ctx, app)
		if errors.Is(err, idp.ErrNotFound) || err == nil && !isForPractices(client) {
			return c.unknown("client", string(app), idp.ReasonNotFound)
		}
		if err != nil {
			return err
		}
		added := slices.DeleteFunc(append([]idp.ClientID{app}, client.Brings...), practice.HasApp)
		if len(added) == 0 {
			c.event.Type = ""
			return nil
		}
		c.event.ClientID, c.event.Details = app, map[string]string{"apps": words(added)}
		practice.Apps = sorted(append(slices.Clone(practice.Apps), added...))
		return c.savePractice(ctx, practice)
	})
}

// RemoveApp takes an app from a practice, together with the apps that it brought and that no other app of the practice brings, and
// ends its people's sessions there. If the practice does not have the app, nothing changes and there is no event. Errors are those
// of SuspendPractice, and idp.CodeConflict for an app that comes with another one of the practice.
func (s *Practices) RemoveApp(ctx context.Context, caller Caller, id idp.PracticeID, app idp.ClientID, now time.Time) error {
	return s.run(ctx, policy.CommandRemovePracticeApp, caller, now, func(ctx context.Context, c *command) error {
		practice, err := c.practice(ctx, id)
		if err != nil {
			return err
		}
		if app == "" || !practice.HasApp(app) {
			c.event.Type = ""
			return nil
		}
		removed, err := removedWith(ctx, c, practice, app)
		if err != nil {
			return err
		}
		c.event.ClientID, c.event.Details = app, map[string]string{"apps": words(removed)}
		practice.Apps = slices.DeleteFunc(slices.Clone(practice.Apps), func(each idp.ClientID) bool { return slices.Contains(removed, each) })
		if err := c.savePractice(ctx, practice); err != nil {
			return err
		}
		for _, each := range removed {
			if err := c.signOutPractice(ctx, practice, each, string(idp.EventPracticeAppRemoved)); err != nil {
				return err
			}
		}
		return nil
	})
}

// clients reads clients, in a command or in a query.
type clients interface {
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// removedWith lists the apps that are removed together with this app, which the practice has, and begins with it.
func removedWith(ctx context.Context, in clients, practice idp.Practice, app idp.ClientID) ([]idp.ClientID, error) {
	brought := map[idp.ClientID]bool{}
	goes := []idp.ClientID{app}
	for _, each := range practice.Apps {
		client, err := in.FindClient(ctx, each)
		if errors.Is(err, idp.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if each == app {
			goes = append(goes, client.Brings...)
			continue
		}
		for _, other := range client.Brings {
			brought[other] = true
		}
		if slices.Contains(client.Brings, app) {
			return nil, &refusal{reason: idp.ReasonBrought, answer: &idp.Error{
				Code: idp.CodeConflict, Public: "This app comes with " + client.Name + ". Remove that one to remove both.",
			}}
		}
	}
	return slices.DeleteFunc(goes, func(each idp.ClientID) bool { return brought[each] || !practice.HasApp(each) }), nil
}

// withBrought returns the apps, sorted, together with what they bring. Only the machine's own shell may name apps that are not
// registered yet: seeds and imports come in any order.
func (c *command) withBrought(ctx context.Context, apps []idp.ClientID) ([]idp.ClientID, error) {
	all := slices.Clone(apps)
	for _, app := range apps {
		client, err := c.FindClient(ctx, app)
		switch {
		case errors.Is(err, idp.ErrNotFound) && c.caller.Kind == idp.ActorSystem:
		case errors.Is(err, idp.ErrNotFound) || err == nil && !isForPractices(client):
			return nil, idp.Invalid("apps", "there is no app %q", app)
		case err != nil:
			return nil, err
		default:
			all = append(all, client.Brings...)
		}
	}
	return sorted(all), nil
}

// isForPractices reports whether practices enable the app: no practice enables integrations, APIs, or the provider's own apps for every
// person and for staff.
func isForPractices(client idp.Client) bool {
	return client.Kind.ForPeople() && (client.Access == idp.AccessPractice || client.Access == idp.AccessManagers)
}
