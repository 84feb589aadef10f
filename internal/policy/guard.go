package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// MaxFailures is how many wrong proofs in a row lock a proof (ISM-1403: five).
const MaxFailures = 5

// pendingFor is how long an admitted proof may stay unsettled before it counts as wrong: the node that checked it has died.
const pendingFor = 30 * time.Second

// Verdict is the answer to whether a proof may be checked now.
type Verdict string

// The verdicts.
const (
	Admitted Verdict = "admitted" // check it, and settle
	Locked   Verdict = "locked"   // do not look at it at all
	Crowded  Verdict = "crowded"  // so many are being checked that one more could pass the bound: ask again in a moment
)

// Admit reserves one check of a proof before it is made, so that of any number of guesses at once at most MaxFailures are
// ever looked at. Each admission is settled by Settle; one that never is counts as wrong.
func Admit(g idp.Guard, now time.Time) (idp.Guard, Verdict) {
	g = unlockIfOver(g, now)
	if g.Pending > 0 && now.Sub(g.PendingAt) > pendingFor {
		g = fail(g, g.Pending, now)
		g.Pending = 0
	}
	switch {
	case g.Locked:
		return g, Locked
	case g.Failures+g.Pending >= MaxFailures:
		return g, Crowded
	default:
		g.Pending++
		g.PendingAt, g.UpdatedAt = now, now
		return g, Admitted
	}
}

// Settle records what came of an admitted check. A right proof clears the failures; a wrong one adds one that neither time
// nor a new sign-in, code or node takes back, and the last one locks.
func Settle(g idp.Guard, right bool, now time.Time) idp.Guard {
	if g.Pending > 0 {
		g.Pending--
	}
	g.UpdatedAt = now
	if !right {
		return fail(g, 1, now)
	}
	if !g.Locked {
		g.Failures, g.Locks, g.LockedUntil = 0, 0, time.Time{}
	}
	return g
}

// Unlock clears a guard: what an administrator does.
func Unlock(g idp.Guard, now time.Time) idp.Guard {
	return idp.Guard{Subject: g.Subject, Proof: g.Proof, Pending: g.Pending, PendingAt: g.PendingAt, UpdatedAt: now}
}

// LockDuration is how long the lock number n (from 1) of a proof lasts; zero means until an administrator acts.
//
// A password lock stays at an hour at most, because anybody who knows an e-mail address can cause it. A code lock is
// reached only by somebody who knows the password, so it grows to a day: 100 consecutive failures (the bound of NIST SP
// 800-63B, section 3.2.2) take more than two weeks. A PIN gets five tries, ever.
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

func fail(g idp.Guard, n int, now time.Time) idp.Guard {
	g.Failures += n
	if g.Failures < MaxFailures || g.Locked {
		return g
	}
	g.Locks++
	g.Locked = true
	g.LockedUntil = time.Time{}
	if lasts := LockDuration(g.Proof, g.Locks); lasts > 0 {
		g.LockedUntil = now.Add(lasts)
	}
	return g
}

func unlockIfOver(g idp.Guard, now time.Time) idp.Guard {
	if g.Locked && !g.LockedUntil.IsZero() && !now.Before(g.LockedUntil) {
		g.Locked, g.LockedUntil, g.Failures = false, time.Time{}, 0
	}
	return g
}
