package sqlstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const day = 24 * time.Hour

// litter leaves one of each thing that is over, as of at, and returns what must still be found as long as it is kept.
func (w *world) litter(t testing.TB, at time.Time, name string) (idp.Session, idp.RefreshToken, idp.Link) {
	t.Helper()
	over, forgotten := w.session(w.ada, w.app), w.session(w.ada, w.app2)
	over.CreatedAt, over.ExpiresAt = at.Add(-day), at
	forgotten.CreatedAt, forgotten.ExpiresAt = at.Add(-day), at // no one ended it
	token := w.refresh(forgotten)
	link := w.link(w.ada, idp.LinkNotMe)
	link.CreatedAt, link.ExpiresAt = at.Add(-day), at
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, err := range []error{
			tx.StartSession(ctx, over), tx.StartSession(ctx, forgotten), tx.CreateRefreshToken(ctx, token), tx.CreateLink(ctx, link),
		} {
			if err != nil {
				return err
			}
		}
		ending := w.ending()
		ending.ID = idp.NewEventID(at)
		if _, err := tx.EndSession(ctx, over.ID, idp.EndLogout, ending, at); err != nil {
			return err
		}
		_, err := tx.TakeReminder(ctx, name, at)
		return err
	})
	must(t, w.updateGuard(t, policy.PasswordGuard(name), idp.ProofPassword, func(g idp.Guard) idp.Guard {
		g.Failures, g.UpdatedAt = 3, at
		return g
	}))
	return over, token, link
}

func testClean(t *testing.T, w *world) {
	w.now = w.now.Truncate(time.Hour)
	w.litter(t, w.now.Add(-31*day), "old")
	session, token, link := w.litter(t, w.now.Add(-29*day), "recent")
	live := w.started(t, w.ada, w.app)
	must(t, w.CreateRefreshToken(t.Context(), w.refresh(live)))
	guard := func(subject string, proof idp.Proof, g idp.Guard) {
		t.Helper()
		must(t, w.updateGuard(t, subject, proof, func(idp.Guard) idp.Guard { return g }))
	}
	long := w.now.Add(-100 * day)
	guard(policy.PasswordGuard(w.ada.Username), idp.ProofPassword, idp.Guard{Failures: 4, UpdatedAt: long}) // ABUSE 17: time takes no failure back
	guard(string(w.ada.ID), idp.ProofPIN, idp.Guard{Locked: true, UpdatedAt: long})
	guard(policy.PasswordGuard("locked"), idp.ProofPassword, idp.Guard{Locked: true, LockedUntil: w.now.Add(time.Hour), UpdatedAt: long})
	guard(policy.PasswordGuard("forever"), idp.ProofPassword, idp.Guard{Locked: true, UpdatedAt: long})
	guard(policy.PasswordGuard("was locked"), idp.ProofPassword, idp.Guard{Locked: true, LockedUntil: long, UpdatedAt: long})
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		_, err := tx.TakeReminder(ctx, "ancient", w.now.Add(-401*day))
		return err
	})
	for n, age := range []time.Duration{731 * day, 729 * day, 900 * day} {
		state := []idp.ActivationState{idp.ActivationDeclined, idp.ActivationWithdrawn, idp.ActivationOpen}[n]
		asked := w.activation(w.mine, w.now.Add(-age))
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateActivation(ctx, asked) })
		if state != idp.ActivationOpen {
			asked.State, asked.AnsweredAt = state, w.now.Add(-age)
			w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateActivation(ctx, asked) })
		}
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.CreateCase(ctx, w.supportCase(w.ada, w.now.Add(-age)))
		})
	}
	for _, age := range []time.Duration{401 * day, 399 * day} {
		key := w.key("ES256", w.now.Add(-age))
		key.VerifyUntil = w.now.Add(-age)
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateKey(ctx, key) })
	}
	gone := w.totp(w.ada)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		return errors.Join(tx.CreateAuthenticator(ctx, gone), tx.RemoveAuthenticator(ctx, w.mine.ID, w.ada.ID, gone.ID))
	})
	w.exec(t, "INSERT INTO removed_authenticators (id, removed_at) VALUES ('aut_long', '2020-01-01T00:00:00.000000Z')")
	w.exec(t, "INSERT INTO spent (hash, expires_at) VALUES ('old', '"+w.now.Add(-25*time.Hour).Format("2006-01-02T15:04:05.000000Z")+"'), ('new', '"+w.now.Add(-23*time.Hour).Format("2006-01-02T15:04:05.000000Z")+"')")
	events := w.count(t, "events")

	rows, err := w.Clean(t.Context(), w.now)
	must(t, err)
	// Of 31 days ago: a token, a link, two sessions and a counter; what was locked; the ancient reminder. Further a request, two cases, a
	// key, an authenticator that was removed, and what was spent.
	same(t, rows, 13)
	for table, want := range map[string]int{
		"sessions": 3, "refresh_tokens": 2, "links": 1, "guards": 5, "reminders": 2, "events": events, "activations": 2, "support_cases": 1,
		"signing_keys": 1, "removed_authenticators": 1, "spent": 1,
	} {
		if n := w.count(t, table); n != want {
			t.Errorf("%s holds %d rows, want %d", table, n, want)
		}
	}
	_, err = w.FindSession(t.Context(), session.ID)
	must(t, err)
	_, err = w.FindRefreshToken(t.Context(), token.Hash)
	must(t, err)
	_, err = w.FindLink(t.Context(), link.Hash)
	must(t, err)
	_, err = w.FindSession(t.Context(), live.ID)
	must(t, err)
	rows, err = w.Clean(t.Context(), w.now)
	must(t, err)
	same(t, rows, 0)
}

// More than a batch is cleaned at once, by nodes beside each other.
func testCleanMany(t *testing.T, w *world) {
	w.exec(t, `INSERT INTO reminders (key, sent_at) WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1700)
		SELECT 'r' || n, `+map[sqlstore.Engine]string{sqlstore.Postgres: "timestamptz ", sqlstore.SQLite: ""}[w.Engine()]+`'2020-01-01T00:00:00.000000Z' FROM s`)
	var deleted [racers]int64
	for _, err := range race(func(n int) (err error) {
		if n < 2 {
			deleted[n], err = w.Clean(t.Context(), w.now)
		}
		return err
	}) {
		must(t, err)
	}
	if n := w.count(t, "reminders"); n != 0 || deleted[0]+deleted[1] != 1700 {
		t.Errorf("%d are left; %d and %d were deleted", n, deleted[0], deleted[1])
	}
}
