package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

// attempts is how often a transaction is tried when other transactions collide with it.
const attempts = 5

// Tx is one transaction. It is used by one goroutine, inside the function given to InTx.
type Tx struct {
	queries
	extend func(time.Duration) // lets it live for the time beyond what any has
	sql    *sql.Tx
	outbox Outbox
	ended  []idp.SID // for Options.Ended, once it is committed
	queued bool      // for Options.Queued likewise

	outdated     []idp.Copied   // for Options.Outdated likewise
	heldPractice idp.PracticeID // see HoldAccount; "": none
	entered      *string        // the epoch that the node knows; nil: it was told of none
}

// InTx runs fn in one transaction and commits it if fn returns nil; otherwise nothing is changed. fn runs again after a
// serialisation failure, a deadlock or a locked database, so it must not keep anything between runs. Its error is returned as it
// is; a transaction that fails at every attempt is idp.ErrUnavailable.
//
// fn uses the Tx and nothing else of the store: on SQLite a second change would wait for the first until Limit.
func (s *Store) InTx(ctx context.Context, fn func(*Tx) error) error {
	within, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	for attempt := 1; ; attempt++ {
		done, err := s.once(ctx, within, fn)
		if err == nil {
			s.tell(ctx, done)
			return nil
		}
		calledOff := errors.Is(err, context.Canceled) || errors.Is(err, sql.ErrTxDone) // the second where the first came between two statements
		if calledOff && ctx.Err() == nil && within.Err() != nil {
			return idp.Wrap(idp.CodeUnavailable, within.Err()) // cancelled because its time is over, and not by the caller
		}
		if !collided(err) {
			return err
		}
		if attempt == attempts || !pause(within, attempt) {
			return idp.Wrap(idp.CodeUnavailable, err)
		}
	}
}

// tell calls what Options has for a transaction that did these things, even if the caller has gone away meanwhile.
func (s *Store) tell(ctx context.Context, done *Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.limit)
	defer cancel()
	if s.options.Queued != nil && done.queued {
		s.options.Queued()
	}
	if s.options.Outdated != nil && len(done.outdated) > 0 {
		s.options.Outdated(ctx, done.outdated)
	}
	if s.options.Ended != nil && len(done.ended) > 0 {
		s.options.Ended(ctx, done.ended)
	}
}

// once runs fn in a transaction that ends with within at the latest, or later if it asks for more: see allow.
func (s *Store) once(ctx, within context.Context, fn func(*Tx) error) (done *Tx, err error) {
	until, _ := within.Deadline()
	ctx, end := context.WithCancel(ctx)
	defer end()
	stop := context.AfterFunc(within, end)
	defer stop()
	raw, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, mapError(err)
	}
	defer func() {
		// Also when fn panics. After a commit this does nothing.
		if undo := raw.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) && err == nil {
			err = mapError(undo)
		}
	}()
	db := s.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
	db.Statement.ConnPool = raw
	tx := &Tx{queries: queries{db: db, joins: s.joins, sealer: s.sealer, limit: s.limit, until: until}, sql: raw, outbox: s.outbox, entered: s.entered.Load()}
	tx.extend = func(more time.Duration) {
		stop()
		time.AfterFunc(s.limit+more, end) // once it is over, this does nothing
	}
	if err := fn(tx); err != nil {
		return nil, err
	}
	if err := tx.count(ctx); err != nil {
		return nil, err
	}
	return tx, mapError(raw.Commit())
}

// allow gives the transaction as much time again for each batch of what it has to do beyond the first: suspending a practice of thousands
// must not fail for its size.
func (tx *Tx) allow(things, batch int) {
	more := time.Duration((things-1)/batch) * tx.limit
	if more == 0 {
		return
	}
	tx.until = tx.until.Add(more)
	tx.extend(more)
}

// pause waits a short random time, longer at each attempt, and reports whether there is time left.
func pause(ctx context.Context, attempt int) bool {
	wait := time.Duration(attempt)*5*time.Millisecond + rand.N(10*time.Millisecond) // #nosec G404 -- spreads tries, and guards nothing
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
