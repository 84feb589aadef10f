package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

const (
	// lookEvery bounds how late a message is that no nudge was given for: one that the command line queued, or a node that died then.
	lookEvery = time.Second
	// leaveAfter is how long a client runs on when nothing is due any more.
	leaveAfter = 5 * time.Second
)

// running is one client of River, from when there is work until there has been none for a moment. A client wakes twenty times a second
// and asks the database three times whether or not there is work, so a node without any has none.
type running struct {
	client *river.Client[*sql.Tx]
	worked time.Time // when there was work last
}

// Nudge says that a message was queued, after the commit: a node at rest sends it at once, and not only when the next look finds it. One
// that is sending others takes it within pollEvery.
func (w *Workers) Nudge() {
	select {
	case w.nudged <- struct{}{}:
	default: // it has been told already
	}
}

// Run works until ctx ends, then lets deliveries that have begun finish, for as long as noticeLimit at most. What fails is tried again: a
// database that is away in the moment when a node starts must not end the node.
func (w *Workers) Run(ctx context.Context) error {
	look := time.NewTicker(w.lookEvery)
	defer look.Stop()
	var leaving sync.WaitGroup
	defer leaving.Wait()
	var at *running // nil: there is no work
	failed, nudged := false, false
	for ctx.Err() == nil {
		next, err := w.turn(ctx, at, nudged)
		if err != nil && !failed && ctx.Err() == nil {
			w.log.WarnContext(ctx, "outgoing messages wait", "error", err)
		}
		failed = err != nil
		if at != nil && next == nil {
			over := at
			leaving.Go(func() { w.leave(ctx, over) }) // it may have begun another delivery at the last moment: nothing waits for that
		}
		at = next
		nudged = false
		select {
		case <-ctx.Done():
		case <-look.C:
		case <-w.nudged:
			nudged = true
		}
	}
	if at == nil {
		return nil
	}
	return at.end(ctx)
}

// turn looks whether there is work, unless it was told so, and returns the client that runs on: nil if none does.
func (w *Workers) turn(ctx context.Context, at *running, nudged bool) (*running, error) {
	due := nudged
	if !nudged {
		var err error
		if due, err = w.due(ctx); err != nil {
			return at, err
		}
	}
	switch {
	case due && at == nil:
		return w.begin(ctx)
	case due:
		at.worked = time.Now()
	case at != nil && time.Since(at.worked) >= leaveAfter:
		return nil, nil
	}
	return at, nil
}

func (w *Workers) begin(ctx context.Context) (*running, error) {
	client, err := river.NewClient(w.driver, w.config)
	if err == nil {
		err = client.Start(context.WithoutCancel(ctx))
	}
	if err != nil {
		return nil, err
	}
	return &running{client: client, worked: time.Now()}, nil
}

func (w *Workers) leave(ctx context.Context, over *running) {
	if err := over.end(ctx); err != nil {
		w.log.WarnContext(ctx, "the outbox did not come to rest in order", "error", err)
	}
}

// end lets deliveries that have begun finish.
func (r *running) end(ctx context.Context) error {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), noticeLimit)
	defer cancel()
	err := r.client.Stop(last)
	if err != nil {
		return errors.Join(fmt.Errorf("stop the outbox: %w", err), r.client.StopAndCancel(context.WithoutCancel(ctx)))
	}
	return nil
}
