package outbox

import (
	"testing"
	"time"
)

// All tries of a notice lie within a day, close together at first.
func TestPausesReachOverADay(t *testing.T) {
	t.Parallel()
	var total time.Duration
	last := time.Duration(0)
	for attempt := 1; attempt < maxAttempts; attempt++ {
		pause := pauseAfter(attempt)
		if pause < last {
			t.Errorf("the pause after try %d is shorter than the one before", attempt)
		}
		last = pause
		total += pause
	}
	if pauseAfter(1) != 5*time.Second || total < 20*time.Hour || total > 24*time.Hour {
		t.Errorf("first pause %v, all of them %v", pauseAfter(1), total)
	}
}
