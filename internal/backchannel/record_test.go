package backchannel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// slowTrail takes a while for each transaction, and fails those that hold a bad event.
type slowTrail struct {
	mu     sync.Mutex
	writes [][]idp.EventID
}

func (s *slowTrail) AppendEvents(ctx context.Context, events []idp.AuditEvent) error {
	time.Sleep(10 * time.Millisecond)
	var ids []idp.EventID
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes = append(s.writes, ids)
	if slices.Contains(ids, "bad") {
		return errors.New("bad")
	}
	return ctx.Err()
}

// Events of deliveries that end at once share transactions, each is written once, and each caller hears of its own transaction.
func TestEventsShareTransactions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trail := &slowTrail{}
		r := newRecorder(trail)
		var all sync.WaitGroup
		const many = 200
		for n := range many {
			all.Go(func() {
				time.Sleep(time.Duration(n/20) * 7 * time.Millisecond)
				if err := r.append(t.Context(), idp.AuditEvent{ID: idp.EventID(fmt.Sprint(n))}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		seen := map[idp.EventID]int{}
		for _, write := range trail.writes {
			for _, id := range write {
				seen[id]++
			}
		}
		for n := range many {
			if times := seen[idp.EventID(fmt.Sprint(n))]; times != 1 {
				t.Errorf("event %d was written %d times", n, times)
			}
		}
		if len(trail.writes) > 12 {
			t.Errorf("%d transactions for %d events", len(trail.writes), many)
		}
	})
}

// An event that can't be written is an error for those who share its transaction, and for no one else. A caller who gives up takes
// nothing from the others.
func TestATransactionThatFailsHarmsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trail := &slowTrail{}
		r := newRecorder(trail)
		results := map[idp.EventID]error{}
		var all sync.WaitGroup
		var mu sync.Mutex
		send := func(ctx context.Context, id idp.EventID) {
			all.Go(func() {
				err := r.append(ctx, idp.AuditEvent{ID: id})
				mu.Lock()
				defer mu.Unlock()
				results[id] = err
			})
			synctest.Wait()
		}
		send(t.Context(), "first")
		impatient, cancel := context.WithCancel(t.Context())
		send(impatient, "impatient") // begins the second transaction
		send(t.Context(), "second")
		cancel()
		time.Sleep(15 * time.Millisecond)
		send(t.Context(), "bad")
		send(t.Context(), "beside")
		time.Sleep(50 * time.Millisecond)
		send(t.Context(), "last")
		all.Wait()
		for id, fails := range map[idp.EventID]bool{"first": false, "second": false, "bad": true, "beside": true, "last": false} {
			if err := results[id]; (err != nil) != fails {
				t.Errorf("%s: %v", id, err)
			}
		}
		if !slices.ContainsFunc(trail.writes, func(ids []idp.EventID) bool { return slices.Contains(ids, "impatient") }) {
			t.Error("what the caller who gave up had begun was not written")
		}
	})
}
