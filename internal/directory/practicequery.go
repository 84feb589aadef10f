package directory

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// PracticeDetail is everything about one practice.
type PracticeDetail struct {
	Practice   idp.Practice
	Counts     Counts
	Activation *idp.Activation // the newest request; nil: none so far
	Mandatory  []Mandate       // what makes MFA mandatory for it now or later, by date
}

// Mandate is a rule that makes MFA mandatory, or needs more of it.
type Mandate struct {
	App  idp.ClientID // "": the practice itself, at every app
	Name string       // of the app or of the practice
	From time.Time

	Passkeys       bool // it needs phishing resistance
	Administrators bool // only of policy.IsAdministrator
}

// FindPractice shows a practice: the caller's own to those who manage its people, any to APS. Errors: idp.CodeNotFound if there
// is no such practice for the caller; idp.CodeForbidden.
func (s *Practices) FindPractice(ctx context.Context, caller Caller, id idp.PracticeID, now time.Time) (detail PracticeDetail, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		detail.Practice, err = q.practice(ctx, id)
		if err != nil {
			return err
		}
		detail.Counts, err = q.CountPractice(ctx, id)
		if err != nil {
			return err
		}
		newest, err := q.LastActivation(ctx, id)
		switch {
		case err == nil:
			detail.Activation = &newest
		case !errors.Is(err, idp.ErrNotFound):
			return err
		}
		detail.Mandatory, err = q.mandates(ctx, detail.Practice)
		return err
	})
	if err != nil {
		return PracticeDetail{}, err
	}
	return detail, nil
}

// TrackMFA shows how many of the people whom the practice has now were ready for MFA at each of these times, which ascend. A person
// whose MFA was reset, and who set it up again, is ready since then. Errors are those of FindPractice.
func (s *Practices) TrackMFA(ctx context.Context, caller Caller, id idp.PracticeID, times []time.Time, now time.Time) (counts []MFACount, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		if _, err := q.practice(ctx, id); err != nil {
			return err
		}
		counts, err = q.CountMFA(ctx, id, times)
		return err
	})
	return counts, err
}

// mandates lists what makes MFA mandatory for the practice, by date.
func (q *query) mandates(ctx context.Context, practice idp.Practice) (found []Mandate, err error) {
	found = dated(
		Mandate{Name: practice.Name, From: practice.MFARequiredFrom},
		Mandate{Name: practice.Name, From: practice.PhishingResistanceFrom, Passkeys: true},
		Mandate{Name: practice.Name, From: practice.PhishingResistanceAdministratorsFrom, Passkeys: true, Administrators: true},
	)
	for _, app := range practice.Apps {
		client, err := q.FindClient(ctx, app)
		if errors.Is(err, idp.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, mandatesOf(client)...)
	}
	slices.SortStableFunc(found, func(a, b Mandate) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.App, b.App))
	})
	return found, nil
}

// mandatesOf lists the rules of an app.
func mandatesOf(client idp.Client) []Mandate {
	if client.Disabled {
		return nil
	}
	return dated(
		Mandate{App: client.ID, Name: client.Name, From: client.MFARequiredFrom},
		Mandate{App: client.ID, Name: client.Name, From: client.PhishingResistanceFrom, Passkeys: true},
	)
}

// dated returns the rules that there are.
func dated(rules ...Mandate) []Mandate {
	return slices.DeleteFunc(rules, func(m Mandate) bool { return m.From.IsZero() })
}

// ListPractices lists practices by name, for APS. Errors: idp.CodeForbidden.
func (s *Practices) ListPractices(ctx context.Context, caller Caller, q PracticeQuery, page Page, now time.Time) (practices []idp.Practice, next string, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, ask *query) error {
		if err := refuse(policy.MayServe(ask.actor)); err != nil {
			return err
		}
		practices, next, err = ask.SearchPractices(ctx, q, page)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return practices, next, nil
}

// automatedFor is how far CheckPrerequisites looks back for programs that sign in as people: a quarter, in which every program
// that runs with the tax calendar has run once.
const automatedFor = 90 * 24 * time.Hour

// maxMailboxes bounds how many people CheckPrerequisites looks at.
const maxMailboxes = 20_000

// CheckPrerequisites reports, live, whether MFA can be activated for the practice. Errors are those of FindPractice.
func (s *Practices) CheckPrerequisites(ctx context.Context, caller Caller, id idp.PracticeID, now time.Time) (report policy.PrerequisiteReport, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		facts := policy.PrerequisiteFacts{}
		facts.Practice, err = q.practice(ctx, id)
		if err != nil {
			return err
		}
		facts.Managers, err = q.ListManagers(ctx, id, idp.RoleUserManagement)
		if err != nil {
			return err
		}
		facts.Mailboxes, err = q.ListMailboxes(ctx, id, maxMailboxes)
		if err != nil {
			return err
		}
		programs, err := q.ListAutomated(ctx, id, now.Add(-automatedFor))
		if err != nil {
			return err
		}
		for _, each := range programs {
			facts.Automated = append(facts.Automated, each.User.Username)
		}
		report = policy.CheckPrerequisites(facts)
		return nil
	})
	if err != nil {
		return policy.PrerequisiteReport{}, err
	}
	return report, nil
}
