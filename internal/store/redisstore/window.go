package redisstore

import (
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// window is a sliding window of so many buckets, the current one and the oldest included.
type window struct {
	width time.Duration // of a bucket
	count int
}

// breakerWindow holds the messages that are old enough to be judged; minutes, because the grace is counted in them.
func breakerWindow() window {
	return window{width: time.Minute, count: int((policy.TextBreakerWindow+policy.TextGrace)/time.Minute) + 1}
}

func (w window) bucket(now time.Time) int64 { return now.UnixMilli() / w.width.Milliseconds() }
func (w window) first(now time.Time) int64  { return w.bucket(now) - int64(w.count) + 1 }
func (w window) life() int64                { return w.width.Milliseconds() * int64(w.count+1) }

// windowOf is a window of twelfths of the length. It has one more than would fit, so that it is never shorter than the length.
func windowOf(length time.Duration) window { return window{width: length / 12, count: 12 + 1} }

// counts is what the counts of a limit lie under. The width is a part of it: the buckets of another window have other numbers, and
// those that an operator's former setting has left would never leave.
func (w window) counts(name idp.LimitName) string {
	return fmt.Sprintf("%s:%d", name, w.width.Milliseconds())
}

// leaves is when a bucket leaves the window.
func (w window) leaves(bucket int64) time.Time {
	return time.UnixMilli((bucket + int64(w.count)) * w.width.Milliseconds()).UTC()
}
