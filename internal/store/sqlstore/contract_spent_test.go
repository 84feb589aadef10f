package sqlstore_test

import (
	"context"
	"errors"
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
	for name, c := range map[string]struct {
		change func(context.Context, *sqlstore.Tx) error
		want   idp.Copied // "": none
	}{
		"a client is created": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, w.client("new")) }, idp.CopiedClients,
		},
		"a client is changed": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateClient(ctx, client) }, idp.CopiedClients,
		},
		"a practice is suspended": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdatePractice(ctx, practice) }, idp.CopiedClients,
		},
		"a key is created": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateKey(ctx, w.key("ES256", w.now)) }, idp.CopiedKeys,
		},
		"a person is changed": {
			func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, w.ada) }, "",
		},
		"it is undone": {
			func(ctx context.Context, tx *sqlstore.Tx) error {
				return errors.Join(tx.CreateClient(ctx, w.client("undone")), idp.ErrForbidden)
			}, "",
		},
	} {
		clients, keys := version(idp.CopiedClients), version(idp.CopiedKeys)
		err := w.try(t, c.change)
		if err != nil && !errors.Is(err, idp.ErrForbidden) {
			t.Fatalf("%s: %v", name, err)
		}
		told := w.told.takeOutdated()
		if c.want == "" && len(told) != 0 || c.want != "" && (len(told) != 1 || told[0] != c.want) {
			t.Errorf("%s: told %v", name, told)
		}
		if raised := version(idp.CopiedClients) > clients; raised != (c.want == idp.CopiedClients) {
			t.Errorf("%s: the version of clients was raised: %v", name, raised)
		}
		if raised := version(idp.CopiedKeys) > keys; raised != (c.want == idp.CopiedKeys) {
			t.Errorf("%s: the version of keys was raised: %v", name, raised)
		}
	}
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
