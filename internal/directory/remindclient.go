package directory

import (
	"context"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// remindOfClients tells the people who can see to it that a client's last secret ends, or that an integration is to be reviewed:
// for an integration those who manage its practice's people, for an app APS staff.
func (s *Reminders) remindOfClients(ctx context.Context, practices []idp.Practice, now time.Time) error {
	byID := map[idp.PracticeID]idp.Practice{}
	var home idp.Practice
	for _, practice := range practices {
		byID[practice.ID] = practice
		if practice.Kind == idp.PracticeAPS {
			home = practice
		}
	}
	return eachPage(func(page Page) ([]idp.Client, string, error) {
		return s.Records.SearchClients(ctx, ClientQuery{Dated: true}, page)
	}, func(clients []idp.Client) error {
		for _, client := range clients {
			practice, role := home, idp.RoleAPSStaff
			if client.PracticeID != "" && client.PracticeID != home.ID {
				practice, role = byID[client.PracticeID], idp.RoleUserManagement
			}
			due := dueOf(client, now)
			if len(due) == 0 || practice.ID == "" { // the integration's practice is suspended
				continue
			}
			if err := s.remindReaders(ctx, practice, role, due, now); err != nil {
				return fmt.Errorf("remind of client %s: %w", client.ID, err)
			}
		}
		return nil
	})
}

// matter is something that people are to be reminded of.
type matter struct {
	key   string // without its reader
	kind  idp.NoticeKind
	about string
	at    time.Time
}

// dueOf lists what is due of a client.
func dueOf(client idp.Client, now time.Time) (found []matter) {
	if client.Disabled {
		return nil
	}
	if last, ends := lastSecret(client, now); ends {
		if days, due := step(last.ExpiresAt, now, 1, 7, 30); due {
			key := fmt.Sprintf("secret/%s/%s/%d", client.ID, last.ID, days)
			found = append(found, matter{key, idp.NoticeSecretExpires, client.Name, last.ExpiresAt})
		}
	}
	if !client.ReviewAt.IsZero() {
		if days, due := step(client.ReviewAt, now, 0, 1, 7, 30); due {
			key := fmt.Sprintf("review/%s/%s/%d", client.ID, client.ReviewAt.UTC().Format(time.DateOnly), days)
			found = append(found, matter{key, idp.NoticeReviewDue, client.Name, client.ReviewAt})
		}
	}
	return found
}

// lastSecret returns the secret that lives longest, if every secret ends: one that has a successor needs no reminder.
func lastSecret(client idp.Client, now time.Time) (last idp.ClientSecret, ends bool) {
	for _, each := range liveSecrets(client.Secrets, now) {
		if each.ExpiresAt.IsZero() {
			return idp.ClientSecret{}, false
		}
		if each.ExpiresAt.After(last.ExpiresAt) {
			last, ends = each, true
		}
	}
	return last, ends
}

func (s *Reminders) remindReaders(ctx context.Context, practice idp.Practice, role idp.Role, due []matter, now time.Time) error {
	readers, err := s.Records.ListManagers(ctx, practice.ID, role)
	if err != nil {
		return err
	}
	var reminders []reminder
	for _, user := range readers {
		for _, m := range due {
			notice := reminderTo(user, practice, m.kind, m.at, now)
			notice.About = m.about
			reminders = append(reminders, reminder{key: m.key + "/" + string(user.ID), notice: notice})
		}
	}
	return s.send(ctx, reminders, now)
}
