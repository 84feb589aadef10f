package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

const (
	// dueSoon is how long before its next try a message counts as due: River takes over what it finds due within its next five seconds,
	// and may have to choose the node that does so first, which takes as long.
	dueSoon = 10 * time.Second
	// tidyLate is how much longer than promised a row may be kept, so that not each of them is deleted on its own.
	tidyLate = 5 * time.Minute
)

// due reports whether there is anything for River to do: messages to send now or soon, those of a node that may have died, or rows that
// were kept for long enough.
func (w *Workers) due(ctx context.Context) (due bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, logoutLimit)
	defer cancel()
	err = w.db.QueryRowContext(ctx, w.dueStatement).Scan(&due)
	return due, err
}

// dueStatement asks it by what the indexes of River begin with, so that its answer costs the same however many messages wait for a later
// try. All of ours have River's usual priority.
func dueStatement(engine Engine) string {
	from := func(d time.Duration) string {
		if engine == SQLite {
			return fmt.Sprintf("datetime('now', 'subsec', '%+d seconds')", int(d.Seconds()))
		}
		return fmt.Sprintf("now() + interval '%d seconds'", int(d.Seconds()))
	}
	kept := func(state string, keep time.Duration) string {
		return fmt.Sprintf(" OR EXISTS (SELECT 1 FROM river_job WHERE state = '%s' AND finalized_at < %s)", state, from(-keep-tidyLate))
	}
	return "SELECT EXISTS (SELECT 1 FROM river_job WHERE state IN ('available', 'running'))" +
		fmt.Sprintf(" OR EXISTS (SELECT 1 FROM river_job WHERE state IN ('retryable', 'scheduled') AND queue IN ('%s', '%s') AND priority = %d AND scheduled_at < %s)",
			river.QueueDefault, logoutQueue, river.PriorityDefault, from(dueSoon)) +
		kept("completed", keepDone) + kept("cancelled", keepCancelled) + kept("discarded", keepGivenUp)
}
