package redisstore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// checkIsKeptForADay: by the caller's clock, and in Redis for no longer.
func checkIsKeptForADay(t *testing.T, s redisStore) {
	start := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	kept := func(name string, now time.Time) bool {
		t.Helper()
		answer, err := s.Checks.IsKept(t.Context(), name, now)
		must(t, err)
		return answer
	}
	if kept("usr_ada", start) {
		t.Error("a check that was never made is kept")
	}
	must(t, s.Checks.Keep(t.Context(), "usr_ada", start))
	within(t, "check", lifeOf(t, s, keyOf(t, s, "password-check:")), policy.PasswordCheckAfter-time.Minute, policy.PasswordCheckAfter)
	for after, want := range map[time.Duration]bool{
		0: true, policy.PasswordCheckAfter - time.Millisecond: true, policy.PasswordCheckAfter: false, -time.Hour: true, // a clock that is behind
	} {
		if got := kept("usr_ada", start.Add(after)); got != want {
			t.Errorf("after %s: kept %v", after, got)
		}
	}
	if kept("usr_bob", start) {
		t.Error("a check holds for another person")
	}
	must(t, s.Checks.Keep(t.Context(), "usr_ada", start.Add(policy.PasswordCheckAfter)))
	if !kept("usr_ada", start.Add(policy.PasswordCheckAfter)) {
		t.Error("the check of the next day is not kept")
	}
}

// checkShowsNoOne: neither a name nor its plain hash can be found in Redis, and a value that is not ours is an error, not a check.
func checkShowsNoOne(t *testing.T, s redisStore) {
	must(t, s.Checks.Keep(t.Context(), "usr_ada", time.Now()))
	everything := dump(t, s)
	for _, text := range []string{"usr_ada", idp.HashToken("usr_ada")} {
		if strings.Contains(everything, text) {
			t.Errorf("%q can be read", text)
		}
	}
	must(t, s.Raw.Set(t.Context(), keyOf(t, s, "password-check:"), "soon", time.Hour).Err())
	if kept, err := s.Checks.IsKept(t.Context(), "usr_ada", time.Now()); kept || err == nil || errors.Is(err, idp.ErrNotFound) {
		t.Errorf("kept %v, %v", kept, err)
	}
}
