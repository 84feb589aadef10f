package keyring

import "time"

// How long a key does what.
const (
	// signFor is how long a key signs before its successor takes over.
	signFor = 90 * 24 * time.Hour
	// planAhead is how long before the hand-over the successor is created and published.
	planAhead = 24 * time.Hour
	// publishAhead is how long a key is public before it signs when a rotation is asked for: more than a node's refresh and
	// the time for which the key set may be cached, together.
	publishAhead = 10 * time.Minute
	// verifyFor is how long a key still verifies after its hand-over: the longest token (24 h), and an hour for a node that
	// was late to notice.
	verifyFor = 25 * time.Hour
)

// firstSignFrom is when the first key of an algorithm signs from: always. It is a fixed instant so that two nodes that start
// at once on an empty store ask for the same key, and the store refuses one of them.
func firstSignFrom() time.Time { return time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC) }

// span is a key that is wanted: everything of it but its material.
type span struct {
	alg                              string
	signFrom, signUntil, verifyUntil time.Time
}

// newSpan is the life of a key of alg that signs from signFrom. It counts from now where that is later, so that a
// deployment that was off for a year starts with a whole life and not with one that is over already.
func newSpan(alg string, signFrom, now time.Time) span {
	begins := signFrom
	if begins.Before(now) {
		begins = now
	}
	until := begins.Add(signFor)
	return span{alg: alg, signFrom: signFrom, signUntil: until, verifyUntil: until.Add(verifyFor)}
}

// plan says which keys are missing now: the first of an algorithm, and the successor of one that ends soon. It looks at
// nothing but its arguments, and a successor's SignFrom is its predecessor's SignUntil: so all nodes plan the same keys.
func plan(keys []Key, now time.Time) []span {
	var missing []span
	for _, alg := range []string{ES256, RS256} {
		last, found := newest(keys, alg)
		switch {
		case !found:
			missing = append(missing, newSpan(alg, firstSignFrom(), now))
		case !now.Before(last.SignUntil.Add(-planAhead)):
			missing = append(missing, newSpan(alg, last.SignUntil, now))
		}
	}
	return missing
}

// planRotation says which keys a rotation that is asked for creates: one of each algorithm, public at once and signing
// from publishAhead on. Whole minutes, so that asking twice is the same as asking once.
func planRotation(now time.Time) []span {
	signFrom := now.UTC().Add(publishAhead + time.Minute - 1).Truncate(time.Minute)
	return []span{newSpan(ES256, signFrom, now), newSpan(RS256, signFrom, now)}
}

// newest returns the key of alg that signs from the latest instant.
func newest(keys []Key, alg string) (Key, bool) {
	return latest(keys, func(k Key) bool { return k.Alg == alg })
}

// current returns the key of alg to sign with now. One whose SignUntil has passed goes on while it has no successor: a
// store that is down must not stop sign-ins, and verifyFor leaves the time.
func current(keys []Key, alg string, now time.Time) (Key, bool) {
	return latest(keys, func(k Key) bool {
		return k.Alg == alg && !now.Before(k.SignFrom) && now.Before(k.VerifyUntil)
	})
}

// latest returns the key with the latest SignFrom among those that fit; of two equal ones the same on every node.
func latest(keys []Key, fits func(Key) bool) (Key, bool) {
	var best Key
	found := false
	for _, k := range keys {
		if !fits(k) {
			continue
		}
		if !found || k.SignFrom.After(best.SignFrom) || (k.SignFrom.Equal(best.SignFrom) && k.ID > best.ID) {
			best, found = k, true
		}
	}
	return best, found
}
