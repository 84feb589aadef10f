package policy

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
)

var start = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func tryWrong(t *testing.T, g idp.Guard, now time.Time) idp.Guard {
	t.Helper()
	g, verdict := Admit(g, now)
	if verdict != Admitted {
		t.Fatalf("verdict %s after %d failures", verdict, g.Failures)
	}
	return Settle(g, false, now)
}

func TestTheFifthFailureLocks(t *testing.T) { // ABUSE 17
	g := idp.Guard{Proof: idp.ProofCode}
	for i := range MaxFailures {
		if g.Locked {
			t.Fatalf("locked after %d", i)
		}
		g = tryWrong(t, g, start.Add(time.Duration(i)*time.Hour)) // time alone forgives nothing
	}
	if !g.Locked {
		t.Fatal("not locked after five")
	}
	last := start.Add(4 * time.Hour)
	if _, verdict := Admit(g, last.Add(15*time.Minute-time.Second)); verdict != Locked {
		t.Fatalf("%s within the lock", verdict)
	}
	if _, verdict := Admit(g, last.Add(15*time.Minute)); verdict != Admitted {
		t.Fatalf("%s after the lock", verdict)
	}
}

func TestLocksGrowUntilASuccess(t *testing.T) {
	g := idp.Guard{Proof: idp.ProofCode}
	now := start
	var lasted []time.Duration
	for range 9 {
		for range MaxFailures {
			g = tryWrong(t, g, now)
		}
		lasted = append(lasted, g.LockedUntil.Sub(now))
		now = g.LockedUntil
	}
	want := []time.Duration{15, 30, 60, 120, 240, 480, 960, 1440, 1440}
	for i := range want {
		if lasted[i] != want[i]*time.Minute {
			t.Errorf("lock %d lasted %s, want %s", i+1, lasted[i], want[i]*time.Minute)
		}
	}
	g, _ = Admit(g, now)
	g = Settle(g, true, now)
	if g.Failures != 0 || g.Locks != 0 || g.Locked {
		t.Fatalf("a success left %+v", g)
	}
}

func TestAPINLockHasNoEnd(t *testing.T) { // ABUSE 19
	g := idp.Guard{Proof: idp.ProofPIN}
	for range MaxFailures {
		g = tryWrong(t, g, start)
	}
	if _, verdict := Admit(g, start.AddDate(10, 0, 0)); verdict != Locked {
		t.Fatalf("%s after ten years", verdict)
	}
	if _, verdict := Admit(Unlock(g, start), start); verdict != Admitted {
		t.Fatalf("%s after an administrator unlocked it", verdict)
	}
}

func TestAnAdmissionThatWasNeverSettledCountsAsWrong(t *testing.T) {
	g := idp.Guard{Proof: idp.ProofCode}
	for range MaxFailures {
		g, _ = Admit(g, start)
	}
	if _, verdict := Admit(g, start.Add(pendingFor)); verdict != Crowded {
		t.Fatalf("%s while five are being checked", verdict)
	}
	if _, verdict := Admit(g, start.Add(pendingFor+time.Second)); verdict != Locked {
		t.Fatalf("%s after the node that checked five died", verdict)
	}
}

// However guesses interleave, no more than five wrong ones are looked at between two moments at which the guard is clear.
func TestNeverMoreThanFiveAreEvaluated(t *testing.T) { // ABUSE 17
	rapid.Check(t, func(t *rapid.T) {
		g := idp.Guard{Proof: rapid.SampledFrom([]idp.Proof{idp.ProofPassword, idp.ProofCode, idp.ProofPIN}).Draw(t, "proof")}
		evaluated, inFlight := 0, 0
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			if inFlight > 0 && rapid.Bool().Draw(t, "settle") {
				g = Settle(g, false, start)
				inFlight--
				continue
			}
			var verdict Verdict
			if g, verdict = Admit(g, start); verdict == Admitted {
				evaluated++
				inFlight++
			}
		}
		if evaluated > MaxFailures {
			t.Fatalf("%d guesses were looked at", evaluated)
		}
	})
}

// Failures only fall by a success or by the end of a lock.
func TestFailuresOnlyGrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, now := idp.Guard{Proof: idp.ProofCode}, start
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
			before := g
			switch rapid.IntRange(0, 1).Draw(t, "what") {
			case 0:
				g, _ = Admit(g, now)
				if g.Failures < before.Failures && !(before.Locked && !now.Before(before.LockedUntil)) {
					t.Fatalf("%+v became %+v", before, g)
				}
			case 1:
				if g.Pending > 0 {
					g = Settle(g, false, now)
					if g.Failures <= before.Failures {
						t.Fatalf("%+v became %+v", before, g)
					}
				}
			}
		}
	})
}
