package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/apscloud/apsid/internal/idp"
)

// errText is text that SQL cannot hold: a NUL, or bytes that are no UTF-8. Both engines refuse it alike.
var errText = errors.New("text with NUL or outside UTF-8")

// mapError gives a driver's error its idp code, with the driver's own words in the private cause. Errors that have a code
// stay as they are.
func mapError(err error) error {
	var coded *idp.Error
	if err == nil || errors.As(err, &coded) {
		return err
	}
	if errors.Is(err, errText) {
		err = errText // what the driver wraps around it quotes the text
	}
	var standby *ReadOnlyError
	if errors.As(err, &standby) {
		err = standby // what the driver wraps around it is about connections
	}
	return idp.Wrap(codeOf(err), err)
}

// mapFind is mapError for reads: text that cannot be stored cannot be found either.
func mapFind(err error) error {
	if errors.Is(err, errText) {
		return idp.Wrap(idp.CodeNotFound, errText)
	}
	return mapError(err)
}

func codeOf(err error) idp.Code {
	var pg *pgconn.PgError
	var lite *modernc.Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return idp.CodeNotFound
	case errors.Is(err, errText):
		return idp.CodeInvalid
	case errors.As(err, &pg):
		if replaced(pg) {
			return idp.CodeUnavailable
		}
		return postgresCode(pg.Code)
	case errors.As(err, &lite):
		return sqliteCode(lite.Code())
	case unreachable(err), errors.As(err, new(*ReadOnlyError)):
		return idp.CodeUnavailable
	default:
		return idp.CodeInternal
	}
}

// unreachable reports that the database did not answer, or not in time.
func unreachable(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &network) || errors.As(err, &connect) || pgconn.SafeToRetry(err)
}

// Codes of Postgres (its manual, appendix A) that we tell apart.
const (
	pgProtocol      = "08P01"
	pgForeignKey    = "23503"
	pgUnique        = "23505"
	pgReadOnly      = "25006" // the node that answered is a standby
	pgSerialisation = "40001"
	pgDeadlock      = "40P01"
	pgLockTimeout   = "55P03"
	pgStalePlan     = "0A000" // "cached plan must not change result type", after a migration
)

// pgInternal is the code of errors that Postgres has no other code for.
const pgInternal = "XX000"

// replaced reports that a statement which was prepared names a table or type that is gone, because a backup was restored since: it fails
// again on the same connection, and not on another one.
func replaced(e *pgconn.PgError) bool {
	return e.Code == pgInternal && strings.HasPrefix(e.Message, "cache lookup failed")
}

func postgresCode(code string) idp.Code {
	switch code {
	case pgUnique:
		return idp.CodeConflict
	case pgForeignKey:
		return idp.CodeNotFound // the row that it refers to is missing, or is another practice's
	case pgReadOnly, pgSerialisation, pgDeadlock, pgLockTimeout, pgStalePlan:
		return idp.CodeUnavailable
	}
	switch {
	case strings.HasPrefix(code, "22"), strings.HasPrefix(code, "23"), strings.HasPrefix(code, "54"): // data, constraint, limit
		return idp.CodeInvalid
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "53"), strings.HasPrefix(code, "57"), strings.HasPrefix(code, "58"):
		return idp.CodeUnavailable // connection, resources, operator (shutdown, statement time-out), system
	default:
		return idp.CodeInternal
	}
}

func sqliteCode(code int) idp.Code {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return idp.CodeConflict
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return idp.CodeNotFound
	}
	switch code & 0xff { // the primary code
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
		return idp.CodeInvalid
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return idp.CodeUnavailable
	default:
		return idp.CodeInternal
	}
}

// collided reports that a transaction was undone because of other transactions, and may simply be tried again.
func collided(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == pgSerialisation || pg.Code == pgDeadlock || pg.Code == pgStalePlan || replaced(pg)
	}
	var lite *modernc.Error
	if errors.As(err, &lite) {
		primary := lite.Code() & 0xff
		return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
	}
	return false
}
