package keyring

import "time"

// How long a key does what.
const (
	// rotateEvery is how long a key signs before its successor takes over, unless a node is told otherwise.
	rotateEvery = 90 * 24 * time.Hour
	// planAhead is how long before the hand-over the successor is created and published.
	planAhead = 24 * time.Hour
	// publishAhead is how long a key is public before it signs when a rotation is asked for: more than a node's refresh and
	// the time for which the key set may be cached, together.
	publishAhead = 10 * time.Minute
	// verifyFor is how long a key still verifies after its hand-over: the longest token (24 h), and an hour for a node that
	// was late to notice.
	verifyFor = 25 * time.Hour
)

// algs are the algorithms that there is always a key of.
func algs() []string { return []string{ES256, RS256} }

// firstSignFrom is when the first key of an algorithm signs from: always. It is a fixed instant so that two nodes that start
// at once on an empty store ask for the same key, and the store refuses one of them.
func firstSignFrom() time.Time { return time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC) }

// span is a key that is wanted: everything of it but its material.
type span struct {
	alg                              string
	signFrom, signUntil, verifyUntil time.Time
}

// newSpan is the life of a key of alg that signs from signFrom for this long. It counts from now where that is later, so that a
// deployment that was off for a year starts with a whole life and not with one that is over already.
func newSpan(alg string, signFrom, now time.Time, every time.Duration) span {
	begins := signFrom
	if begins.Before(now) {
		begins = now
	}
	until := begins.Add(every)
	return span{alg: alg, signFrom: signFrom.UTC(), signUntil: until, verifyUntil: until.Add(verifyFor)}
}

// plan says which keys are missing now: one that signs, where none does, and the successor of one that ends soon. It looks at nothing
// but its arguments, and the slots do not depend on the time: so all nodes plan the same keys. A successor that comes late (another one
// was retired before it signed, or keys are to be rotated more often than before) is public for publishAhead first all the same.
func plan(keys []Key, now time.Time, every time.Duration) []span {
	var missing []span
	for _, alg := range algs() {
		if _, signs := current(keys, alg, now); !signs {
			missing = append(missing, newSpan(alg, free(keys, alg, slotOfFirst(keys, alg, now)), now, every))
			continue
		}
		last, _ := latest(keys, func(k Key) bool { return k.Alg == alg && !k.retired() })
		due := last.due(every)
		if now.Before(due.Add(-planAhead)) {
			continue
		}
		if soonest := soonest(now); due.Before(soonest.Add(-time.Minute)) {
			due = soonest
		}
		missing = append(missing, newSpan(alg, free(keys, alg, due), now, every))
	}
	return missing
}

// planRotation says which keys a rotation that is asked for creates: one of each algorithm, public at once and signing from publishAhead
// on. None of an algorithm of which one is public already that will sign by then: asking twice is the same as asking once.
func planRotation(keys []Key, now time.Time, every time.Duration) []span {
	signFrom := soonest(now)
	var missing []span
	for _, alg := range algs() {
		_, waits := latest(keys, func(k Key) bool {
			return k.Alg == alg && !k.retired() && now.Before(k.SignFrom) && !k.SignFrom.After(signFrom)
		})
		if !waits {
			missing = append(missing, newSpan(alg, free(keys, alg, signFrom), now, every))
		}
	}
	return missing
}

// soonest is when a key that is published now may sign: a whole minute, so that nodes that ask at once ask for the same.
func soonest(now time.Time) time.Time {
	return now.UTC().Add(publishAhead + time.Minute - 1).Truncate(time.Minute)
}

// slotOfFirst is when a key signs from before which none did, or after all that did are over or retired: always, but after those.
func slotOfFirst(keys []Key, alg string, now time.Time) time.Time {
	if begun, found := begun(keys, alg, now); found {
		return begun.SignFrom.Add(time.Minute)
	}
	return firstSignFrom()
}

// free is the first slot from this one on that no key has: a key that was retired keeps its own for ever.
func free(keys []Key, alg string, slot time.Time) time.Time {
	for {
		if _, taken := latest(keys, func(k Key) bool { return k.Alg == alg && k.SignFrom.Equal(slot) }); !taken {
			return slot
		}
		slot = slot.Add(time.Minute)
	}
}
