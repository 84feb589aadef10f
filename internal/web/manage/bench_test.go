package manage_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testenv"
	"github.com/apscloud/apsid/internal/testworld"
)

const (
	crowd                   = 10_000
	harbour  idp.PracticeID = "prc_demo-harbour-finch"
	together                = 500 // of a crowd are stored at once
)

// BenchmarkPages asks for pages of a practice of 10,000 people: the whole way, from the request to the last byte.
func BenchmarkPages(b *testing.B) {
	address := testenv.Postgres(b)
	w := open(b, func(c *demo.Config) { c.DatabaseURL = config.NewSecret(address) })
	fill(b, address, w)
	olivia := w.manager(b, "olivia")
	someone := olivia.user("person05000@")
	second := olivia.Get("/manage")
	for _, page := range []struct{ name, path string }{
		{"list", "/manage"},
		{"next page", nextOf(b, second)},
		{"not enrolled", "/manage?filter=not_enrolled"},
		{"locked", "/manage?filter=locked"},
		{"search by name", "/manage?search=Nomura"},
		{"search by address", "/manage?search=person0912"},
		{"drawer", "/manage/users/" + someone},
		{"board", "/manage/mfa"},
		{"activity", "/manage/activity"},
		{"activity of one", "/manage/activity?user=" + someone},
	} {
		b.Run(page.name, func(b *testing.B) {
			s := w.surfer(b)
			s.Client = olivia.Client
			for b.Loop() {
				if p := s.Get(page.path); p.Status != http.StatusOK || p.Step == "password" {
					b.Fatalf("%s: %d at %s", page.path, p.Status, p.Step)
				}
			}
		})
	}
}

func nextOf(b *testing.B, p testworld.Page) string {
	b.Helper()
	found := nextPattern.FindStringSubmatch(p.Body)
	if found == nil {
		b.Fatal("the list has no next page")
	}
	return found[1]
}

// fill adds the crowd to Olivia's practice, each with one event.
func fill(b *testing.B, address string, w *world) {
	b.Helper()
	store, err := sqlstore.Open(b.Context(), address, unused{}, unused{}, sqlstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	now := w.Clock.Now()
	for first := 0; first < crowd; first += together {
		users := make([]idp.User, together)
		for i := range users {
			n := first + i
			users[i] = idp.User{
				ID: idp.NewUserID(), PracticeID: harbour, Username: fmt.Sprintf("person%05d@harbourfinch.example", n), State: idp.UserActive,
				Name: []string{"Ana", "Ben", "Chi", "Dee"}[n%4] + " " + []string{"Adams", "Brown", "Nomura", "Singh", "Wu"}[n%5], CreatedAt: now,
				UpdatedAt: now, PasswordHash: idp.NewSecret("x"), PasswordChangedAt: now,
			}
		}
		err := store.InTx(context.Background(), func(tx *sqlstore.Tx) error {
			if _, err := tx.CreateUsers(b.Context(), users); err != nil {
				return err
			}
			for _, u := range users {
				event := idp.AuditEvent{
					ID: idp.NewEventID(now), At: now, Type: idp.EventUserCreated, Actor: idp.Actor{Kind: idp.ActorSystem}, PracticeID: harbour,
					UserID: u.ID, Result: idp.ResultSuccess,
				}
				if err := tx.AppendEvent(b.Context(), event); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// unused stands for services that a benchmark of a crowd does not need: it has no secrets, and sends no notices.
type unused struct {
	sqlstore.Sealer
	sqlstore.Outbox
}
