package sqlstore

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrReadOnly is the error of a database that answers, and takes no changes.
var ErrReadOnly = errors.New("the database is read-only")

// Writable asks whether the database takes changes: ErrReadOnly if it answers that it does not, idp.ErrUnavailable if it does not answer.
func (s *Store) Writable(ctx context.Context) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	err := s.writable(ctx)
	if isReadOnly(err) {
		return ErrReadOnly
	}
	return mapError(err)
}

func (s *Store) writable(ctx context.Context) error {
	if s.engine == SQLite {
		tx, err := s.writer.BeginTx(ctx, nil) // which takes the lock of the one who writes
		if err != nil {
			return err
		}
		if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			return err
		}
		return nil
	}
	readOnly := false
	err := s.reader.QueryRowContext(ctx, "SELECT current_setting('transaction_read_only') = 'on'").Scan(&readOnly)
	if err == nil && readOnly {
		return ErrReadOnly
	}
	return err
}

func isReadOnly(err error) bool {
	var pg *pgconn.PgError
	var lite *modernc.Error
	return errors.Is(err, ErrReadOnly) || errors.As(err, new(*ReadOnlyError)) || errors.Is(err, pgconn.ErrReadOnlyConnection) ||
		errors.As(err, &pg) && pg.Code == pgReadOnly ||
		errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_READONLY
}

// Address says where the database at url is, without user or password: host:port, several separated by commas, or the file.
func Address(url string) string {
	engine, err := EngineOf(url)
	if err != nil {
		return "an unknown address"
	}
	if engine == SQLite {
		return strings.TrimPrefix(url, "sqlite:")
	}
	config, _, err := postgresConfig(url, Limit)
	if err != nil {
		return "an unknown address"
	}
	all := []string{net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))}
	for _, other := range config.Fallbacks {
		if next := net.JoinHostPort(other.Host, strconv.Itoa(int(other.Port))); next != all[len(all)-1] { // with TLS, and without
			all = append(all, next)
		}
	}
	return strings.Join(all, ",")
}

// Passing reports whether an error of connecting may be over later by itself: the server is not there, or starts, or is full. A wrong
// password, an unknown database and a certificate that does not fit are mistakes, which waiting does not mend.
func Passing(err error) bool {
	var pg *pgconn.PgError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &pg):
		return strings.HasPrefix(pg.Code, "57") || strings.HasPrefix(pg.Code, "53") || strings.HasPrefix(pg.Code, "08")
	case errors.As(err, &certificate), err != nil && strings.Contains(err.Error(), "server refused TLS connection"):
		return false
	}
	return isReadOnly(err) || unreachable(err)
}
