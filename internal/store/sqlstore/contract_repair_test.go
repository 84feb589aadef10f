package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// exec runs a statement beside the store; the values come from the test itself.
func (w *world) exec(t testing.TB, statement string) {
	t.Helper()
	_, err := w.DB().ExecContext(t.Context(), statement)
	must(t, err)
}

// oldUser writes a person as a node of the version before does.
func (w *world) oldUser(t testing.TB, username, name string) {
	t.Helper()
	w.exec(t, fmt.Sprintf(`INSERT INTO users (id, practice_id, username, name, state, roles, password_hash, created_at, updated_at, version)
		VALUES ('usr_%s', '%s', '%s@x.example', '%s', 'active', '[]', '', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 1)`,
		username, w.mine.ID, username, name))
}

// ABUSE 47: people whom a node of the version before creates or renames are found by name after a repair, by any number of nodes.
func testRepairNames(t *testing.T, w *world) {
	for n := range 450 { // more than a batch or two
		w.oldUser(t, fmt.Sprintf("old%03d", n), fmt.Sprintf("Name%03d Elder", n))
	}
	u := w.named(t, w.mine, "renamed@x.example", "Before Elder")
	w.exec(t, "UPDATE users SET name = 'After', version = version + 1 WHERE id = '"+string(u.ID)+"'")
	count := func(typed string) int { return len(w.find(t, w.mine, directory.UserQuery{Search: typed})) }
	if n := count("old0"); n != 100 {
		t.Errorf("%d of 100 are found by user name before the repair", n)
	}
	var mended [2]int64
	both := make(chan error, 2)
	for n := range mended {
		go func() {
			var err error
			mended[n], err = w.Repair(t.Context())
			both <- err
		}()
	}
	must(t, errors.Join(<-both, <-both))
	if mended[0]+mended[1] != 451 {
		t.Errorf("mended %v, together 451 rows", mended)
	}
	for typed, want := range map[string]int{"elder": 450, "name449": 1, "after": 1, "before": 0} {
		if n := count(typed); n != want {
			t.Errorf("%q finds %d, want %d", typed, n, want)
		}
	}
	again, err := w.Repair(t.Context())
	must(t, err)
	same(t, again, 0)
}

// ABUSE 47: locks that a node of the version before makes are shown after a repair.
func testRepairGuards(t *testing.T, w *world) {
	old := func(subject string, proof idp.Proof) {
		t.Helper()
		w.exec(t, fmt.Sprintf(`INSERT INTO guards (subject_hash, proof, failures, locks, locked, updated_at)
			VALUES ('%s', '%s', 5, 1, TRUE, '2026-01-01T00:00:00.000000Z')`, idp.HashToken(subject), proof))
	}
	old(policy.PasswordGuard(w.ada.Username), idp.ProofPassword)
	old(string(w.bob.ID), idp.ProofPIN)
	for n := range 250 {
		old(fmt.Sprintf("username:typed%d@nowhere.example", n), idp.ProofPassword)
	}
	locked := directory.UserQuery{Filter: directory.FilterLocked}
	mended, err := w.Repair(t.Context())
	must(t, err)
	same(t, mended, 252)
	same(t, w.find(t, w.mine, locked), []string{w.ada.Username})
	same(t, w.find(t, w.other, locked), []string{w.bob.Username})
	mended, err = w.Repair(t.Context())
	must(t, err)
	same(t, mended, 0)
}

// A counter belongs to the person who has the user name, however they came to have it.
func testGuardFollowsName(t *testing.T, w *world) {
	lock := func(username string) {
		t.Helper()
		must(t, w.updateGuard(t, policy.PasswordGuard(username), idp.ProofPassword, func(g idp.Guard) idp.Guard {
			g.Locked, g.LockedUntil, g.UpdatedAt = true, w.now.Add(time.Hour), w.now
			return g
		}))
	}
	shown := func(want ...string) {
		t.Helper()
		if got := w.find(t, w.mine, directory.UserQuery{Filter: directory.FilterLocked}); !slices.Equal(got, want) {
			t.Errorf("locked are %q, want %q", got, want)
		}
	}
	lock("new@x.example")
	lock("bulk@x.example")
	shown()
	u := w.named(t, w.mine, "new@x.example", "New")
	shown("new")
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		_, err := tx.CreateUsers(ctx, []idp.User{w.user(w.mine, "bulk@x.example")})
		return err
	})
	shown("bulk", "new")
	guards, err := w.FindGuards(t.Context(), u)
	must(t, err)
	same(t, guards, []idp.Guard{{
		Subject: policy.PasswordGuard(u.Username), Proof: idp.ProofPassword, Locked: true, LockedUntil: w.now.Add(time.Hour), UpdatedAt: w.now,
	}})
	u.Username = "renamed@x.example"
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, u) })
	shown("bulk")
	guards, err = w.FindGuards(t.Context(), u)
	must(t, err)
	same(t, guards, nil)
}

func testFindGuards(t *testing.T, w *world) {
	for subject, proof := range map[string]idp.Proof{
		string(w.ada.ID): idp.ProofPIN, policy.PasswordGuard(w.ada.Username): idp.ProofPassword, string(w.bob.ID): idp.ProofCode,
		policy.KnownGuard(w.ada.Username, 1): idp.ProofPassword, w.ada.Username: idp.ProofCode,
	} {
		must(t, w.updateGuard(t, subject, proof, func(g idp.Guard) idp.Guard {
			g.Failures = 3
			return g
		}))
	}
	got, err := w.FindGuards(t.Context(), w.ada)
	must(t, err)
	same(t, got, []idp.Guard{
		{Subject: policy.PasswordGuard(w.ada.Username), Proof: idp.ProofPassword, Failures: 3}, {Subject: string(w.ada.ID), Proof: idp.ProofPIN, Failures: 3},
	})
}
