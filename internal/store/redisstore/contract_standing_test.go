package redisstore_test

import (
	"testing"
	"time"
)

// standingChangesForEveryNode: a version is there for each who asks, the same until it is changed or Redis loses it, and none comes again.
func standingChangesForEveryNode(t *testing.T, s redisStore) {
	version := func() string {
		t.Helper()
		version, err := s.Store.Standing().Version(t.Context())
		must(t, err)
		return version
	}
	lose := func() error { return s.Raw.Del(t.Context(), keyOf(t, s, "standing:")).Err() }
	seen := map[string]bool{"": true, version(): true}
	for n := range 20 {
		if n%2 == 0 {
			must(t, lose())
		} else {
			must(t, s.Store.Standing().Change(t.Context()))
		}
		now := version()
		if seen[now] {
			t.Errorf("%q came again", now)
		}
		seen[now] = true
		same(t, version(), now)
	}
	within(t, "version", lifeOf(t, s, keyOf(t, s, "standing:")), time.Hour-time.Minute, time.Hour)
	must(t, lose())
	versions := make(chan string)
	for range 16 {
		go func() {
			version, err := s.Store.Standing().Version(t.Context())
			if err != nil {
				t.Error(err)
			}
			versions <- version
		}()
	}
	for range 16 {
		if got := <-versions; got != version() {
			t.Errorf("%q was made up beside %q", got, version())
		}
	}
}
