package sqlstore_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func (w *world) batch(t testing.TB, users []idp.User) (taken []int, err error) {
	t.Helper()
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) (err error) {
		taken, err = tx.CreateUsers(ctx, users)
		return err
	})
	return taken, err
}

func testUserBatch(t *testing.T, w *world) {
	var users []idp.User
	for n := range sqlstore.MaxBatch {
		u := w.user(w.mine, fmt.Sprintf("u%03d@x.example", n))
		u.Name = fmt.Sprintf("Person%03d", n)
		users = append(users, u)
	}
	users[7].Username = w.bob.Username        // of another practice
	users[9].Username = users[8].Username     // twice in the list: the first counts
	users[11].PracticeID = w.other.ID         // to another practice
	users[12].Version, users[12].Name = 5, "" // new ones are version 1
	taken, err := w.batch(t, users)
	must(t, err)
	same(t, taken, []int{7, 9})
	same(t, sqlstore.MaxBatch, directory.MaxImport)
	users[12].Version = 1
	for _, n := range []int{0, 8, 11, 12, 499} {
		got, err := w.FindUser(t.Context(), users[n].PracticeID, users[n].ID)
		must(t, err)
		same(t, got, users[n])
	}
	if n := w.count(t, "users"); n != sqlstore.MaxBatch {
		t.Errorf("%d users are stored", n)
	}
	same(t, w.find(t, w.mine, directory.UserQuery{Search: "person499"}), []string{"u499"})
	mended, err := w.Repair(t.Context())
	must(t, err)
	same(t, mended, 0)

	again := make([]idp.User, len(users)) // a file that is imported again changes nothing
	for n, u := range users {
		again[n] = u
		again[n].ID = idp.NewUserID()
	}
	taken, err = w.batch(t, again)
	must(t, err)
	same(t, len(taken), len(again))
}

// One line that SQL refuses refuses its batch: none of it is stored.
func testUserBatchRefused(t *testing.T, w *world) {
	for name, c := range map[string]struct {
		change func(*idp.User)
		want   error
	}{
		"practice":   {func(u *idp.User) { u.PracticeID = "prc_none" }, idp.ErrNotFound},
		"state":      {func(u *idp.User) { u.State = "odd" }, idp.ErrInvalid},
		"text":       {func(u *idp.User) { u.Name = "\x00" }, idp.ErrInvalid},
		"identifier": {func(u *idp.User) { u.ID = w.ada.ID }, idp.ErrConflict},
	} {
		good, bad := w.user(w.mine, "good@x.example"), w.user(w.mine, "bad@x.example")
		c.change(&bad)
		_, err := w.batch(t, []idp.User{good, bad})
		if idp.CodeOf(err) != idp.CodeOf(c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if n := w.count(t, "users"); n != 2 {
		t.Errorf("%d users, want the two of before", n)
	}
	_, err := w.batch(t, make([]idp.User, sqlstore.MaxBatch+1))
	wants(t, err, idp.ErrInvalid)
	taken, err := w.batch(t, nil)
	must(t, err)
	same(t, len(taken), 0)
}

// Two imports of one file at once store each person once.
func testUserBatchRace(t *testing.T, w *world) {
	for _, err := range race(func(n int) error {
		users := make([]idp.User, 20)
		for i := range users {
			users[i] = w.user(w.mine, fmt.Sprintf("u%d@x.example", (i*(n%2*2-1)+20)%20)) // in either order
		}
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			_, err := tx.CreateUsers(t.Context(), users)
			return err
		})
	}) {
		must(t, err)
	}
	if n := w.count(t, "users"); n != 22 {
		t.Errorf("%d users, want 22", n)
	}
}

func testHolders(t *testing.T, w *world) {
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		got, err := tx.ListHolders(ctx, []string{w.ada.Username, w.bob.Username, "nobody@x.example"})
		must(t, err)
		same(t, got, map[string]idp.PracticeID{w.ada.Username: w.mine.ID, w.bob.Username: w.other.ID})
		got, err = tx.ListHolders(ctx, nil)
		must(t, err)
		same(t, len(got), 0)
		_, err = tx.ListHolders(ctx, make([]string, sqlstore.MaxBatch+1))
		wants(t, err, idp.ErrInvalid)
		return nil
	})
}

func testEventBatch(t *testing.T, w *world) {
	events := make([]idp.AuditEvent, sqlstore.MaxBatch)
	for n := range events {
		events[n] = idp.AuditEvent{
			ID: idp.NewEventID(w.now), At: w.now, Type: idp.EventUserCreated, Actor: idp.Actor{Kind: idp.ActorSystem}, PracticeID: w.mine.ID,
			UserID: idp.NewUserID(), Result: idp.ResultSuccess, Details: map[string]string{"username": fmt.Sprintf("u%03d@x.example", n)},
		}
	}
	events[7].Details["username"] = "\x00" // an event must not be lost because of what stands in it
	for range 2 {                          // those that are there stay
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.AppendEvents(ctx, events) })
	}
	if n := w.count(t, "events"); n != sqlstore.MaxBatch {
		t.Errorf("%d events are stored", n)
	}
	found, _, err := w.SearchEvents(t.Context(), w.mine.ID, directory.EventQuery{UserID: events[8].UserID}, directory.Page{})
	must(t, err)
	same(t, found, events[8:9])
	must(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.AppendEvents(ctx, nil) }))
	wants(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.AppendEvents(ctx, make([]idp.AuditEvent, sqlstore.MaxBatch+1))
	}), idp.ErrInvalid)
}
