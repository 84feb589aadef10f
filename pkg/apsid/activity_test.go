package apsid_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

func TestReportEvery(t *testing.T) {
	for idle, want := range map[time.Duration]time.Duration{
		0: time.Minute, -time.Second: time.Minute, time.Second: time.Second, time.Minute: 15 * time.Second,
		2 * time.Minute: 30 * time.Second, 4 * time.Minute: time.Minute, 15 * time.Minute: time.Minute, 24 * time.Hour: time.Minute,
	} {
		if got := apsid.ReportEvery(idle); got != want {
			t.Errorf("a limit of %s: a report each %s, want each %s", idle, got, want)
		}
	}
}
