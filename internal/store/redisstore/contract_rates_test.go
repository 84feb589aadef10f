package redisstore_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Two limits that no surface uses.
const (
	ratePerNetwork idp.LimitName = "test-by-network"
	ratePerName    idp.LimitName = "test-by-name"
)

func testLimits() idp.Limits {
	return idp.Limits{ratePerNetwork: {Most: 5, Window: time.Hour}, ratePerName: {Most: 2, Window: 24 * time.Hour}}
}

func mustTake(t *testing.T, s redisStore, now time.Time, uses ...idp.Use) idp.Reached {
	t.Helper()
	reached, err := s.Rates.Take(t.Context(), now, uses...)
	if err != nil {
		t.Fatal(err)
	}
	return reached
}

// ratesCountAtOnce: what one limit refuses counts under no other.
func ratesCountAtOnce(t *testing.T, s redisStore) {
	now := smsStart()
	ada, network := idp.Use{Limit: ratePerName, Of: "ada"}, idp.Use{Limit: ratePerNetwork, Of: "203.0.113.1"}
	for i := range 9 {
		reached := mustTake(t, s, now, network, ada)
		if i < 2 != (reached == idp.Reached{}) {
			t.Errorf("take %d: %+v", i, reached)
		}
		if i >= 2 && reached.Limit != ratePerName {
			t.Errorf("take %d: %+v, want the narrower limit", i, reached)
		}
	}
	for i, name := range []string{"bob", "cleo", "dan"} {
		if reached := mustTake(t, s, now, network, idp.Use{Limit: ratePerName, Of: name}); reached != (idp.Reached{}) {
			t.Errorf("%s, number %d of the network: %+v", name, i, reached)
		}
	}
	if reached := mustTake(t, s, now, network); reached.Limit != ratePerNetwork {
		t.Errorf("the sixth of the network: %+v", reached)
	}
	if reached := mustTake(t, s, now, idp.Use{Limit: ratePerNetwork, Of: "203.0.113.2"}); reached != (idp.Reached{}) {
		t.Errorf("another network: %+v", reached)
	}
}

// ratesLook: looking names the limit that is full, as counting would, and counts nothing.
func ratesLook(t *testing.T, s redisStore) {
	now, use := smsStart(), idp.Use{Limit: ratePerName, Of: "eve"}
	for i := range 4 {
		for range 3 {
			reached, err := s.Rates.Full(t.Context(), now, use)
			if err != nil || (i >= 2) != (reached.Limit == ratePerName) {
				t.Fatalf("after %d: %+v, %v", i, reached, err)
			}
		}
		_ = mustTake(t, s, now, use)
	}
}

// ratesLookAtAll: of several limits the first that is full is named, also by a server that has forgotten its scripts.
func ratesLookAtAll(t *testing.T, s redisStore) {
	now, full, empty := smsStart(), idp.Use{Limit: ratePerName, Of: "fay"}, idp.Use{Limit: ratePerNetwork, Of: "203.0.113.7"}
	for range 3 {
		_ = mustTake(t, s, now, full)
	}
	for _, c := range []struct {
		uses []idp.Use
		want idp.LimitName
	}{
		{[]idp.Use{empty, full}, ratePerName}, {[]idp.Use{full, empty}, ratePerName}, {[]idp.Use{empty}, ""}, {nil, ""},
	} {
		if err := s.Raw.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			reached, err := s.Rates.Full(t.Context(), now, c.uses...)
			if err != nil || reached.Limit != c.want {
				t.Errorf("%v: %+v, %v", c.uses, reached, err)
			}
		}
	}
}

// ratesSayWhen: a full limit lets one more through at the time that it names and not before, and a clock that is set back frees nothing.
func ratesSayWhen(t *testing.T, s redisStore) {
	start, use := smsStart(), idp.Use{Limit: ratePerNetwork, Of: "203.0.113.9"}
	for i := range 5 {
		at := start.Add(time.Duration(i) * 7 * time.Minute)
		if reached := mustTake(t, s, at, use); reached != (idp.Reached{}) {
			t.Fatalf("take %d: %+v", i, reached)
		}
	}
	full := mustTake(t, s, start.Add(30*time.Minute), use)
	if full.Until.Before(start.Add(time.Hour)) || full.Until.After(start.Add(time.Hour+5*time.Minute)) {
		t.Errorf("free again at %s, want an hour after %s and five minutes more at most", full.Until, start)
	}
	if again := mustTake(t, s, start.Add(-24*time.Hour), use); again.Limit != ratePerNetwork {
		t.Errorf("with the clock a day back: %+v", again)
	}
	if early := mustTake(t, s, full.Until.Add(-time.Millisecond), use); early != full {
		t.Errorf("a moment too early: %+v", early)
	}
	if then := mustTake(t, s, full.Until, use); then != (idp.Reached{}) {
		t.Errorf("at the time that was named: %+v", then)
	}
	if next := mustTake(t, s, full.Until, use); next.Limit != ratePerNetwork {
		t.Errorf("one more at that time: %+v", next)
	}
}

// ratesInParallel: of any number of callers at once exactly as many pass as the limit says.
func ratesInParallel(t *testing.T, s redisStore) {
	var passed atomic.Int32
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			reached, err := s.Rates.Take(t.Context(), smsStart(), idp.Use{Limit: ratePerNetwork, Of: "203.0.113.1"})
			switch {
			case err != nil:
				t.Error(err)
			case reached == idp.Reached{}:
				passed.Add(1)
			}
		})
	}
	callers.Wait()
	if passed.Load() != 5 {
		t.Errorf("%d passed, want 5", passed.Load())
	}
}

func ratesKnowTheirLimits(t *testing.T, s redisStore) {
	if reached, err := s.Rates.Take(t.Context(), smsStart(), idp.Use{Limit: "no-such-limit"}); err == nil {
		t.Errorf("a limit that there is not: %+v", reached)
	}
}
