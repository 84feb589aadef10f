package sqlstore_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func testSpent(t *testing.T, w *world) { // ABUSE 53
	spent := func(name string, now time.Time) bool {
		t.Helper()
		spent, err := w.IsSpent(t.Context(), name, now)
		must(t, err)
		return spent
	}
	until := w.now.Add(time.Hour)
	for _, name := range []string{"token j", "code c", "\xff\x00 any bytes"} {
		if spent(name, w.now) {
			t.Errorf("%q is spent before", name)
		}
		var first [racers]bool
		for _, err := range race(func(n int) (err error) {
			first[n], err = w.Spend(t.Context(), name, until)
			return err
		}) {
			must(t, err)
		}
		count := 0
		for _, was := range first {
			if was {
				count++
			}
		}
		if count != 1 || !spent(name, w.now) || !spent(name, until.Add(-time.Microsecond)) || spent(name, until) {
			t.Errorf("%q: %d were first", name, count)
		}
	}
	if spent("token k", w.now) {
		t.Error("another is spent too")
	}
	_, err := w.Clean(t.Context(), until.Add(day))
	must(t, err)
	same(t, w.count(t, "spent"), 3) // the clocks of nodes may differ
	_, err = w.Clean(t.Context(), until.Add(day+time.Second))
	must(t, err)
	same(t, w.count(t, "spent"), 0)
}

// testOutdated: every commit that changes what nodes keep copies of is told after it, and counted; no other is.
func testOutdated(t *testing.T, w *world) { // ABUSE 61
	w.told.takeOutdated()
	version := func(what idp.Copied) int64 {
		t.Helper()
		versions, err := w.CopyVersions(t.Context())
		must(t, err)
		return versions[what]
	}
	client, practice := w.app, w.mine
	session := w.started(t, w.ada, w.app)
	if told := w.told.takeOutdated(); len(told) != 0 {
		t.Errorf("a session was started: told %v", told)
	}
	for name, c := range map[string]struct {
		change func(context.Context, *sqlstore.Tx) error
		want   []idp.Copied
	}{
		"a client is created": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, w.client("new")) }, []idp.Copied{idp.CopiedClients},
		},
		"a client is changed": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateClient(ctx, client) }, []idp.Copied{idp.CopiedClients},
		},
		"a practice is suspended": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdatePractice(ctx, practice) }, []idp.Copied{idp.CopiedClients, idp.CopiedStanding},
		},
		"a key is created": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateKey(ctx, w.key("ES256", w.now)) }, []idp.Copied{idp.CopiedKeys},
		},
		"a person is changed": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, w.ada) }, []idp.Copied{idp.CopiedStanding},
		},
		"a session is used": {
			func(ctx context.Context, tx *sqlstore.Tx) error {
				return tx.TouchSession(ctx, session.ID, w.now.Add(time.Minute))
			}, nil,
		},
		"the session of nobody ends": {
			func(ctx context.Context, tx *sqlstore.Tx) error {
				_, err := tx.EndSession(ctx, "nobody’s", idp.EndLogout, w.ending(), w.now)
				return err
			}, nil,
		},
		"it is undone": {
			func(ctx context.Context, tx *sqlstore.Tx) error {
				return errors.Join(tx.CreateClient(ctx, w.client("undone")), idp.ErrForbidden)
			}, nil,
		},
	} {
		clients, keys := version(idp.CopiedClients), version(idp.CopiedKeys)
		err := w.try(t, c.change)
		if err != nil && !errors.Is(err, idp.ErrForbidden) {
			t.Fatalf("%s: %v", name, err)
		}
		told := w.told.takeOutdated()
		if !slices.Equal(told, c.want) {
			t.Errorf("%s: told %v", name, told)
		}
		if raised := version(idp.CopiedClients) > clients; raised != slices.Contains(c.want, idp.CopiedClients) {
			t.Errorf("%s: the version of clients was raised: %v", name, raised)
		}
		if raised := version(idp.CopiedKeys) > keys; raised != slices.Contains(c.want, idp.CopiedKeys) {
			t.Errorf("%s: the version of keys was raised: %v", name, raised)
		}
	}
	if version(idp.CopiedStanding) != 0 {
		t.Error("people who change at once wait for one version")
	}
}

// testOutdatedStanding: whatever ends a session, and the revocation of a token, is told after the commit.
func testOutdatedStanding(t *testing.T, w *world) {
	event := w.ending()
	for name, end := range map[string]func(idp.Session) error{
		"it ends": func(s idp.Session) error {
			_, err := w.EndSession(t.Context(), s.ID, idp.EndLogout, event, w.now)
			return err
		},
		"those of the person end": func(s idp.Session) error {
			_, err := w.EndUserSessions(t.Context(), s.PracticeID, s.UserID, idp.EndLogout, event, w.now)
			return err
		},
		"those of the practice end": func(s idp.Session) error {
			_, err := w.EndPracticeSessions(t.Context(), s.PracticeID, "", idp.EndLogout, event, w.now)
			return err
		},
		"a token of it is revoked": func(s idp.Session) error { return w.Revoke(t.Context(), "token "+string(s.ID), w.now.Add(time.Hour)) },
	} {
		session := w.started(t, w.ada, w.app)
		w.told.takeOutdated()
		must(t, end(session))
		if told := w.told.takeOutdated(); !slices.Equal(told, []idp.Copied{idp.CopiedStanding}) {
			t.Errorf("%s: told %v", name, told)
		}
	}
	must(t, w.Revoke(t.Context(), "twice", w.now.Add(time.Hour)))
	spent, err := w.IsSpent(t.Context(), "twice", w.now)
	must(t, err)
	same(t, spent, true)
	must(t, w.Revoke(t.Context(), "twice", w.now.Add(time.Hour)))
}

// testOutdatedTogether: many change clients and practices at once, in opposite orders; none is lost, and each counts.
func testOutdatedTogether(t *testing.T, w *world) {
	before, err := w.CopyVersions(t.Context())
	must(t, err)
	for _, err := range race(func(n int) error {
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			client, err := tx.FindClient(t.Context(), []idp.ClientID{"timesheets", "contacts"}[n%2])
			if err != nil {
				return err
			}
			err = tx.UpdateClient(t.Context(), client)
			if errors.Is(err, idp.ErrConflict) {
				return nil
			}
			return err
		})
	}) {
		must(t, err)
	}
	after, err := w.CopyVersions(t.Context())
	must(t, err)
	if after[idp.CopiedClients] <= before[idp.CopiedClients] {
		t.Errorf("%v, then %v", before, after)
	}
}
