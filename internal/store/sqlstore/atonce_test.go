package sqlstore_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/faulttest/rig"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// A statement that is a transaction of its own holds the session that it stores a token of, from its first moment to its last: the session
// can't end between the two, and leave the token behind. Each statement is stopped in its middle, by a token of the same hash that another
// transaction has stored and not committed, until the end of the session waits as well.
func TestStatementsHoldTheirSession(t *testing.T) { // ABUSE 2, 11
	t.Parallel()
	told := &told{}
	store := openMigrated(t, storetest.Postgres(t), sqlstore.Options{Ended: told.hear, Limit: time.Minute})
	told.store = store
	w := newWorld(t, store, told)
	for name, ask := range map[string]func(ctx context.Context, s idp.Session, first, next idp.RefreshToken) error{
		"rotate": func(ctx context.Context, _ idp.Session, first, next idp.RefreshToken) error {
			_, err := w.RotateRefreshToken(ctx, first.Hash, next, 0, w.now)
			return err
		},
		"spend for": func(ctx context.Context, _ idp.Session, _, next idp.RefreshToken) error {
			_, _, err := w.SpendFor(ctx, "code "+next.Hash, w.now.Add(time.Hour), next)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, other := w.started(t, w.ada, w.app), w.started(t, w.ada, w.app2)
			first, next := w.refresh(s), w.refresh(s)
			must(t, w.CreateRefreshToken(t.Context(), first))
			taken := w.refresh(other)
			taken.Hash = next.Hash
			var both sync.WaitGroup
			err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
				if err := tx.CreateRefreshToken(ctx, taken); err != nil {
					return err
				}
				both.Go(func() {
					if err := ask(t.Context(), s, first, next); err != nil {
						t.Error(err)
					}
				})
				waiting(t, store, 1)
				both.Go(func() {
					if _, err := w.EndSession(t.Context(), s.ID, idp.EndLogout, w.event(w.mine.ID, w.now, idp.EventSessionEnded), w.now); err != nil {
						t.Error(err)
					}
				})
				waiting(t, store, 2)
				return idp.ErrForbidden // it is undone
			})
			wants(t, err, idp.ErrForbidden)
			both.Wait()
			if n := w.count(t, "refresh_tokens"); n != 0 {
				t.Errorf("%d tokens outlived their session", n)
			}
		})
	}
}

// waiting lasts until so many transactions wait for a lock.
func waiting(t *testing.T, store *sqlstore.Store, want int) {
	t.Helper()
	owner := storetest.Owner(t, store)
	rig.Await(t, fmt.Sprint(want, " wait for a lock"), func(ctx context.Context) error {
		var n int
		err := owner.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n)
		if err == nil && n < want {
			err = fmt.Errorf("%d", n)
		}
		return err
	})
}
