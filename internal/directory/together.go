package directory

import "context"

// Together runs several commands in one transaction: all of them happen, each with its event, or none. It is for the command
// line on the server itself, which is refused nothing: the event of a refusal would be rolled back with everything else. do may
// run again after a serialisation failure, so it must keep nothing between runs, and it gives its commands one after the other.
// Errors are those of do.
func (d *Directory) Together(ctx context.Context, do func(*Directory) error) error {
	return d.runner.Ledger.Commit(ctx, func(u Unit) error {
		inside := *d.runner
		inside.Ledger, inside.together = opened{u}, true
		return do(over(&inside))
	})
}

// opened is the ledger of commands inside of a transaction that Together commits.
type opened struct{ unit Unit }

// Commit implements Ledger.
func (o opened) Commit(_ context.Context, fn func(Unit) error) error { return fn(o.unit) }
