package sqlstore_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func testGuard(t *testing.T, w *world) {
	want := idp.Guard{
		Subject: "ada@harbour.example", Proof: idp.ProofPIN, Failures: 4, Locks: 2, Locked: true,
		LockedUntil: w.now.Add(time.Hour), UpdatedAt: w.now,
	}
	guard := func(subject string, proof idp.Proof, then idp.Guard) (was idp.Guard) {
		t.Helper()
		must(t, w.updateGuard(t, subject, proof, func(g idp.Guard) idp.Guard {
			was = g
			return then
		}))
		return was
	}
	same(t, guard(want.Subject, want.Proof, want), idp.Guard{Subject: want.Subject, Proof: want.Proof})
	same(t, guard(want.Subject, want.Proof, idp.Guard{}), want)
	same(t, guard(want.Subject, want.Proof, want), idp.Guard{Subject: want.Subject, Proof: want.Proof})
	// ABUSE 18: another proof and another subject have counters of their own.
	same(t, guard(want.Subject, idp.ProofCode, want), idp.Guard{Subject: want.Subject, Proof: idp.ProofCode})
	odd := "not an address\x00\xff'; DROP TABLE guards"
	same(t, guard(odd, want.Proof, want), idp.Guard{Subject: odd, Proof: want.Proof})
}

// ABUSE 17: parallel failures are counted, every one.
func testGuardRace(t *testing.T, w *world) {
	for _, err := range race(func(int) error {
		return w.updateGuard(t, w.ada.Username, idp.ProofPassword, func(g idp.Guard) idp.Guard {
			g.Failures++
			return g
		})
	}) {
		must(t, err)
	}
	must(t, w.updateGuard(t, w.ada.Username, idp.ProofPassword, func(g idp.Guard) idp.Guard {
		if g.Failures != racers {
			t.Errorf("counted %d of %d", g.Failures, racers)
		}
		return g
	}))
}

// ABUSE 17: of fifty guesses at once at most five are admitted, from the very first row on.
func testGuardLimit(t *testing.T, w *world) {
	const limit = 5
	var admitted atomic.Int64
	for _, err := range race(func(int) error {
		admit := false
		err := w.updateGuard(t, "usr_new", idp.ProofCode, func(g idp.Guard) idp.Guard {
			admit = g.Failures < limit
			if admit {
				g.Failures++
			}
			return g
		})
		if err == nil && admit {
			admitted.Add(1)
		}
		return err
	}) {
		must(t, err)
	}
	if admitted.Load() != limit {
		t.Errorf("%d guesses were admitted, want %d", admitted.Load(), limit)
	}
}

// ABUSE 51: all guards of a password are held at once, and those that no one has tried are not made for it.
func testHoldGuards(t *testing.T, w *world) {
	counted := idp.Guard{Failures: 2, UpdatedAt: w.now}
	for _, subject := range []string{"b", "a", "c"} {
		must(t, w.updateGuard(t, subject, idp.ProofPassword, func(idp.Guard) idp.Guard { return counted }))
	}
	must(t, w.updateGuard(t, "d", idp.ProofPIN, func(idp.Guard) idp.Guard { return counted }))
	held := map[string]int{}
	must(t, w.InTx(t.Context(), func(tx *sqlstore.Tx) error {
		clear(held)
		guards, err := tx.HoldGuards(t.Context(), []string{"a", "b", "d", "nobody"}, idp.ProofPassword)
		for _, g := range guards {
			held[g.Subject] = g.Failures
		}
		return err
	}))
	same(t, held, map[string]int{"a": 2, "b": 2})
}
