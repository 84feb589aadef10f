package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	pollEvery       = time.Second // neither driver is notified of new jobs, so a message can be this late while others are sent
	parallelNotices = 4
	parallelLogouts = 64               // enough for many apps that don't answer (laneWidth each) and the others
	noticeLimit     = 30 * time.Second // one delivery, mail and text together
	logoutLimit     = 10 * time.Second // one delivery, and what is read and written beside it
	// stuckAfter is when the job of a node that died is taken over. River looks every 30 s, and first has to see that a leader
	// has died: all in all it takes a minute at most until the next try.
	stuckAfter    = 12 * time.Second
	keepDone      = time.Hour
	keepCancelled = 24 * time.Hour
	keepGivenUp   = 7 * 24 * time.Hour // so that an administrator can find out why
)

// Deliverer sends one notice.
type Deliverer interface {
	// DeliverNotice sends it and returns nil once the providers have taken it. It may be called again for one that was sent
	// when the node died before it could record that. An error of code idp.CodeInvalid is final: the address can't be reached.
	DeliverNotice(ctx context.Context, n idp.Notice) error
}

// Deps are what workers need; all of it.
type Deps struct {
	Sealer  Sealer
	Notices Deliverer
	Logouts LogoutDeliverer
	Meter   Meter
	Log     *slog.Logger
}

func (d Deps) complete() bool {
	return d.Sealer != nil && d.Notices != nil && d.Logouts != nil && d.Meter != nil && d.Log != nil
}

// Workers takes queued messages and sends them. Any number of nodes may run workers over one database.
type Workers struct {
	db           *sql.DB
	driver       riverdriver.Driver[*sql.Tx]
	config       *river.Config
	log          *slog.Logger
	dueStatement string
	lookEvery    time.Duration
	nudged       chan struct{}
}

// NewWorkers returns workers over db, which must be the pool that writes: on SQLite they share its only connection.
func NewWorkers(engine Engine, db *sql.DB, deps Deps) (*Workers, error) {
	if db == nil || !deps.complete() {
		return nil, errors.New("outbox: a database, a sealer, two deliverers, a meter and a logger are needed")
	}
	driver, err := driverFor(engine, db)
	if err != nil {
		return nil, err
	}
	workers := river.NewWorkers()
	err = errors.Join(
		river.AddWorkerSafely(workers, &noticeWorker{sealer: deps.Sealer, deliverer: deps.Notices, log: deps.Log}),
		river.AddWorkerSafely(workers, &logoutWorker{deliverer: deps.Logouts, meter: deps.Meter, lanes: newLanes(), log: deps.Log}),
	)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	config := &river.Config{
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: parallelNotices},
			logoutQueue:        {MaxWorkers: parallelLogouts},
		},
		PollOnly:                    true,
		FetchPollInterval:           pollEvery,
		FetchCooldown:               pollEvery / 10,
		JobTimeout:                  logoutLimit,
		RescueStuckJobsAfter:        stuckAfter,
		CompletedJobRetentionPeriod: keepDone,
		CancelledJobRetentionPeriod: keepCancelled,
		DiscardedJobRetentionPeriod: keepGivenUp,
		RetryPolicy:                 patience{},
		ReindexerIndexNames:         []string{}, // the table stays small; reindexing is for the database's administrator
		Logger:                      slog.New(quiet{deps.Log.Handler()}),
	}
	if _, err := river.NewClient(driver, config); err != nil { // whether River takes it
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return &Workers{
		db: db, driver: driver, config: config, log: deps.Log, dueStatement: dueStatement(engine), lookEvery: lookEvery, nudged: make(chan struct{}, 1),
	}, nil
}

// patience is how long to wait before the next try: 5 s at first, twice as long each time, four hours at most; 17 tries
// reach over 22 hours.
type patience struct{}

// NextRetry returns the time of the next try.
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

// Timeout leaves time to record the result; only after it is the job taken for that of a node that died.
func (w *noticeWorker) Timeout(*river.Job[noticeArgs]) time.Duration {
	return noticeLimit + logoutLimit
}

// Work delivers one notice.
func (w *noticeWorker) Work(ctx context.Context, job *river.Job[noticeArgs]) error {
	ctx, cancel := context.WithTimeout(ctx, noticeLimit)
	defer cancel()
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
	// River stores the text of the error beside the job, in the clear, and a provider's message may quote a telephone number:
	// so only the code is stored and logged here. The deliverer knows what it may log of the cause.
	public := fmt.Errorf("not delivered: %s", code)
	if code == idp.CodeInvalid {
		return river.JobCancel(public)
	}
	return public
}
