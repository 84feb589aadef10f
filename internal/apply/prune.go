package apply

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
)

// prune disables the people and the integrations of the files' practices that the files have not. If the files name no people of
// a practice at all, they do not manage its people, who stay; likewise its integrations. No one is pruned from APS itself, whose
// staff have to be able to let others in again.
func (p *planner) prune(ctx context.Context, files Files) error {
	if !p.Prune {
		return nil
	}
	people, err := p.named(ctx, files)
	if err != nil {
		return err
	}
	for _, o := range files.practices {
		practice := p.practices[idp.PracticeID(given(o.spec.ID))]
		if practice.Kind == idp.PracticeAPS {
			continue
		}
		if names := people[practice.ID]; len(names) > 0 {
			if err := p.prunePeople(ctx, practice, names); err != nil {
				return err
			}
		}
		if err := p.pruneIntegrations(ctx, practice, files); err != nil {
			return err
		}
	}
	return nil
}

// named lists the user names of the files by practice.
func (p *planner) named(ctx context.Context, files Files) (map[idp.PracticeID]map[string]bool, error) {
	people := map[idp.PracticeID]map[string]bool{}
	for _, o := range files.people {
		home := idp.PracticeID(given(o.spec.Practice))
		if home == "" {
			account, err := p.findPerson(ctx, o)
			if exists, err := found(err); !exists {
				if err != nil {
					return nil, err
				}
				continue // a mistake that was noted
			}
			home = account.User.PracticeID
		}
		if people[home] == nil {
			people[home] = map[string]bool{}
		}
		people[home][mailbox.Typed(given(o.spec.Username))] = true
	}
	return people, nil
}

func (p *planner) prunePeople(ctx context.Context, practice idp.Practice, keep map[string]bool) error {
	for page := (directory.Page{}); ; {
		people, next, err := p.stored.SearchUsers(ctx, practice.ID, directory.UserQuery{}, page, p.now)
		if err != nil {
			return err
		}
		for _, person := range people {
			if person.User.State == idp.UserActive && !keep[mailbox.Typed(person.User.Username)] {
				p.disable("person "+shown(person.User.Username), practice, func(ctx context.Context, to *directory.Directory, now time.Time) error {
					return to.People.DisableUser(ctx, p.Caller, person.User.ID, now)
				})
			}
		}
		if page.After = next; next == "" {
			return nil
		}
	}
}

func (p *planner) pruneIntegrations(ctx context.Context, practice idp.Practice, files Files) error {
	var surplus []idp.Client
	named := 0
	for page := (directory.Page{}); ; {
		clients, next, err := p.stored.SearchClients(ctx, directory.ClientQuery{PracticeID: practice.ID}, page)
		if err != nil {
			return err
		}
		for _, client := range clients {
			if _, kept := p.clients[client.ID]; !kept && !client.Disabled {
				surplus = append(surplus, client)
			}
		}
		if page.After = next; next == "" {
			break
		}
	}
	for _, o := range files.integrations {
		stored, err := p.stored.FindClient(ctx, idp.ClientID(given(o.spec.ID)))
		if _, err := found(err); err != nil {
			return err
		}
		if over(o.spec.Practice, stored.PracticeID) == practice.ID {
			named++
		}
	}
	if named == 0 {
		return nil
	}
	for _, client := range surplus {
		yes := true
		p.disable("integration "+shown(string(client.ID)), practice, func(ctx context.Context, to *directory.Directory, now time.Time) error {
			_, err := to.Clients.EditClient(ctx, p.Caller, client.ID, directory.ClientEdit{Version: client.Version, Disabled: &yes}, now)
			return err
		})
	}
	return nil
}

func (p *planner) disable(name string, practice idp.Practice, carry func(context.Context, *directory.Directory, time.Time) error) {
	p.changes = append(p.changes, change{
		sign: '-', name: name, fields: difference{{'-', "in no file of practice " + string(practice.ID)}}, carry: carry,
		refused: func(err error) error { return refusedPrune(name, err) },
	})
}
