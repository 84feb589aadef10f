package outbox

import (
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/apscloud/apsid/internal/idp"
)

// A message to an app is tried for a day and no longer, fewer times if the app refuses it, and once if it can't be sent at all.
func TestWhenALogoutIsHopeless(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC)
	for name, c := range map[string]struct {
		attempt int
		age     time.Duration
		code    idp.Code
		want    bool
	}{
		"first":                  {1, 0, idp.CodeUnavailable, false},
		"unknown cause":          {1, 0, idp.CodeInternal, false},
		"after hours":            {13, 10 * time.Hour, idp.CodeUnavailable, false},
		"last":                   {maxAttempts, 20 * time.Hour, idp.CodeUnavailable, true},
		"the next is beyond it":  {14, 21 * time.Hour, idp.CodeUnavailable, true},
		"late for want of room":  {1, 23 * time.Hour, idp.CodeUnavailable, false},
		"later for want of room": {1, 24 * time.Hour, idp.CodeUnavailable, true},
		"no address":             {1, 0, idp.CodeInvalid, true},
		"refused":                {1, 0, idp.CodeForbidden, false},
		"refused again":          {refusals, time.Hour, idp.CodeForbidden, true},
	} {
		job := &rivertype.JobRow{Attempt: c.attempt, MaxAttempts: maxAttempts, CreatedAt: now.Add(-c.age)}
		if got := hopeless(job, c.code, now); got != c.want {
			t.Errorf("%s: hopeless is %v, want %v", name, got, c.want)
		}
	}
}
