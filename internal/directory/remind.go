package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// reminderBatch is how many reminders are recorded and queued in one transaction, so that none holds others up.
const reminderBatch = 50

// reminder is a notice that goes once: the node that first records its key sends it.
type reminder struct {
	key    string
	notice idp.Notice
}

// Remind sends what is due now: mandatory MFA 30, 14, 7 and 1 days before to each person who has not enrolled; secrets that end
// and integrations whose review is due, to the people who can see to it. Each goes at most once, on however many nodes this
// runs, and a person added after one step gets the next. It leaves no events: nothing changes.
func (s *Reminders) Remind(ctx context.Context, now time.Time) error {
	var practices []idp.Practice
	err := eachPage(func(page Page) ([]idp.Practice, string, error) {
		return s.Records.SearchPractices(ctx, PracticeQuery{State: idp.PracticeActive}, page)
	}, func(found []idp.Practice) error {
		practices = append(practices, found...)
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(s.remindOfMandates(ctx, practices, now), s.remindOfClients(ctx, practices, now))
}

// send records and queues reminders, in batches.
func (s *Reminders) send(ctx context.Context, reminders []reminder, now time.Time) error {
	for len(reminders) > 0 {
		batch := reminders[:min(len(reminders), reminderBatch)]
		reminders = reminders[len(batch):]
		err := s.Ledger.Commit(ctx, func(u Unit) error {
			for _, each := range batch {
				taken, err := u.TakeReminder(ctx, each.key, now)
				if err == nil && taken {
					err = u.EnqueueNotice(ctx, each.notice)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// step returns which of the steps, in days before, is to be reminded of now: the smallest one that has been reached. steps are
// ascending; step 0 is reached when the time has come.
func step(at, now time.Time, steps ...int) (days int, due bool) {
	left := at.Sub(now)
	for _, days := range steps {
		if left <= time.Duration(days)*24*time.Hour {
			return days, left > 0 || days == 0
		}
	}
	return 0, false
}

// daysUntil rounds up: at noon, a day that begins at midnight is tomorrow.
func daysUntil(at, now time.Time) int {
	const day = 24 * time.Hour
	return int(max(at.Sub(now)+day-1, 0) / day)
}

// reminderTo begins a notice to a person of the practice.
func reminderTo(user idp.User, practice idp.Practice, kind idp.NoticeKind, at, now time.Time) idp.Notice {
	return idp.Notice{
		Kind: kind, UserID: user.ID, Name: user.Name, Email: user.Username, Practice: practice.Name, TimeZone: practice.TimeZone,
		Region: practice.Region, At: now, From: at, Days: daysUntil(at, now),
	}
}

// eachPage goes through a list.
func eachPage[T any](list func(Page) ([]T, string, error), each func([]T) error) error {
	page := Page{Limit: 200}
	for {
		items, next, err := list(page)
		if err != nil {
			return err
		}
		if err := each(items); err != nil || next == "" {
			return err
		}
		page.After = next
	}
}
