package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/apscloud/apsid/internal/idp"
)

// Limit is how long one call may take, retries included. A database that is down or slow fails a request within it.
const Limit = 2 * time.Second

// Engine is the kind of database behind a URL.
type Engine string

// The engines.
const (
	Postgres Engine = "postgres"
	SQLite   Engine = "sqlite"
)

// Sealer seals what must not be readable in the database; place says where it stands ("table/column/row").
type Sealer interface {
	Seal(plaintext []byte, place string) ([]byte, error)
	Open(sealed []byte, place string) ([]byte, error)
}

// Outbox queues outgoing work in the transaction that causes it.
type Outbox interface {
	// Enqueue queues the notice; it is sent if tx commits, and never otherwise.
	Enqueue(ctx context.Context, tx *sql.Tx, n idp.Notice) error
	// EnqueueLogouts queues the messages to apps likewise.
	EnqueueLogouts(ctx context.Context, tx *sql.Tx, logouts []idp.Logout) error
}

// Options are optional settings of a store.
type Options struct {
	// Ended is called after every commit that ended sessions, whatever ended them, with all of them and at most Limit to do its
	// work in; nil: nothing is called. The caller of the change waits for it. If the node dies between the commit and the call,
	// it is not called.
	Ended func(ctx context.Context, ids []idp.SID)
	// Outdated is called likewise after every commit that changed facts of which nodes keep copies, with their kinds.
	Outdated func(ctx context.Context, what []idp.Copied)
	// Queued is called likewise after every commit that queued outgoing work.
	Queued func()
	// Limit is how long one call may take instead of the Limit of this package; 0: the package's. It is for tests that crowd a
	// database.
	Limit time.Duration
}

// Store is the database. Its finds and lists read committed data, outside a transaction.
type Store struct {
	queries
	engine  Engine
	writer  *sql.DB // all changes; on SQLite a single connection
	reader  *sql.DB // the same as writer on Postgres
	gorm    *gorm.DB
	outbox  Outbox
	options Options
	entered atomic.Pointer[string]
}

// pools are the connections of one database.
type pools struct{ writer, reader *sql.DB }

// Open connects to the database at url: "postgres://…" (with "pool_max_conns=N", 20 by default, as pgxpool has it) or
// "sqlite:PATH". It answers idp.ErrInvalid (field "database-url") for any other, and idp.ErrUnavailable if the database does
// not answer. The schema is not looked at: see Migrate and Status.
func Open(ctx context.Context, url string, sealer Sealer, outbox Outbox, options Options) (*Store, error) {
	engine, err := EngineOf(url)
	if err != nil {
		return nil, err
	}
	if sealer == nil || outbox == nil {
		return nil, errors.New("sqlstore: a sealer and an outbox are needed")
	}
	if options.Limit == 0 {
		options.Limit = Limit
	}
	p, err := openPools(engine, url, options.Limit)
	if err != nil {
		return nil, err
	}
	store, err := newStore(engine, p, sealer, outbox, options)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	if err := store.Ping(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return store, nil
}

// EngineOf tells the engine from the URL's scheme; idp.ErrInvalid for an unknown one.
func EngineOf(url string) (Engine, error) {
	switch scheme, _, _ := strings.Cut(url, ":"); scheme {
	case "postgres", "postgresql":
		return Postgres, nil
	case "sqlite":
		return SQLite, nil
	default:
		return "", idp.Invalid("database-url", "the database URL must begin with postgres:// or sqlite:")
	}
}

func openPools(engine Engine, url string, limit time.Duration) (pools, error) {
	if engine == SQLite {
		return openSQLite(url)
	}
	return openPostgres(url, limit)
}

func newStore(engine Engine, p pools, sealer Sealer, outbox Outbox, options Options) (*Store, error) {
	writer, err := openGorm(engine, p.writer)
	if err != nil {
		return nil, err
	}
	reader := writer
	if p.reader != p.writer {
		reader, err = openGorm(engine, p.reader)
		if err != nil {
			return nil, err
		}
	}
	joins, err := newJoins(engine)
	if err != nil {
		return nil, err
	}
	return &Store{
		queries: queries{db: reader, joins: joins, sealer: sealer, limit: options.Limit},
		engine:  engine, writer: p.writer, reader: p.reader, gorm: writer, outbox: outbox, options: options,
	}, nil
}

func openGorm(engine Engine, db *sql.DB) (*gorm.DB, error) {
	dialector := postgresDialector(db)
	if engine == SQLite {
		dialector = sqliteDialector(db)
	}
	g, err := gorm.Open(dialector, &gorm.Config{
		Logger:                 logger.Discard, // errors come back to the caller, who logs them once
		SkipDefaultTransaction: true,           // transactions are ours: InTx
		QueryFields:            true,           // never SELECT *: a newer schema may have more columns (side by side upgrades)
		DisableAutomaticPing:   true,
		// gorm's own statement cache prepares anew in every transaction and hands one caller's cancellation to others;
		// pgx caches prepared statements for each connection.
		PrepareStmt: false,
	})
	if err != nil {
		return nil, mapError(fmt.Errorf("open gorm: %w", err))
	}
	return g, nil
}

// Engine returns the kind of database behind the store.
func (s *Store) Engine() Engine { return s.engine }

// DB is the pool that may write, for the workers of the outbox. On SQLite it has one connection: hold it briefly.
func (s *Store) DB() *sql.DB { return s.writer }

// Ping asks the database for an answer; idp.ErrUnavailable if there is none.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	return mapError(s.reader.PingContext(ctx))
}

// Close closes the connections.
func (s *Store) Close() error { return pools{writer: s.writer, reader: s.reader}.close() }

func (p pools) close() error {
	err := p.writer.Close()
	if p.reader != p.writer {
		err = errors.Join(err, p.reader.Close())
	}
	return err
}
