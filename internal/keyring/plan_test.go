package keyring

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestKeysAreKnownBeforeTheySignAndUntilTheirTokensEnd walks a deployment through random months: time passes, the administrator
// rotates, nodes have clocks that differ.
func TestKeysAreKnownBeforeTheySignAndUntilTheirTokensEnd(t *testing.T) { // ABUSE 15
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
		now := begin
		var keys []Key
		rotations := 0
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			skew := time.Duration(rapid.IntRange(-60, 60).Draw(t, "skew in seconds")) * time.Second
			keys = withKeys(keys, plan(keys, now), now)
			keys = withKeys(keys, plan(keys, now.Add(skew)), now) // a node with another clock, at once
			if rapid.IntRange(0, 20).Draw(t, "rotate") == 0 {
				keys = withKeys(keys, planRotation(now), now)
				rotations++
			}
			if again := plan(keys, now); len(again) > 0 {
				t.Fatalf("at %s, with all planned keys there: %+v is missing", now, again)
			}
			for _, alg := range []string{ES256, RS256} {
				signs, found := current(keys, alg, now)
				if !found {
					t.Fatalf("at %s nobody signs %s", now, alg)
				}
				if known := now.Sub(signs.CreatedAt); known < publishAhead && !signs.SignFrom.Equal(firstSignFrom()) {
					t.Fatalf("at %s %s signs, and is known for only %s", now, signs.ID, known)
				}
				if !signs.VerifyUntil.After(now.Add(24 * time.Hour)) {
					t.Fatalf("at %s %s signs a token of a day, and verifies until %s", now, signs.ID, signs.VerifyUntil)
				}
			}
			now = now.Add(time.Duration(rapid.IntRange(1, 12*60).Draw(t, "minutes")) * time.Minute)
		}
		planned := int(now.Sub(begin)/(signFor-planAhead)) + 1
		if got := len(keys) / 2; got > planned+rotations {
			t.Fatalf("%d keys of each algorithm after %d rotations in %s", got, rotations, now.Sub(begin))
		}
	})
}

// TestADeploymentThatWasOffSignsAtOnce: after years in which no node planned keys, the first start has keys that sign and last.
func TestADeploymentThatWasOffSignsAtOnce(t *testing.T) {
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	keys := withKeys(nil, plan(nil, now), now)
	later := now.AddDate(3, 0, 0)
	if _, found := current(keys, ES256, later); found {
		t.Fatal("a key of three years ago signs")
	}
	keys = withKeys(keys, plan(keys, later), later)
	signs, found := current(keys, ES256, later)
	if !found || signs.SignUntil.Before(later.Add(signFor)) {
		t.Fatalf("signs: %v, until %s", found, signs.SignUntil)
	}
	if again := plan(keys, later); len(again) > 0 {
		t.Fatalf("planned again: %+v", again)
	}
}

// withKeys adds the planned keys, refusing a second one as the store does.
func withKeys(keys []Key, spans []span, now time.Time) []Key {
	for _, s := range spans {
		taken := false
		for _, k := range keys {
			taken = taken || (k.Alg == s.alg && k.SignFrom.Equal(s.signFrom))
		}
		if !taken {
			id := fmt.Sprintf("%s from %s", s.alg, s.signFrom)
			keys = append(keys, Key{ID: id, Alg: s.alg, CreatedAt: now, SignFrom: s.signFrom, SignUntil: s.signUntil, VerifyUntil: s.verifyUntil})
		}
	}
	return keys
}
