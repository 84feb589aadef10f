package keyring

import (
	"slices"
	"time"
)

// State is what a key does at a moment.
type State string

// The states there are, in the order of a key's life.
const (
	Published State = "published" // known to nodes and apps, and does not sign yet
	Signs     State = "signs"
	Verifies  State = "verifies" // the tokens that it signed are good, and it signs none
	Over      State = "over"     // the last token that it signed is over
	Retired   State = "retired"  // withdrawn: nothing that it signed is good
)

func (k Key) retired() bool { return !k.RetiredAt.IsZero() }

// unused reports whether the key was retired before it signed anything.
func (k Key) unused() bool { return k.retired() && !k.RetiredAt.After(k.SignFrom) }

// begins is when the key signs from: the slot of the first key of all is older than the key.
func (k Key) begins() time.Time {
	if k.CreatedAt.After(k.SignFrom) {
		return k.CreatedAt
	}
	return k.SignFrom
}

// due is when the key's successor is to take over if keys sign for this long.
func (k Key) due(every time.Duration) time.Time {
	if due := k.begins().Add(every); due.Before(k.SignUntil) {
		return due
	}
	return k.SignUntil
}

// begun returns the newest key of alg of those that have begun to sign, retired or not.
func begun(keys []Key, alg string, now time.Time) (Key, bool) {
	return latest(keys, func(k Key) bool { return k.Alg == alg && !now.Before(k.SignFrom) && !k.unused() })
}

// current returns the key of alg to sign with now: the newest that has begun. One whose SignUntil has passed goes on while it has no
// successor: a store that is down must not stop sign-ins, and verifyFor leaves the time.
//
// If the newest is retired, the one that follows it signs at once, though the clock of this node may say that its time has not come; one
// before it never signs again, because what it would sign outlives it. There may be none: a key that is retired never signs.
func current(keys []Key, alg string, now time.Time) (Key, bool) {
	newest, found := begun(keys, alg, now)
	if found && !newest.retired() {
		return newest, now.Before(newest.VerifyUntil)
	}
	return earliest(keys, func(k Key) bool { return k.Alg == alg && !k.retired() && k.SignFrom.After(newest.SignFrom) })
}

// Missing lists the algorithms that no key signs with now.
func Missing(keys []Key, now time.Time) []string {
	return slices.DeleteFunc(algs(), func(alg string) bool {
		_, signs := current(keys, alg, now)
		return signs
	})
}

// until returns how long k signs and verifies: as long as it was created for, unless its successor takes over at another time.
func until(keys []Key, k Key) (signs, verifies time.Time) {
	next, found := earliest(keys, func(other Key) bool {
		return other.Alg == k.Alg && !other.unused() && other.SignFrom.After(k.SignFrom)
	})
	if !found {
		return k.SignUntil, k.VerifyUntil
	}
	return next.SignFrom, next.SignFrom.Add(verifyFor)
}

// stateOf returns what k, which is one of keys, does now.
func stateOf(keys []Key, k Key, now time.Time) State {
	if k.retired() {
		return Retired
	}
	if signs, found := current(keys, k.Alg, now); found && signs.ID == k.ID {
		return Signs
	}
	if now.Before(k.SignFrom) {
		return Published
	}
	if _, verifies := until(keys, k); now.Before(verifies) {
		return Verifies
	}
	return Over
}

// latest returns the key with the latest SignFrom among those that fit; of two equal ones the same on every node.
func latest(keys []Key, fits func(Key) bool) (Key, bool) {
	return best(keys, fits, func(a, b Key) bool { return a.after(b) })
}

// earliest returns the key with the earliest SignFrom among those that fit.
func earliest(keys []Key, fits func(Key) bool) (Key, bool) {
	return best(keys, fits, func(a, b Key) bool { return b.after(a) })
}

func (k Key) after(other Key) bool {
	return k.SignFrom.After(other.SignFrom) || k.SignFrom.Equal(other.SignFrom) && k.ID > other.ID
}

func best(keys []Key, fits func(Key) bool, better func(a, b Key) bool) (Key, bool) {
	var best Key
	found := false
	for _, k := range keys {
		if fits(k) && (!found || better(k, best)) {
			best, found = k, true
		}
	}
	return best, found
}
