package rp

import (
	"math"
	"testing"
	"time"
)

func TestSpansThatCannotBe(t *testing.T) {
	for seconds, want := range map[float64]time.Duration{
		0: 0, -1: 0, math.Inf(-1): 0, math.Inf(1): 0, 1e300: 0, 18446744074: 0, // which as nanoseconds would go round to a third of a second
		1: time.Second, 300: 5 * time.Minute, 0.5: 0, 1.9: time.Second, math.MaxInt32: math.MaxInt32 * time.Second,
	} {
		if got := span(seconds); got != want {
			t.Errorf("%g seconds are %s", seconds, got)
		}
	}
}
