package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/apscloud/apsid/internal/idp"
)

// Engine is the kind of database that holds the queue.
type Engine string

// The engines there are.
const (
	Postgres Engine = "postgres"
	SQLite   Engine = "sqlite"
)

// Sealer seals what waits; place says where it stands ("table/column/row").
type Sealer interface {
	Seal(plaintext []byte, place string) ([]byte, error)
	Open(sealed []byte, place string) ([]byte, error)
}

// Queue queues outgoing work. It is safe for concurrent use.
type Queue struct {
	client *river.Client[*sql.Tx]
	sealer Sealer
}

// NewQueue returns a queue for databases of this engine; it opens no connection.
func NewQueue(engine Engine, sealer Sealer) (*Queue, error) {
	if sealer == nil {
		return nil, errors.New("outbox: a sealer is needed")
	}
	driver, err := driverFor(engine, nil)
	if err != nil {
		return nil, err
	}
	client, err := river.NewClient(driver, &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return &Queue{client: client, sealer: sealer}, nil
}

// Enqueue queues the notice in tx: it is sent after tx was committed, and never if it was not.
func (q *Queue) Enqueue(ctx context.Context, tx *sql.Tx, n idp.Notice) error {
	args, err := sealNotice(q.sealer, n)
	if err != nil {
		return err
	}
	_, err = q.client.InsertTx(ctx, tx, args, nil)
	if err != nil {
		return fmt.Errorf("queue a notice: %w", err)
	}
	return nil
}

// EnqueueLogouts queues the messages to apps in tx: they are sent after tx was committed, and never if it was not.
func (q *Queue) EnqueueLogouts(ctx context.Context, tx *sql.Tx, logouts []idp.Logout) error {
	jobs := make([]river.InsertManyParams, len(logouts))
	for i, l := range logouts {
		jobs[i].Args = logoutToArgs(l)
	}
	_, err := q.client.InsertManyFastTx(ctx, tx, jobs)
	if err != nil {
		return fmt.Errorf("queue %d logouts: %w", len(jobs), err)
	}
	return nil
}

// driverFor returns River's driver; db may be nil where work is only queued.
func driverFor(engine Engine, db *sql.DB) (riverdriver.Driver[*sql.Tx], error) {
	switch engine {
	case Postgres:
		return riverdatabasesql.New(db), nil
	case SQLite:
		return riversqlite.New(db), nil
	default:
		return nil, fmt.Errorf("outbox: no engine %q", engine)
	}
}
