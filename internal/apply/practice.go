package apply

import (
	"context"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

func (p *planner) planPractices(ctx context.Context, files Files) error {
	for _, o := range files.practices {
		stored, err := p.stored.FindPractice(ctx, idp.PracticeID(given(o.spec.ID)))
		exists, err := found(err)
		if err != nil {
			return err
		}
		wanted, err := wantedPractice(o, stored)
		if err != nil {
			p.wrong(err)
			continue
		}
		if o.spec.Apps != nil {
			wanted.Apps, err = p.withBrought(ctx, o, stored, wanted.Apps)
			if err != nil {
				return err
			}
		}
		p.practices[wanted.ID] = wanted
		if !p.checkPractice(o, exists, stored, wanted) {
			continue
		}
		if exists {
			p.changePractice(o, stored, wanted)
		} else {
			p.createPractice(o, wanted)
		}
	}
	return nil
}

// wantedPractice is the practice as the file wants it.
func wantedPractice(o object[practiceSpec], stored idp.Practice) (idp.Practice, error) {
	s, wanted := o.spec, stored
	wanted.ID, wanted.Name, wanted.Kind = idp.PracticeID(given(s.ID)), over(s.Name, stored.Name), over(s.Kind, stored.Kind)
	wanted.Region, wanted.TimeZone = over(s.Region, stored.Region), over(s.TimeZone, stored.TimeZone)
	wanted.Phone, wanted.Apps = over(s.Phone, stored.Phone), slices.Clone(overList(s.Apps, stored.Apps))
	wanted.State = over(s.State, stored.State)
	if wanted.Kind == "" {
		wanted.Kind = idp.PracticeCustomer
	}
	if wanted.State == "" {
		wanted.State = idp.PracticeActive
	}
	wanted.PasskeyModels = sorted(overList(s.PasskeyModels, stored.PasskeyModels))
	there, err := time.LoadLocation(wanted.TimeZone)
	if err != nil {
		there = time.UTC // the time zone is refused below
	}
	for _, date := range []struct {
		field string
		said  *string
		at    *time.Time
	}{
		{"phishing_resistance_from", s.PhishingResistanceFrom, &wanted.PhishingResistanceFrom},
		{"phishing_resistance_administrators_from", s.PhishingResistanceAdministratorsFrom, &wanted.PhishingResistanceAdministratorsFrom},
	} {
		if date.said == nil {
			continue
		}
		*date.at = time.Time{}
		if *date.said == "" {
			continue
		}
		if *date.at, err = parseMoment(*date.said, there); err != nil {
			return wanted, o.mistake(date.field, "%s", err)
		}
	}
	return wanted, nil
}

// withBrought returns the apps with what they bring, as they will be registered. The provider's own may not be there before the
// first node starts.
func (p *planner) withBrought(ctx context.Context, o object[practiceSpec], stored idp.Practice, apps []idp.ClientID) ([]idp.ClientID, error) {
	all := slices.Clone(apps)
	for _, app := range apps {
		client, err := p.client(ctx, app)
		exists, err := found(err)
		if err != nil {
			return nil, err
		}
		if app != idp.AppUserManagement && !stored.HasApp(app) && (!exists || !client.Kind.ForPeople()) {
			p.wrong(o.mistake("apps", "there is no app %s", shown(string(app))))
			continue
		}
		all = append(all, client.Brings...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// client is a client as it will be.
func (p *planner) client(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	if planned, found := p.clients[id]; found {
		return planned, nil
	}
	return p.stored.FindClient(ctx, id)
}

func (p *planner) checkPractice(o object[practiceSpec], exists bool, stored, wanted idp.Practice) bool {
	switch {
	case wanted.State != idp.PracticeActive && wanted.State != idp.PracticeSuspended:
		p.wrong(o.mistake("state", "must be active or suspended"))
	case exists && wanted.Kind != stored.Kind:
		p.wrong(o.mistake("kind", "can’t be changed: it is %s", stored.Kind))
	case wanted.Kind == idp.PracticeAPS && wanted.State != idp.PracticeActive:
		p.wrong(o.mistake("state", "APS itself can’t be suspended: nobody could end that"))
	default:
		err := p.to.Practices.CheckPractice(p.Caller, newPractice(wanted), stored)
		if err == nil {
			return true
		}
		p.wrong(o.refused(err, nil))
	}
	return false
}

func newPractice(wanted idp.Practice) directory.NewPractice {
	return directory.NewPractice{PracticeDetails: wanted.PracticeDetails, ID: wanted.ID, Kind: wanted.Kind, Apps: wanted.Apps}
}

func (p *planner) createPractice(o object[practiceSpec], wanted idp.Practice) {
	var d difference
	_, changes := directory.ComparePractices(idp.Practice{}, wanted)
	d.add(changes)
	p.changes = append(p.changes, change{
		sign: '+', name: o.name, fields: d, refused: func(err error) error { return o.refused(err, nil) },
		carry: func(ctx context.Context, to *directory.Directory, now time.Time) error {
			if _, err := to.Practices.CreatePractice(ctx, p.Caller, newPractice(wanted), now); err != nil {
				return err
			}
			return p.setState(ctx, to, wanted, idp.PracticeActive, now)
		},
	})
}

func (p *planner) changePractice(o object[practiceSpec], stored, wanted idp.Practice) {
	var d difference
	edit, changes := directory.ComparePractices(stored, wanted)
	d.add(changes)
	if len(d) == 0 {
		return
	}
	p.changes = append(p.changes, change{
		sign: '~', name: o.name, fields: d, refused: func(err error) error { return o.refused(err, nil) },
		carry: func(ctx context.Context, to *directory.Directory, now time.Time) error {
			if _, err := to.Practices.UpdatePractice(ctx, p.Caller, wanted.ID, edit, now); err != nil {
				return err
			}
			for _, app := range without(wanted.Apps, stored.Apps) {
				if err := to.Practices.AddApp(ctx, p.Caller, wanted.ID, app, now); err != nil {
					return err
				}
			}
			for _, app := range without(stored.Apps, wanted.Apps) {
				if err := to.Practices.RemoveApp(ctx, p.Caller, wanted.ID, app, now); err != nil {
					return err
				}
			}
			return p.setState(ctx, to, wanted, stored.State, now)
		},
	})
}

func (p *planner) setState(ctx context.Context, to *directory.Directory, wanted idp.Practice, now idp.PracticeState, at time.Time) error {
	switch {
	case wanted.State == now:
		return nil
	case wanted.State == idp.PracticeSuspended:
		return to.Practices.SuspendPractice(ctx, p.Caller, wanted.ID, at)
	default:
		return to.Practices.ResumePractice(ctx, p.Caller, wanted.ID, at)
	}
}

// without lists what is in the first list and not in the second.
func without[T comparable](list, other []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(each T) bool { return slices.Contains(other, each) })
}
