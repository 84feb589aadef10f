package directory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// remindOfMandates tells people who are not ready that MFA becomes mandatory, or a passkey, for each rule that is about them.
func (s *Reminders) remindOfMandates(ctx context.Context, practices []idp.Practice, now time.Time) error {
	var apps []Mandate
	err := eachPage(func(page Page) ([]idp.Client, string, error) {
		return s.Records.SearchClients(ctx, ClientQuery{Kinds: idp.AppKinds()}, page)
	}, func(found []idp.Client) error {
		for _, client := range found {
			apps = append(apps, due(mandatesOf(client), now)...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, practice := range practices {
		if err := s.remindPractice(ctx, practice, mandatesToCome(practice, apps, now), now); err != nil {
			return fmt.Errorf("remind the people of %s: %w", practice.ID, err)
		}
	}
	return nil
}

func stepOfMandate(from, now time.Time) (days int, due bool) { return step(from, now, 1, 7, 14, 30) }

// due returns the rules that are to be reminded of now.
func due(rules []Mandate, now time.Time) (found []Mandate) {
	for _, m := range rules {
		if _, due := stepOfMandate(m.From, now); due {
			found = append(found, m)
		}
	}
	return found
}

// mandatesToCome lists the rules that will change something for the practice: none of what it requires of everybody already.
func mandatesToCome(practice idp.Practice, apps []Mandate, now time.Time) (found []Mandate) {
	has := func(from time.Time) bool { return !from.IsZero() && !now.Before(from) }
	passkeys := has(practice.PhishingResistanceFrom)
	codes := passkeys || practice.Kind == idp.PracticeAPS || practice.MFA == idp.MFAActive || has(practice.MFARequiredFrom)
	own := due(dated(
		Mandate{From: practice.MFARequiredFrom},
		Mandate{From: practice.PhishingResistanceFrom, Passkeys: true},
		Mandate{From: practice.PhishingResistanceAdministratorsFrom, Passkeys: true, Administrators: true},
	), now)
	for _, mandate := range slices.Concat(own, apps) {
		already := codes
		if mandate.Passkeys {
			already = passkeys
		}
		if !already && (mandate.App == "" || practice.HasApp(mandate.App)) {
			found = append(found, mandate)
		}
	}
	return found
}

func (s *Reminders) remindPractice(ctx context.Context, practice idp.Practice, mandates []Mandate, now time.Time) error {
	for _, mandate := range mandates {
		filter := FilterNotEnrolled
		if mandate.Passkeys {
			filter = FilterNoPasskey
		}
		err := eachPage(func(page Page) ([]Person, string, error) {
			return s.Records.SearchUsers(ctx, practice.ID, UserQuery{Filter: filter}, page, now)
		}, func(people []Person) error {
			var reminders []reminder
			for _, person := range people {
				if mandate.concerns(person.User) {
					reminders = append(reminders, mandate.reminder(person.User, practice, now))
				}
			}
			return s.send(ctx, reminders, now)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// concerns reports whether the rule is about this person of its practice.
func (m Mandate) concerns(user idp.User) bool {
	return (m.App == "" || !user.IsBlocked(m.App)) && (!m.Administrators || policy.IsAdministrator(user))
}

func (m Mandate) reminder(user idp.User, practice idp.Practice, now time.Time) reminder {
	days, _ := stepOfMandate(m.From, now)
	what, kind := "mfa", idp.NoticeMandatory
	if m.Passkeys { // one key for both rules of a practice: who is asked by both for the same day is told once
		what, kind = "passkeys", idp.NoticePasskeys
	}
	notice := reminderTo(user, practice, kind, m.From, now)
	if m.App != "" {
		notice.App, notice.Client = m.Name, m.App
	}
	return reminder{key: fmt.Sprintf("%s/%s/%s/%s/%d", what, user.ID, m.App, m.From.UTC().Format(time.DateOnly), days), notice: notice}
}
