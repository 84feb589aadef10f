package server

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// A store that is away is asked again for a request of a visitor, and keeps no node from stopping.
func TestARequestOfAVisitorIsTriedAgainAndKeepsNoNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int32
		away := atomic.Bool{}
		a := newAsked(slog.New(slog.DiscardHandler))
		a.sift = func(context.Context, idp.Notice) error {
			tries.Add(1)
			if away.Load() {
				return errors.New("away")
			}
			return nil
		}
		away.Store(true)
		if err := a.Ask(idp.Notice{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3500 * time.Millisecond) // the bubble's clock
		away.Store(false)
		time.Sleep(time.Second)
		if tried := tries.Load(); tried != 5 {
			t.Errorf("tried %d times", tried)
		}

		away.Store(true)
		for range askedAtOnce {
			if err := a.Ask(idp.Notice{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Ask(idp.Notice{}); !errors.Is(err, idp.ErrBusy) {
			t.Errorf("one too many: %v", err)
		}
		began := time.Now()
		a.last()
		a.last() // a node that never served is closed alone
		if took := time.Since(began); took > time.Second {
			t.Errorf("stopping took %s", took)
		}
	})
}
