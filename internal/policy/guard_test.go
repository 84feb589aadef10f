package policy

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
)

var start = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func TestTheFifthFailureLocks(t *testing.T) { // ABUSE 17
	g := idp.Guard{Proof: idp.ProofCode}
	var verdict Verdict
	for i := range MaxFailures {
		g, verdict = Try(g, false, start.Add(time.Duration(i)*time.Hour)) // time alone forgives nothing
		if want := i == MaxFailures-1; (verdict == LockedNow) != want {
			t.Fatalf("failure %d: %s", i+1, verdict)
		}
	}
	last := start.Add(4 * time.Hour)
	if _, verdict := Try(g, true, last.Add(15*time.Minute-time.Second)); verdict != Locked {
		t.Fatalf("the right proof within the lock: %s", verdict)
	}
	if _, verdict := Try(g, true, last.Add(15*time.Minute)); verdict != Accepted {
		t.Fatalf("the right proof after the lock: %s", verdict)
	}
}

// A right proof writes nothing that nothing would read: most are of people who have not failed.
func TestARightProofLeavesAGuardThatHasNothingToClear(t *testing.T) {
	g, _ := Try(idp.Guard{Proof: idp.ProofCode}, true, start)
	if g != (idp.Guard{Proof: idp.ProofCode, UpdatedAt: start}) {
		t.Errorf("the first: %+v", g)
	}
	later := start.Add(time.Hour)
	if next, verdict := Try(g, true, later); next != g || verdict != Accepted {
		t.Errorf("the next: %s, %+v", verdict, next)
	}
	for name, g := range map[string]idp.Guard{
		"a failure": {UpdatedAt: start, Failures: 1}, "a lock before": {UpdatedAt: start, Locks: 1},
		"a lock that is over": {UpdatedAt: start, Locked: true, LockedUntil: start},
	} {
		if next, verdict := Try(g, true, later); next != (idp.Guard{UpdatedAt: later}) || verdict != Accepted {
			t.Errorf("%s: %s, %+v", name, verdict, next)
		}
	}
}

func TestLocksGrowUntilASuccess(t *testing.T) {
	g := idp.Guard{Proof: idp.ProofCode}
	now := start
	for i, want := range []time.Duration{15, 30, 60, 120, 240, 480, 960, 1440, 1440} {
		for range MaxFailures {
			g, _ = Try(g, false, now)
		}
		if lasts := g.LockedUntil.Sub(now); lasts != want*time.Minute {
			t.Errorf("lock %d lasts %s, want %s", i+1, lasts, want*time.Minute)
		}
		now = g.LockedUntil
	}
	g, _ = Try(g, true, now)
	if g.Failures != 0 || g.Locks != 0 || g.Locked || !g.LockedUntil.IsZero() {
		t.Fatalf("a success left %+v", g)
	}
}

func TestAPasswordLockNeverKeepsTheOwnerOutForLong(t *testing.T) { // ABUSE 18
	for n := range 1000 {
		if lasts := LockDuration(idp.ProofPassword, n+1); lasts <= 0 || lasts > time.Hour {
			t.Fatalf("lock %d lasts %s", n+1, lasts)
		}
	}
}

func TestAPINLockHasNoEnd(t *testing.T) { // ABUSE 19
	g := idp.Guard{Proof: idp.ProofPIN}
	for range MaxFailures {
		g, _ = Try(g, false, start)
	}
	if _, verdict := Try(g, true, start.AddDate(10, 0, 0)); verdict != Locked {
		t.Fatalf("%s after ten years", verdict)
	}
	if _, verdict := Try(Unlock(g, start), true, start); verdict != Accepted {
		t.Fatalf("%s after an administrator unlocked it", verdict)
	}
}

// Between two successes, no more than five wrong guesses learn that they were wrong in any quarter of an hour, failures only
// fall by a success or by the end of a lock, and a locked guard says nothing about the guess.
func TestGuessesAreBounded(t *testing.T) { // ABUSE 17
	rapid.Check(t, func(t *rapid.T) {
		g := idp.Guard{Proof: rapid.SampledFrom([]idp.Proof{idp.ProofPassword, idp.ProofCode, idp.ProofPIN}).Draw(t, "proof")}
		now := start
		var told []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "tries") {
			now = now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "seconds")) * time.Second)
			right := rapid.IntRange(0, 19).Draw(t, "right") == 0
			before := g
			var verdict Verdict
			g, verdict = Try(g, right, now)
			switch verdict {
			case Accepted:
				told = nil
			case Rejected, LockedNow:
				told = append(told, now)
				if g.Failures != before.Failures+1 && !(before.Locked && g.Failures == 1) {
					t.Fatalf("%+v became %+v", before, g)
				}
			case Locked:
				if other, _ := Try(before, !right, now); other != g {
					t.Fatalf("a locked guard tells right from wrong: %+v and %+v", g, other)
				}
			}
			if len(told) > MaxFailures && told[len(told)-1].Sub(told[len(told)-1-MaxFailures]) < 15*time.Minute {
				t.Fatalf("six wrong guesses were answered within %s", told[len(told)-1].Sub(told[len(told)-1-MaxFailures]))
			}
		}
	})
}

func TestTriesAreSaidWhenFewAreLeft(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, kind := range []idp.Proof{idp.ProofPassword, idp.ProofCode, idp.ProofPIN} {
		g := idp.Guard{Proof: kind}
		for n, want := range []int{0, 0, 2, 1, 0} {
			before := g
			g, _ = Try(g, false, now)
			if got := TriesLeft(before, g, now); got != want {
				t.Errorf("%s: after try %d, %d are said to be left, want %d", kind, n+1, got, want)
			}
		}
		before := idp.Guard{Proof: kind, Failures: 3, UpdatedAt: now.Add(-CountersKept)} // ABUSE 26
		after, _ := Try(before, false, now)
		if got := TriesLeft(before, after, now); (got == 0) != (kind == idp.ProofPassword) {
			t.Errorf("%s: after a day, %d are said to be left", kind, got)
		}
		right, _ := Try(before, true, now)
		if got := TriesLeft(before, right, now); got != 0 {
			t.Errorf("%s: after a right one, %d are said to be left", kind, got)
		}
	}
	for left, want := range map[int]string{0: "", 1: "You have 1 try left before you have to wait.", 2: "You have 2 tries left before you have to wait."} {
		if got := TriesText(left, idp.ProofCode); got != want {
			t.Errorf("%d: %q", left, got)
		}
	}
	if got := TriesText(1, idp.ProofPIN); got != "You have 1 try left before the PIN is locked." {
		t.Errorf("PIN: %q", got)
	}
}
