package directory

import (
	"context"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// remindOfMandates tells people who have not enrolled that MFA becomes mandatory, for each rule that is about them.
func (s *Reminders) remindOfMandates(ctx context.Context, practices []idp.Practice, now time.Time) error {
	var apps []Mandate
	err := eachPage(func(page Page) ([]idp.Client, string, error) {
		return s.Records.SearchClients(ctx, ClientQuery{Kinds: idp.AppKinds()}, page)
	}, func(found []idp.Client) error {
		for _, client := range found {
			if _, due := stepOfMandate(client.MFARequiredFrom, now); due && !client.Disabled {
				apps = append(apps, Mandate{App: client.ID, Name: client.Name, From: client.MFARequiredFrom})
			}
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

// mandatesToCome lists the rules that will change something for the practice: none if it requires MFA already.
func mandatesToCome(practice idp.Practice, apps []Mandate, now time.Time) (found []Mandate) {
	from := practice.MFARequiredFrom
	if practice.Kind == idp.PracticeAPS || practice.MFA == idp.MFAActive || !from.IsZero() && !now.Before(from) {
		return nil
	}
	if _, due := stepOfMandate(from, now); due {
		found = append(found, Mandate{From: from})
	}
	for _, mandate := range apps {
		if practice.HasApp(mandate.App) {
			found = append(found, mandate)
		}
	}
	return found
}

func (s *Reminders) remindPractice(ctx context.Context, practice idp.Practice, mandates []Mandate, now time.Time) error {
	if len(mandates) == 0 {
		return nil
	}
	return eachPage(func(page Page) ([]Person, string, error) {
		return s.Records.SearchUsers(ctx, practice.ID, UserQuery{Filter: FilterNotEnrolled}, page, now)
	}, func(people []Person) error {
		var reminders []reminder
		for _, person := range people {
			for _, mandate := range mandates {
				if mandate.App == "" || !person.User.IsBlocked(mandate.App) {
					reminders = append(reminders, mandate.reminder(person.User, practice, now))
				}
			}
		}
		return s.send(ctx, reminders, now)
	})
}

func (m Mandate) reminder(user idp.User, practice idp.Practice, now time.Time) reminder {
	days, _ := stepOfMandate(m.From, now)
	notice := reminderTo(user, practice, idp.NoticeMandatory, m.From, now)
	if m.App != "" {
		notice.App, notice.Client = m.Name, m.App
	}
	return reminder{key: fmt.Sprintf("mfa/%s/%s/%s/%d", user.ID, m.App, m.From.UTC().Format(time.DateOnly), days), notice: notice}
}
