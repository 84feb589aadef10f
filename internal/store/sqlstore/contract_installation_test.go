package sqlstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// What is recorded of the installation: the first value holds, for whoever comes later too, until it is put in its place on purpose.
func testInstallation(t *testing.T, w *world) {
	ctx, now := t.Context(), time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	if value, err := w.FindInstalled(ctx, "epoch"); !errors.Is(err, idp.ErrNotFound) {
		t.Fatalf("%q, %v", value, err)
	}
	for _, mine := range []string{"1", "2"} {
		if held, err := w.CreateInstalled(ctx, "epoch", mine, now); err != nil || held != "1" {
			t.Errorf("recorded %s: %q holds, %v", mine, held, err)
		}
	}
	for _, value := range []string{"3", "4"} {
		err := w.InTx(ctx, func(tx *sqlstore.Tx) error { return tx.PutInstalled(ctx, "epoch", value, now.Add(time.Hour)) })
		if err != nil {
			t.Fatal(err)
		}
		if held, err := w.FindInstalled(ctx, "epoch"); err != nil || held != value {
			t.Errorf("%q, %v", held, err)
		}
	}
	for from, want := range map[string]bool{"3": false, "": false, "4": true} {
		replaced := false
		err := w.InTx(ctx, func(tx *sqlstore.Tx) (err error) {
			replaced, err = tx.ReplaceInstalled(ctx, "epoch", from, "5", now)
			return err
		})
		if err != nil || replaced != want {
			t.Errorf("replaced %q: %t, %v", from, replaced, err)
		}
	}
	if held, err := w.FindInstalled(ctx, "epoch"); err != nil || held != "5" {
		t.Errorf("%q, %v", held, err)
	}
}

// Many values under one beginning are listed alone, and forgotten by age.
func testInstalledList(t *testing.T, w *world) {
	ctx, now := t.Context(), time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		return errors.Join(tx.PutInstalled(ctx, "node/b", "2", now), tx.PutInstalled(ctx, "node/a", "1", now.Add(-time.Hour)),
			tx.PutInstalled(ctx, "nodes", "3", now.Add(-time.Hour)), tx.PutInstalled(ctx, "no%", "4", now.Add(-time.Hour)))
	})
	all, err := w.FindAllInstalled(ctx, "node/b", "no%", "epoch")
	must(t, err)
	same(t, all, map[string]string{"node/b": "2", "no%": "4"})
	list, err := w.ListInstalled(ctx, "node/")
	must(t, err)
	same(t, list, []sqlstore.Installed{{Name: "node/a", Value: "1", ChangedAt: now.Add(-time.Hour)}, {Name: "node/b", Value: "2", ChangedAt: now}})
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeleteInstalled(ctx, "node/", now) })
	list, err = w.ListInstalled(ctx, "")
	must(t, err)
	same(t, len(list), 3)
	list, err = w.ListInstalled(ctx, "node/")
	must(t, err)
	same(t, list, []sqlstore.Installed{{Name: "node/b", Value: "2", ChangedAt: now}})
}
