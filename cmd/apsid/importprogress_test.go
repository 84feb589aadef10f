package main

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/importer"
)

func TestProgressIsShownNowAndThen(t *testing.T) {
	var log strings.Builder
	began := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	p := newProgress(&log, began)
	for second := 1; second <= 25; second++ {
		p.show(importer.Counts{Line: second * 100, Created: second*100 - 2, Rejected: 1}, began.Add(time.Duration(second)*time.Second))
	}
	p.end()
	want := "line 1000: 998 imported, 0 already there, 1 rejected, 100 a second\nline 2000: 1998 imported, 0 already there, 1 rejected, 100 a second\n"
	if log.String() != want {
		t.Errorf("shown:\n%s", log.String())
	}
	log.Reset()
	p.terminal = true
	p.show(importer.Counts{Line: 2600, Created: 2600}, began.Add(26*time.Second))
	p.end()
	if got := log.String(); !strings.HasPrefix(got, "\r\x1b[Kline 2600") || strings.Contains(got, "\n") || !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("on a terminal: %q", got)
	}
}
