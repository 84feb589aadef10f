package redisstore_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func assertionUsedOnceByMany(t *testing.T, s redisStore) { // ABUSE 9
	for _, jti := range []string{"jti-1", strings.Repeat("j", 1<<16), "\xff\x00 * ?"} {
		var first atomic.Int64
		var all sync.WaitGroup
		for range racers {
			all.Go(func() {
				switch err := s.Assertions.UseAssertion(t.Context(), "fusesign", jti); {
				case err == nil:
					first.Add(1)
				case !errors.Is(err, idp.ErrUsed):
					t.Errorf("%.20q: %v", jti, err)
				}
			})
		}
		all.Wait()
		if first.Load() != 1 {
			t.Errorf("%.20q was used %d times", jti, first.Load())
		}
	}
	if err := s.Assertions.UseAssertion(t.Context(), "bgl", "jti-1"); err != nil {
		t.Errorf("that of another client: %v", err)
	}
}

// assertionOutlivesItself: one may live six minutes, and a clock may be set back (ABUSE 46).
func assertionOutlivesItself(t *testing.T, s redisStore) {
	if err := s.Assertions.UseAssertion(t.Context(), "fusesign", "jti-1"); err != nil {
		t.Fatal(err)
	}
	within(t, "assertion", lifeOf(t, s, keyOf(t, s, "assertion:")), 50*time.Minute, time.Hour)
}
