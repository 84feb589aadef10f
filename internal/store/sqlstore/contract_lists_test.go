package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// pages reads a whole list in pages of n and returns the identifiers in their order.
func pages[T any](t testing.TB, n int, list func(sqlstore.Page) ([]T, string, error), id func(T) string) []string {
	t.Helper()
	var all []string
	page := sqlstore.Page{Limit: n}
	for {
		items, next, err := list(page)
		must(t, err)
		if len(items) > n {
			t.Fatalf("%d items on a page of %d", len(items), n)
		}
		for _, item := range items {
			all = append(all, id(item))
		}
		if next == "" {
			return all
		}
		page.After = next
	}
}

// Every list is complete, in its order, at any size of page, and shows nothing of another practice.
func testPaging(t *testing.T, w *world) {
	const many = 23
	practices, users, clients := []idp.Practice{w.mine, w.other}, []idp.User{w.ada}, []idp.Client{w.app, w.app2}
	var sessions []idp.Session
	var events []idp.AuditEvent
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		var errs []error
		for n := range many {
			p := w.practice([]string{"Zed & Sons", "zed", "Émile", "Zed & Sons"}[n%4]) // equal names too
			u := w.user(w.mine, fmt.Sprintf("u%d-é@harbour.example", (n*7)%many))
			c := w.client(idp.ClientID(fmt.Sprintf("app-%d", (n*5)%many)))
			s := w.session(w.ada, w.app)
			s.CreatedAt = w.now.Add(time.Duration(n/3) * time.Second) // equal times too
			e := w.event(w.mine.ID, w.now.Add(time.Duration(n/3)*time.Millisecond), idp.EventCodeSent)
			errs = append(errs, tx.CreatePractice(ctx, p), tx.CreateUser(ctx, u), tx.CreateClient(ctx, c), tx.StartSession(ctx, s),
				tx.AppendEvent(ctx, e), tx.CreateUser(ctx, w.user(w.other, fmt.Sprintf("o%d@maui.example", n))),
				tx.StartSession(ctx, w.session(w.bob, w.app)), tx.AppendEvent(ctx, w.event(w.other.ID, w.now, "x")))
			practices, users, clients = append(practices, p), append(users, u), append(clients, c)
			sessions, events = append(sessions, s), append(events, e)
		}
		return errors.Join(errs...)
	})
	slices.SortFunc(practices, func(a, b idp.Practice) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	slices.SortFunc(users, func(a, b idp.User) int { return strings.Compare(idp.Fold(a.Username), idp.Fold(b.Username)) }) // of one name
	slices.SortFunc(clients, func(a, b idp.Client) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(sessions, func(a, b idp.Session) int {
		if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	slices.SortFunc(events, func(a, b idp.AuditEvent) int { return strings.Compare(string(b.ID), string(a.ID)) })

	ctx := t.Context()
	for _, n := range []int{1, 7, many, many + 1, many + 2, 200} {
		check := func(name string, got, want []string) {
			t.Helper()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s by %d (-want +got):\n%s", name, n, diff)
			}
		}
		check("practices", pages(t, n, func(p sqlstore.Page) ([]idp.Practice, string, error) {
			return w.SearchPractices(ctx, directory.PracticeQuery{}, p)
		}, practiceID), ids(practices, practiceID))
		check("users", pages(t, n, func(p sqlstore.Page) ([]directory.Person, string, error) {
			return w.SearchUsers(ctx, w.mine.ID, directory.UserQuery{}, p, w.now)
		}, personID), ids(users, userID))
		check("clients", pages(t, n, func(p sqlstore.Page) ([]idp.Client, string, error) {
			return w.SearchClients(ctx, directory.ClientQuery{}, p)
		}, clientID), ids(clients, clientID))
		check("sessions", pages(t, n, func(p sqlstore.Page) ([]idp.Session, string, error) {
			return w.ListSessions(ctx, w.mine.ID, w.ada.ID, p)
		}, sessionID), ids(sessions, sessionID))
		check("sessions of the practice", pages(t, n, func(p sqlstore.Page) ([]idp.Session, string, error) {
			return w.ListSessions(ctx, w.mine.ID, "", p)
		}, sessionID), ids(sessions, sessionID))
		check("events", pages(t, n, func(p sqlstore.Page) ([]idp.AuditEvent, string, error) {
			return w.SearchEvents(ctx, w.mine.ID, directory.EventQuery{}, p)
		}, eventID), ids(events, eventID))
	}
}

func practiceID(p idp.Practice) string   { return string(p.ID) }
func userID(u idp.User) string           { return string(u.ID) }
func personID(p directory.Person) string { return string(p.User.ID) }
func clientID(c idp.Client) string       { return string(c.ID) }
func sessionID(s idp.Session) string     { return string(s.ID) }
func eventID(e idp.AuditEvent) string    { return string(e.ID) }

func ids[T any](items []T, id func(T) string) []string {
	var all []string
	for _, item := range items {
		all = append(all, id(item))
	}
	return all
}

// Rows that are added between two pages neither repeat nor hide what was there before.
func testPagingWhileAdded(t *testing.T, w *world) {
	var want []string
	for n := range 6 {
		e := w.event(w.mine.ID, w.now.Add(time.Duration(n)*time.Second), "before")
		must(t, w.AppendEvent(t.Context(), e))
		want = append(want, string(e.ID))
	}
	slices.Reverse(want)
	added := 0
	got := pages(t, 2, func(p sqlstore.Page) ([]idp.AuditEvent, string, error) {
		added++
		must(t, w.AppendEvent(t.Context(), w.event(w.mine.ID, w.now.Add(time.Duration(added)*time.Hour), "later")))
		return w.SearchEvents(t.Context(), w.mine.ID, directory.EventQuery{Type: "before"}, p)
	}, eventID)
	same(t, got, want)
}

// ABUSE 32: an administrator of one practice who names what belongs to another finds nothing, and changes nothing.
func testAcrossPractices(t *testing.T, w *world) {
	w.bind(t, w.totp(w.bob))
	s := w.started(t, w.bob, w.app)
	must(t, w.AppendEvent(t.Context(), w.event(w.other.ID, w.now, idp.EventMFAReset)))
	ctx := t.Context()
	_, err := w.FindUser(ctx, w.mine.ID, w.bob.ID)
	wants(t, err, idp.ErrNotFound)
	authenticators, err := w.ListAuthenticators(ctx, w.mine.ID, w.bob.ID)
	must(t, err)
	users, _, err := w.SearchUsers(ctx, w.mine.ID, directory.UserQuery{}, sqlstore.Page{After: string(w.bob.ID)}, w.now)
	wants(t, err, idp.ErrInvalid) // no list of this practice returned that
	sessions, _, err := w.ListSessions(ctx, w.mine.ID, w.bob.ID, sqlstore.Page{})
	must(t, err)
	paged, _, err := w.ListSessions(ctx, w.mine.ID, "", sqlstore.Page{After: string(s.ID)})
	must(t, err)
	events, _, err := w.SearchEvents(ctx, w.mine.ID, directory.EventQuery{}, sqlstore.Page{})
	must(t, err)
	if len(authenticators)+len(users)+len(sessions)+len(paged)+len(events) != 0 {
		t.Errorf("saw %d authenticators, %d users, %d and %d sessions, %d events of another practice",
			len(authenticators), len(users), len(sessions), len(paged), len(events))
	}

	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		removed, err := tx.RevokeMFA(ctx, w.mine.ID, w.bob.ID)
		if len(removed) != 0 {
			t.Errorf("removed %d authenticators of another practice", len(removed))
		}
		return err
	})
	if len(w.bound(t, w.bob)) != 1 {
		t.Error("bob lost the authenticator")
	}
	alive, err := w.FindSession(ctx, s.ID)
	must(t, err)
	same(t, alive, s)
}
