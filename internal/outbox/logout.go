package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	// logoutQueue is not the queue of the notices, so that an app that does not answer delays no message to a person.
	logoutQueue    = "logouts"
	logoutPatience = 24 * time.Hour
	refusals       = 5 // tries of a message that the app itself refuses
	recordAgain    = time.Minute
)

// logoutArgs is a message to an app as a job. Its names are stored, so they only ever grow: an older node may meet the job of
// a newer one. It holds identifiers only, so it is not sealed. It has the fields of idp.Logout, in their order.
type logoutArgs struct {
	SID        idp.SID        `json:"sid"`
	PracticeID idp.PracticeID `json:"practice_id"`
	UserID     idp.UserID     `json:"user_id"`
	ClientID   idp.ClientID   `json:"client_id"`
	Reason     idp.EndReason  `json:"reason"`
	At         time.Time      `json:"at"`
}

// Kind names the job; it is stored, so it never changes.
func (logoutArgs) Kind() string { return "logout" }

// InsertOpts bounds the tries.
func (logoutArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: maxAttempts, Queue: logoutQueue}
}

func logoutToArgs(l idp.Logout) logoutArgs {
	l.At = l.At.UTC()
	return logoutArgs(l)
}

func (a logoutArgs) logout() idp.Logout { return idp.Logout(a) }

// LogoutDeliverer tells apps that a session has ended.
type LogoutDeliverer interface {
	// DeliverLogout tells the app and returns nil once the app has taken the message. It may be called again for one that was
	// delivered when the node died before it could record that. idp.ErrInvalid is final; idp.ErrForbidden, the app's refusal, is
	// worth a few more tries.
	DeliverLogout(ctx context.Context, l idp.Logout) error
	// GiveUpLogout records that the app could not be told; why is the last error of DeliverLogout.
	GiveUpLogout(ctx context.Context, l idp.Logout, why error) error
}

// Meter counts deliveries.
type Meter interface {
	// Logout counts a try to tell an app. result is "delivered", "failed" (it is tried again) or "given_up".
	Logout(result string, took time.Duration)
}

type logoutWorker struct {
	river.WorkerDefaults[logoutArgs]
	deliverer LogoutDeliverer
	meter     Meter
	lanes     *lanes
	log       *slog.Logger
}

// Work delivers one message. It is not counted as a try by River if the app's lane was full, or if giving up could not be recorded.
func (w *logoutWorker) Work(ctx context.Context, job *river.Job[logoutArgs]) error {
	logout := job.Args.logout()
	wait, entered := w.lanes.enter(ctx, logout.ClientID)
	if !entered {
		return river.JobSnooze(wait)
	}
	began := time.Now()
	err := w.deliver(ctx, logout)
	w.lanes.leave(logout.ClientID, err == nil && time.Since(began) < quickly)
	if err == nil {
		w.meter.Logout("delivered", time.Since(began))
		return nil
	}
	code := idp.CodeOf(err)
	w.log.WarnContext(ctx, "logout not delivered", "client", logout.ClientID, "sid", logout.SID, "attempt", job.Attempt,
		"of", job.MaxAttempts, "code", code, "error", err)
	public := fmt.Errorf("not delivered: %s", code)
	if !hopeless(job.JobRow, code, began) {
		w.meter.Logout("failed", time.Since(began))
		return public
	}
	w.meter.Logout("given_up", time.Since(began))
	unrecorded := w.deliverer.GiveUpLogout(ctx, logout, err)
	if unrecorded != nil {
		w.log.WarnContext(ctx, "giving up a logout could not be recorded", "sid", logout.SID, "error", unrecorded)
		return river.JobSnooze(recordAgain)
	}
	return river.JobCancel(public)
}

// deliver delivers the message in two thirds of the job's time, which leaves time to record the result.
func (w *logoutWorker) deliver(ctx context.Context, logout idp.Logout) error {
	ctx, cancel := context.WithTimeout(ctx, logoutLimit*2/3)
	defer cancel()
	return w.deliverer.DeliverLogout(ctx, logout)
}

// hopeless reports whether another try can't succeed, or comes too late: the session that the app would be told of ended too
// long ago.
func hopeless(job *rivertype.JobRow, code idp.Code, now time.Time) bool {
	last := job.Attempt >= job.MaxAttempts || now.Add(pauseAfter(job.Attempt)).Sub(job.CreatedAt) > logoutPatience
	return last || code == idp.CodeInvalid || (code == idp.CodeForbidden && job.Attempt >= refusals)
}
