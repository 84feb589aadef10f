package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// MaxFailures is how many wrong proofs in a row lock a proof (ISM-1403: five).
const MaxFailures = 5

// Verdict says what became of one try of a proof.
type Verdict string

// The verdicts.
const (
	Accepted  Verdict = "accepted"   // it was right, and counts
	Rejected  Verdict = "rejected"   // it was wrong
	LockedNow Verdict = "locked_now" // it was wrong, and the last one allowed
	Locked    Verdict = "locked"     // locked before: the answer must not show whether it was right
)

// Try settles one try of a proof: right says whether it matched. It runs inside the SQL transaction that holds the guard's row,
// so that of any number of guesses made at once exactly MaxFailures are evaluated. A wrong one adds a failure, which time, a new
// sign-in, a new code or another node does not take back; a right one clears all failures, and leaves a guard as it is that has none.
func Try(g idp.Guard, right bool, now time.Time) (idp.Guard, Verdict) {
	before := g
	g = unlockIfOver(g, now)
	if g.Locked {
		return g, Locked
	}
	if right {
		g.Failures, g.Locks = 0, 0
		if g != before || g.UpdatedAt.IsZero() {
			g.UpdatedAt = now
		}
		return g, Accepted
	}
	g.UpdatedAt = now
	if g.Failures++; g.Failures < MaxFailures {
		return g, Rejected
	}
	g.Locks++
	g.Locked = true
	if lasts := LockDuration(g.Proof, g.Locks); lasts > 0 {
		g.LockedUntil = now.Add(lasts)
	}
	return g, LockedNow
}

// WarnFrom is how many tries are left when people are told so for the first time.
const WarnFrom = 2

// CountersKept is how long the counter of a user name that no account has is kept after its last try. It is much longer than any lock of
// a password.
const CountersKept = 24 * time.Hour

// TriesLeft is how many more wrong tries lock a guard that a wrong one changed from before to after, if that is to be said: from
// WarnFrom on. 0: nothing is said.
//
// A password whose counter rested for CountersKept is not warned of: the counter of a user name that no account has would be gone by
// then, and the warning would say that there is an account (ABUSE 26).
func TriesLeft(before, after idp.Guard, now time.Time) int {
	left := MaxFailures - after.Failures
	rested := after.Proof == idp.ProofPassword && !now.Before(before.UpdatedAt.Add(CountersKept))
	if after.Locked || after.Failures == 0 || left > WarnFrom || rested {
		return 0
	}
	return left
}

// IsLocked reports whether the guard refuses every try now.
func IsLocked(g idp.Guard, now time.Time) bool { return unlockIfOver(g, now).Locked }

// Unlock clears a guard, as an administrator may.
func Unlock(g idp.Guard, now time.Time) idp.Guard {
	return idp.Guard{Subject: g.Subject, Proof: g.Proof, UpdatedAt: now}
}

// LockUntil locks a guard until the lock of another guard of the same proof ends, so that a reader of this one sees the lock. A
// lock that ends later stays.
func LockUntil(g idp.Guard, until, now time.Time) idp.Guard {
	g = unlockIfOver(g, now)
	if g.Locked && (g.LockedUntil.IsZero() || g.LockedUntil.After(until)) {
		return g
	}
	g.Locked, g.LockedUntil, g.UpdatedAt = true, until, now
	return g
}

// LockDuration is how long the lock number n (from 1) of a proof lasts; zero means until an administrator acts.
//
// A password lock stays at an hour at most, because any visitor who knows an e-mail address can cause it. Only a person who
// knows the password reaches a code lock, so it grows to a day: 100 consecutive failures (the bound of NIST SP 800-63B, section
// 3.2.2) take more than two weeks. A PIN gets five tries, ever.
func LockDuration(proof idp.Proof, n int) time.Duration {
	if proof == idp.ProofPIN {
		return 0
	}
	longest := time.Hour
	if proof == idp.ProofCode {
		longest = 24 * time.Hour
	}
	lasts := 15 * time.Minute
	for range n - 1 {
		if lasts *= 2; lasts >= longest {
			return longest
		}
	}
	return lasts
}

// unlockIfOver begins a new count when a lock has run out; the number of locks stays, so that the next is longer.
func unlockIfOver(g idp.Guard, now time.Time) idp.Guard {
	if g.Locked && !g.LockedUntil.IsZero() && !now.Before(g.LockedUntil) {
		g.Locked, g.LockedUntil, g.Failures = false, time.Time{}, 0
	}
	return g
}
