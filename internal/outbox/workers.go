package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	pollEvery   = time.Second // neither driver is told of new jobs: this is how late a message can be
	parallel    = 4
	jobLimit    = 30 * time.Second // one delivery, mail and text together
	stuckAfter  = 5 * time.Minute  // a job whose node died is taken over
	keepDone    = time.Hour
	keepGivenUp = 7 * 24 * time.Hour // for the person who looks into it
)

// Deliverer sends one notice.
type Deliverer interface {
	// DeliverNotice sends it and returns nil once the providers have taken it. It may be called again for one that was sent
	// when the node died before it could say so. An error of code idp.CodeInvalid is final: the address can't be reached.
	DeliverNotice(ctx context.Context, n idp.Notice) error
}

// Workers takes queued messages and sends them. Any number of nodes may run workers over one database.
type Workers struct{ client *river.Client[*sql.Tx] }

// NewWorkers returns workers over db, which must be the pool that writes: on SQLite they share its only connection.
func NewWorkers(engine Engine, db *sql.DB, sealer Sealer, deliverer Deliverer, log *slog.Logger) (*Workers, error) {
	if db == nil || sealer == nil || deliverer == nil || log == nil {
		return nil, errors.New("outbox: a database, a sealer, a deliverer and a logger are needed")
	}
	driver, err := driverFor(engine, db)
	if err != nil {
		return nil, err
	}
	workers := river.NewWorkers()
	err = river.AddWorkerSafely(workers, &noticeWorker{sealer: sealer, deliverer: deliverer, log: log})
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	client, err := river.NewClient(driver, &river.Config{
		Workers:                     workers,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: parallel}},
		PollOnly:                    true,
		FetchPollInterval:           pollEvery,
		FetchCooldown:               pollEvery / 10,
		JobTimeout:                  jobLimit,
		RescueStuckJobsAfter:        stuckAfter,
		CompletedJobRetentionPeriod: keepDone,
		DiscardedJobRetentionPeriod: keepGivenUp,
		RetryPolicy:                 patience{},
		ReindexerIndexNames:         []string{}, // the table stays small; reindexing belongs to the database's keeper
		Logger:                      slog.New(quiet{log.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return &Workers{client: client}, nil
}

// Run works until ctx ends, then lets deliveries that have begun finish, for as long as jobLimit at most.
func (w *Workers) Run(ctx context.Context) error {
	err := w.client.Start(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("start the outbox: %w", err)
	}
	<-ctx.Done()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobLimit)
	defer cancel()
	err = w.client.Stop(last)
	if err != nil {
		return errors.Join(fmt.Errorf("stop the outbox: %w", err), w.client.StopAndCancel(context.WithoutCancel(ctx)))
	}
	return nil
}

// patience is how long to wait before the next try: 5 s at first, twice as long each time, four hours at most; the 17 tries
// of a notice reach over 22 hours.
type patience struct{}

// NextRetry says when.
func (patience) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().UTC().Add(pauseAfter(job.Attempt))
}

func pauseAfter(attempt int) time.Duration {
	const first, most = 5 * time.Second, 4 * time.Hour
	pause := first
	for range attempt - 1 {
		pause = min(2*pause, most)
	}
	return pause
}

type noticeWorker struct {
	river.WorkerDefaults[noticeArgs]
	sealer    Sealer
	deliverer Deliverer
	log       *slog.Logger
}

// Work delivers one notice.
func (w *noticeWorker) Work(ctx context.Context, job *river.Job[noticeArgs]) error {
	notice, err := openNotice(w.sealer, job.Args)
	if err == nil {
		err = w.deliverer.DeliverNotice(ctx, notice)
	}
	if err == nil {
		return nil
	}
	code := idp.CodeOf(err)
	w.log.WarnContext(ctx, "notice not delivered", "job", job.Args.ID, "kind", notice.Kind, "attempt", job.Attempt,
		"of", job.MaxAttempts, "code", code)
	// River stores the text of the error beside the job, in the clear, and a provider's words may quote a telephone number:
	// the code has to do, here and in the log. The deliverer knows what it may log of the cause.
	public := fmt.Errorf("not delivered: %s", code)
	if code == idp.CodeInvalid {
		return river.JobCancel(public)
	}
	return public
}
