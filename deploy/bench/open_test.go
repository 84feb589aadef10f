package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A node that stands still is asked on: those who come meanwhile wait, and stand in the figures.
func TestRequestsAreSentWhetherOrNotTheyAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var sent, inside atomic.Int64
		o := sendAt(t.Context(), 100, 10*time.Second, func(context.Context) error {
			if sent.Add(1)%50 == 0 {
				return errors.New("refused")
			}
			if still := begin.Add(warmup + 2*time.Second); time.Now().Before(still) { // it answers nobody until then
				inside.Add(1)
				time.Sleep(time.Until(still))
			}
			return nil
		})
		// A fifth of the requests of ten seconds came in the two in which nobody was answered.
		if inside.Load() < 200 || o.longest < 1900 || o.longest > 2001 || o.p50 > 0 || o.p99 < 1000 || o.p999 < o.p99 {
			t.Errorf("%d waited: %+v", inside.Load(), o)
		}
		if o.errors == 0 || o.last == nil || o.rate < 80 || o.rate > 120 || o.answered > o.rate {
			t.Errorf("%+v", o)
		}
	})
}
