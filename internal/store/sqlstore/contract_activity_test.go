package sqlstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// A sign-in is one line: the last of its steps that the query finds, and never one of another practice, person or sign-in.
func testActivity(t *testing.T, w *world) {
	at := w.now
	happened := func(kind idp.EventType, sid idp.SID, user idp.UserID, change ...func(*idp.AuditEvent)) idp.AuditEvent {
		e := w.event(w.mine.ID, at, kind)
		e.SID, e.UserID = sid, user
		for _, each := range change {
			each(&e)
		}
		at = at.Add(time.Microsecond) // all within one millisecond
		must(t, w.AppendEvent(t.Context(), e))
		return e
	}
	failed := func(e *idp.AuditEvent) { e.Result = idp.ResultFailure }
	elsewhere := func(e *idp.AuditEvent) { e.PracticeID = w.other.ID }
	first := []idp.AuditEvent{
		happened(idp.EventPasswordRejected, "ses_1", "usr_tom", failed), // with another's user name
		happened(idp.EventPasswordAccepted, "ses_1", "usr_mia"),
		happened(idp.EventMFAEnrolled, "ses_1", "usr_mia"),
		happened(idp.EventPINCreated, "ses_1", "usr_mia"),
	}
	other := happened(idp.EventPasswordAccepted, "ses_2", "usr_tom")
	first = append(first, happened(idp.EventSigninSucceeded, "ses_1", "usr_mia"))
	happened(idp.EventSigninSucceeded, "ses_1", "usr_x", elsewhere) // never so, and yet it must not hide the one above
	reset := happened(idp.EventMFAReset, "", "usr_tom")
	over := happened(idp.EventSessionEnded, "ses_1", "usr_mia") // no step
	for name, c := range map[string]struct {
		q    directory.EventQuery
		want []idp.AuditEvent
	}{
		"all":           {directory.EventQuery{}, []idp.AuditEvent{over, reset, first[4], other}},
		"of a person":   {directory.EventQuery{UserID: "usr_tom"}, []idp.AuditEvent{reset, other, first[0]}},
		"of types":      {directory.EventQuery{Type: "mfa."}, []idp.AuditEvent{reset, first[2]}},
		"that failed":   {directory.EventQuery{Result: idp.ResultFailure}, []idp.AuditEvent{first[0]}},
		"of a sign-in":  {directory.EventQuery{SID: "ses_1"}, []idp.AuditEvent{over, first[4]}},
		"of no one day": {directory.EventQuery{Until: w.now}, nil},
	} {
		for _, size := range []int{1, 2, 50} {
			var got []idp.AuditEvent
			page := sqlstore.Page{Limit: size}
			for {
				count, err := w.CountActivity(t.Context(), w.mine.ID, c.q, page.After)
				must(t, err)
				same(t, count, directory.ActivityCount{Lines: int64(len(c.want)), Before: int64(len(got))})
				found, next, err := w.SearchActivity(t.Context(), w.mine.ID, c.q, page)
				must(t, err)
				got = append(got, found...)
				if page.After = next; next == "" {
					break
				}
			}
			if !slices.EqualFunc(got, c.want, func(a, b idp.AuditEvent) bool { return a.ID == b.ID }) {
				t.Errorf("%s, by pages of %d: %v", name, size, got)
			}
		}
	}
	steps, err := w.ListSteps(t.Context(), w.mine.ID, "", []idp.SID{"ses_1", "ses_none"})
	must(t, err)
	same(t, steps, first)
	steps, err = w.ListSteps(t.Context(), w.mine.ID, "usr_mia", []idp.SID{"ses_1"})
	must(t, err)
	same(t, steps, first[1:])
	steps, err = w.ListSteps(t.Context(), w.mine.ID, "", nil)
	must(t, err)
	same(t, steps, nil)
}
