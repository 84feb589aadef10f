package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/apscloud/apsid/internal/idp"
)

//go:embed migrations
var migrationFiles embed.FS

const (
	// versionTable is the table in which goose keeps the versions.
	versionTable = "schema_versions"
	// lockWait is how long a statement of a migration waits for a lock: sign-ins queue behind it meanwhile, so it gives up
	// early and is run again later.
	lockWait = 5 * time.Second
	// turnWait is how long a node waits, in seconds, for another node that migrates.
	turnWait = 120
)

// pooler is the error of a server between that is not the database's own.
func pooler() error {
	return idp.Invalid("database-url", "it names a pooler, and migrations need the address of the database itself")
}

func newMigrator(url string) (*migrator, error) {
	engine, err := EngineOf(url)
	if err != nil {
		return nil, err
	}
	if engine == SQLite {
		return sqliteMigrator(url)
	}
	return postgresMigrator(url)
}

// postgresMigrator uses a session-level advisory lock: it ends with its connection, so that a node that dies in the middle does
// not keep the others waiting. A pooler in transaction mode would take it for one transaction, and it refuses, or passes over, the limit
// of waiting for locks.
func postgresMigrator(url string) (*migrator, error) {
	config, _, err := postgresConfig(url, Limit)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["lock_timeout"] = milliseconds(lockWait)
	db := stdlib.OpenDB(*config)
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, turnWait))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	r, err := rivermigrate.New(riverdatabasesql.New(db), quietRiver())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	provider, err := newGoose(goose.DialectPostgres, db, migrationFolder(Postgres))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &migrator{engine: Postgres, goose: provider, river: r, lock: advisoryLock(db, locker), db: db}, nil
}

func advisoryLock(db *sql.DB, locker lock.SessionLocker) func(context.Context) (func() error, error) {
	return func(ctx context.Context) (func() error, error) {
		conn, err := db.Conn(ctx)
		if refusesParameter(err) {
			return nil, pooler()
		}
		if err != nil {
			return nil, err
		}
		if err := tookParameter(ctx, conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		if err := locker.SessionLock(ctx, conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return func() error {
			// Also after ctx has ended; closing the connection would release it as well.
			return errors.Join(locker.SessionUnlock(context.WithoutCancel(ctx), conn), conn.Close())
		}, nil
	}
}

// refusesParameter reports that a pooler has refused the connection for a parameter that it does not know.
func refusesParameter(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == pgProtocol && strings.Contains(pg.Message, "lock_timeout")
}

// tookParameter is that error if the connection is not as it was asked for.
func tookParameter(ctx context.Context, conn *sql.Conn) error {
	var wait string
	err := conn.QueryRowContext(ctx, "SELECT setting FROM pg_settings WHERE name = 'lock_timeout'").Scan(&wait)
	if err == nil && wait != milliseconds(lockWait) {
		return pooler()
	}
	return err
}

// sqliteMigrator locks a small database of its own beside the file: SQLite's locks work across processes and end with
// them, and goose and River each need transactions of their own on the real one.
func sqliteMigrator(url string) (*migrator, error) {
	path, err := sqlitePath(url)
	if err != nil {
		return nil, err
	}
	if err := createPrivate(path); err != nil {
		return nil, idp.Wrap(idp.CodeUnavailable, err)
	}
	// A table that others refer to is rebuilt with foreign keys off (sqlite.org/lang_altertable.html, section 7), and they
	// cannot be turned off inside the transaction of the step.
	db, err := sqlitePool(path, 1, []string{"foreign_keys(0)"})
	if err != nil {
		return nil, err
	}
	r, err := rivermigrate.New(riversqlite.New(db), quietRiver())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	provider, err := newGoose(goose.DialectSQLite3, db, migrationFolder(SQLite))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &migrator{engine: SQLite, goose: provider, river: r, lock: fileLock(path + "-migrate"), db: db}, nil
}

func fileLock(path string) func(context.Context) (func() error, error) {
	return func(ctx context.Context) (func() error, error) {
		if err := createPrivate(path); err != nil {
			return nil, err
		}
		db, err := sqliteOpen(path, 1, []string{"busy_timeout(120000)"})
		if err != nil {
			return nil, err
		}
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return func() error {
			undo := tx.Rollback()
			if errors.Is(undo, sql.ErrTxDone) { // ctx has ended
				undo = nil
			}
			return errors.Join(undo, db.Close())
		}, nil
	}
}

func migrationFolder(engine Engine) string { return "migrations/" + string(engine) }

func newGoose(dialect goose.Dialect, db *sql.DB, folder string) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true), goose.WithTableName(versionTable))
}

func quietRiver() *rivermigrate.Config {
	return &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}
}
