package apply

import (
	"context"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
)

// planPeople puts people who gain a right before people who lose one: the last person with a right keeps it until another one has
// it.
func (p *planner) planPeople(ctx context.Context, files Files) error {
	first := len(p.changes)
	for _, o := range files.people {
		account, err := p.findPerson(ctx, o)
		exists, err := found(err)
		if err != nil {
			return err
		}
		practice, err := p.home(ctx, o, account.User)
		if err != nil {
			return err
		}
		if practice.ID == "" || !p.checkPerson(o, practice, account.User) {
			continue
		}
		wanted := wantedPerson(o.spec, account.User)
		if exists {
			p.changePerson(o, account.User, wanted)
		} else {
			p.invitePerson(o, practice, wanted)
		}
	}
	slices.SortStableFunc(p.changes[first:], func(a, b change) int { return a.rank() - b.rank() })
	return nil
}

// findPerson finds the person whom the file names.
func (p *planner) findPerson(ctx context.Context, o object[personSpec]) (idp.Account, error) {
	return mailbox.Find(given(o.spec.Username), func(username string) (idp.Account, error) {
		return p.stored.FindAccountByUsername(ctx, username)
	})
}

func (c change) rank() int {
	switch {
	case c.sign == '+':
		return 0
	case c.last:
		return 2
	default:
		return 1
	}
}

// home returns the practice of a person. If the file names none, or another than the stored one, it reports a mistake and returns
// the zero practice.
func (p *planner) home(ctx context.Context, o object[personSpec], stored idp.User) (idp.Practice, error) {
	id := idp.PracticeID(over(o.spec.Practice, stored.PracticeID))
	switch {
	case id == "":
		p.wrong(o.mistake("practice", "is missing: it says where this person belongs"))
		return idp.Practice{}, nil
	case stored.ID != "" && stored.PracticeID != id:
		p.wrong(o.mistake("practice", "can’t be changed: this person belongs to another one"))
		return idp.Practice{}, nil
	}
	practice, err := p.practice(ctx, id)
	exists, err := found(err)
	if err == nil && !exists {
		p.wrong(o.mistake("practice", "there is no practice %s", shown(string(id))))
	}
	return practice, err
}

// wantedPerson is the person as the file wants it.
func wantedPerson(s personSpec, stored idp.User) idp.User {
	wanted := stored
	wanted.Username, wanted.Name = orElse(stored.Username, given(s.Username)), over(s.Name, stored.Name)
	wanted.Roles, wanted.BlockedApps = sorted(overList(s.Roles, stored.Roles)), sorted(overList(s.BlockedApps, stored.BlockedApps))
	wanted.State = over(s.State, orElse(stored.State, idp.UserActive))
	return wanted
}

func (p *planner) checkPerson(o object[personSpec], practice idp.Practice, stored idp.User) bool {
	wanted := wantedPerson(o.spec, stored)
	if wanted.State != idp.UserActive && wanted.State != idp.UserDisabled {
		p.wrong(o.mistake("state", "must be active or disabled"))
		return false
	}
	err := p.to.People.CheckPerson(practice, directory.Invitation{
		Username: wanted.Username, Name: wanted.Name, Roles: wanted.Roles, BlockedApps: without(wanted.BlockedApps, stored.BlockedApps),
	}, stored)
	if err != nil {
		p.wrong(o.refused(err, nil))
	}
	return err == nil
}

// invitePerson creates a person. A person who is to be disabled is not invited.
func (p *planner) invitePerson(o object[personSpec], practice idp.Practice, wanted idp.User) {
	d := difference{{'+', "practice: " + string(practice.ID)}}
	_, changes := directory.CompareUsers(idp.User{Username: wanted.Username}, wanted)
	d.add(changes)
	p.changes = append(p.changes, change{
		sign: '+', name: o.name, fields: d, refused: func(err error) error { return o.refused(err, nil) },
		carry: func(ctx context.Context, to *directory.Directory, now time.Time) error {
			if wanted.State == idp.UserActive {
				_, err := to.People.InviteUser(ctx, p.Caller, directory.Invitation{
					PracticeID: practice.ID, Username: wanted.Username, Name: wanted.Name, Roles: wanted.Roles, BlockedApps: wanted.BlockedApps,
				}, now)
				return err
			}
			made, err := to.People.CreateUser(ctx, p.Caller, directory.NewUser{
				PracticeID: practice.ID, Username: wanted.Username, Name: wanted.Name, Roles: wanted.Roles, BlockedApps: wanted.BlockedApps,
			}, now)
			if err != nil {
				return err
			}
			return to.People.DisableUser(ctx, p.Caller, made.ID, now)
		},
	})
}

func (p *planner) changePerson(o object[personSpec], stored, wanted idp.User) {
	var d difference
	edit, changes := directory.CompareUsers(stored, wanted)
	d.add(changes)
	if len(d) == 0 {
		return
	}
	p.changes = append(p.changes, change{
		sign: '~', name: o.name, fields: d, refused: func(err error) error { return o.refused(err, nil) },
		last: wanted.State != idp.UserActive || len(without(stored.Roles, wanted.Roles)) > 0,
		carry: func(ctx context.Context, to *directory.Directory, now time.Time) error {
			if _, err := to.People.UpdateUser(ctx, p.Caller, stored.ID, edit, now); err != nil {
				return err
			}
			switch {
			case wanted.State == stored.State:
				return nil
			case wanted.State == idp.UserDisabled:
				return to.People.DisableUser(ctx, p.Caller, stored.ID, now)
			default:
				return to.People.EnableUser(ctx, p.Caller, stored.ID, now)
			}
		},
	})
}
