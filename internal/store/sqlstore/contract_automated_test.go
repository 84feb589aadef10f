package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func testAutomated(t *testing.T, w *world) {
	robot, gone := w.named(t, w.mine, "robot@x.example", "Robot"), w.named(t, w.mine, "gone@x.example", "Gone")
	gone.State = idp.UserDisabled
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, gone) })
	signIn := func(u idp.User, agent string, at time.Time) {
		t.Helper()
		e := w.event(u.PracticeID, at, idp.EventSigninSucceeded)
		e.UserID, e.UserAgent = u.ID, agent
		must(t, w.AppendEvent(t.Context(), e))
	}
	signIn(w.ada, "Mozilla/5.0 (X11)", w.now)
	signIn(robot, "python-requests/2", w.now.Add(-48*time.Hour)) // too long ago
	signIn(robot, "", w.now.Add(-time.Hour))
	signIn(robot, "curl/8", w.now)
	signIn(robot, "Mozilla/5.0 (X11)", w.now.Add(time.Hour))
	signIn(w.bob, "curl/8", w.now) // ABUSE 32: another practice's
	signIn(gone, "curl/8", w.now)
	failed := w.event(w.mine.ID, w.now, idp.EventPasswordRejected)
	failed.UserID, failed.UserAgent = w.ada.ID, "curl/8"
	must(t, w.AppendEvent(t.Context(), failed))

	got, err := w.ListAutomated(t.Context(), w.mine.ID, w.now.Add(-24*time.Hour))
	must(t, err)
	same(t, got, []directory.Automated{{
		User:      idp.User{ID: robot.ID, PracticeID: w.mine.ID, Username: robot.Username, Name: "Robot"},
		UserAgent: "curl/8", At: w.now,
	}})
	got, err = w.ListAutomated(t.Context(), w.mine.ID, w.now.Add(time.Hour))
	must(t, err)
	same(t, got, nil)
}
