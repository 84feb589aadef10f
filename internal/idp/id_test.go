package idp

import (
	"slices"
	"testing"
	"time"
)

// Identifiers sort by time within a millisecond, and those of one operation by their places, also over the end of a millisecond.
func TestEventsOfOneMillisecondKeepTheirOrder(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 999_999_000, time.UTC)
	var ids []EventID
	for place := range 1500 {
		ids = append(ids, NthEventID(at, place))
	}
	for _, later := range []time.Duration{1500, 1501, 2 * time.Microsecond, time.Millisecond, time.Hour} {
		ids = append(ids, NewEventID(at.Add(later)))
	}
	if !slices.IsSorted(ids) {
		t.Error("the identifiers do not sort by the order of the events")
	}
	for i, want := range map[int]time.Time{0: at, 999: at, 1000: at.Add(time.Microsecond)} {
		if got, err := TimeOfEvent(ids[i]); err != nil || !got.Equal(want.Truncate(time.Millisecond)) {
			t.Errorf("the time of identifier %d: %v, %v", i, got, err)
		}
	}
}
