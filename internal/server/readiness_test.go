package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// asking is a readiness of one thing that answers so.
func asking(ask func(context.Context) error) *readiness {
	return &readiness{looks: []func(context.Context) findings{
		func(ctx context.Context) findings { return findings{look(ctx, "database", ask)} },
	}}
}

func probe(r *readiness, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.ready(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// ABUSE 55: a node is out for a fault of its own, and never because a store answers no one.
func TestOnlyOwnFaultsTakeANodeOut(t *testing.T) {
	t.Parallel()
	down := idp.Wrap(idp.CodeUnavailable, errors.New("dial tcp 10.1.2.3:5432 as root:hunter2"))
	for err, want := range map[error]int{
		nil: http.StatusOK, down: http.StatusOK, context.DeadlineExceeded: http.StatusOK,
		sqlstore.ErrReadOnly: http.StatusServiceUnavailable, errBehind: http.StatusServiceUnavailable,
		errOtherIssuer: http.StatusServiceUnavailable, errSealKeys: http.StatusServiceUnavailable,
	} {
		r := asking(func(context.Context) error { return err })
		<-lookNow(r)
		short, long := probe(r, "/readyz"), probe(r, "/readyz?verbose")
		if short.Code != want || long.Code != want || strings.Count(short.Body.String(), "\n") != 1 {
			t.Errorf("%v: %d %q, %d", err, short.Code, short.Body, long.Code)
		}
		if text := long.Body.String(); strings.Contains(text, "10.1.2.3") || strings.Contains(text, "hunter2") || !strings.Contains(text, "\ndatabase: ") {
			t.Errorf("%v: %q", err, text)
		}
	}
	r := asking(func(context.Context) error { return nil })
	r.ending.Store(true)
	if w := probe(r, "/readyz"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "shutting down") {
		t.Errorf("stopping: %d %q", w.Code, w.Body)
	}
}

// lookNow starts a look and returns what is closed at its end.
func lookNow(r *readiness) chan struct{} {
	done := make(chan struct{})
	r.looking = done
	go r.lookAll(context.Background(), done)
	return done
}

// Anybody may ask, and as often as they like: a store is asked once a second at most, also while it hangs.
func TestProbesCostNothing(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	release := make(chan struct{})
	r := asking(func(context.Context) error {
		asked.Add(1)
		<-release
		return nil
	})
	began := time.Now()
	var all sync.WaitGroup
	for range 500 {
		all.Go(func() {
			if w := probe(r, "/readyz"); w.Code != http.StatusOK {
				t.Errorf("%d %q", w.Code, w.Body)
			}
		})
	}
	all.Wait() // all of them are answered while the store still hangs
	if took := time.Since(began); asked.Load() != 1 || took > time.Minute {
		t.Errorf("asked %d times, in %s", asked.Load(), took)
	}
	done := r.looking
	close(release)
	<-done
	for range 100 {
		probe(r, "/readyz?verbose")
	}
	if most := 1 + int64(time.Since(began)/lookAgain); asked.Load() > most {
		t.Errorf("asked %d times, want %d at most", asked.Load(), most)
	}
}
