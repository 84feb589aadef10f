package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// slowJobs takes its time for each batch of messages.
type slowJobs struct {
	noJobs
	takes *time.Duration
}

func (s slowJobs) EnqueueLogouts(ctx context.Context, _ *sql.Tx, _ []idp.Logout) error {
	select {
	case <-time.After(*s.takes):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The sessions of a large practice end in one transaction, which has as much time again for each five hundred of them. One that has
// little to do has no more time than any other.
func TestEndingManySessionsHasTheTimeItTakes(t *testing.T) {
	for engine, address := range map[string]string{"sqlite": sqliteURL(t), "postgres": storetest.Postgres(t)} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			if _, err := sqlstore.Migrate(t.Context(), address); err != nil {
				t.Fatal(err)
			}
			const limit = 5 * time.Second // three batches of messages take 6 s, and all else has 9 s on the busiest machine
			takes := 2 * time.Second
			store := openQueueing(t, address, newSealer(t), slowJobs{takes: &takes}, sqlstore.Options{Limit: limit})
			user, app := account(t, store)
			end := func(sessions int) error {
				startMany(t, store, user, app, sessions)
				event := idp.AuditEvent{At: user.CreatedAt, Type: idp.EventSessionEnded, Actor: idp.Actor{Kind: idp.ActorSystem}, Result: idp.ResultSuccess}
				ended, err := store.EndPracticeSessions(t.Context(), user.PracticeID, "", idp.EndRevoked, event, user.CreatedAt)
				if err == nil && len(ended) != sessions {
					t.Errorf("%d of %d ended", len(ended), sessions)
				}
				return err
			}
			if err := end(1001); err != nil { // three batches
				t.Errorf("a large practice: %v", err)
			}
			takes = 2 * limit
			if err := end(1); !errors.Is(err, idp.ErrUnavailable) {
				t.Errorf("a small one that takes too long: %v", err)
			}
		})
	}
}

// A change that waits for another one until its time is over was not called off by anybody, and does not say so.
func TestAChangeThatWaitsTooLongSaysThatItsTimeIsOver(t *testing.T) {
	store := openWith(t, sqliteURL(t), sqlstore.Options{Limit: 200 * time.Millisecond})
	err := store.InTx(t.Context(), func(*sqlstore.Tx) error {
		return store.InTx(t.Context(), func(*sqlstore.Tx) error { return nil })
	})
	if !errors.Is(err, idp.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	left, leave := context.WithCancel(t.Context())
	err = store.InTx(t.Context(), func(*sqlstore.Tx) error {
		leave()
		return store.InTx(left, func(*sqlstore.Tx) error { return nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the caller has left: %v", err)
	}
}
