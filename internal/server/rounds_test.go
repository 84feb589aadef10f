package server

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// roundsIn returns when rounds began, until an end comes so long after the start. Each takes as long as work says.
func roundsIn(t *testing.T, end, work time.Duration) (at []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), end)
		defer cancel()
		every(ctx, time.Minute, func(context.Context) {
			at = append(at, time.Since(start))
			time.Sleep(work)
		})
		if took, last := time.Since(start), at[len(at)-1]+work; took != max(end, last) {
			t.Errorf("it returned after %s, with the end after %s and the last round over after %s", took, end, last)
		}
	})
	return at
}

func TestRoundsComeAtOnceAndThenInEachInterval(t *testing.T) {
	for name, c := range map[string]struct {
		end, work time.Duration
		want      []time.Duration
	}{
		"at once":             {time.Second, 0, []time.Duration{0}},
		"in each interval":    {150 * time.Second, time.Second, []time.Duration{0, time.Minute, 2 * time.Minute}},
		"none after the end":  {30 * time.Second, 90 * time.Second, []time.Duration{0}},
		"not two at one time": {4 * time.Minute, 90 * time.Second, []time.Duration{0, 90 * time.Second, 180 * time.Second}},
	} {
		if got := roundsIn(t, c.end, c.work); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestNoRoundWhereTheEndHasCome(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	every(ctx, time.Minute, func(context.Context) { t.Error("a round was made") })
}
