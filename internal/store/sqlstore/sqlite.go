package sqlstore

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"

	"github.com/apscloud/apsid/internal/idp"
)

const sqliteReaders = 4

// openSQLite opens one connection that writes and a few that only read: SQLite has a single writer, and with write-ahead
// logging readers never wait for it. Writers queue for the connection here instead of colliding in the file.
func openSQLite(address string) (pools, error) {
	path, err := sqlitePath(address)
	if err != nil {
		return pools{}, err
	}
	if err := createPrivate(path); err != nil {
		return pools{}, idp.Wrap(idp.CodeUnavailable, err)
	}
	writer, err := sqlitePool(path, 1, []string{"foreign_keys(1)"})
	if err != nil {
		return pools{}, err
	}
	reader, err := sqlitePool(path, sqliteReaders, []string{"foreign_keys(1)", "query_only(1)"})
	if err != nil {
		return pools{}, errors.Join(err, writer.Close())
	}
	return pools{writer: writer, reader: reader}, nil
}

func sqlitePath(address string) (string, error) {
	path := strings.TrimPrefix(address, "sqlite:")
	if path == "" || strings.ContainsRune(path, 0) || strings.HasPrefix(path, ":memory:") {
		return "", idp.Invalid("database-url", "sqlite: needs the path of a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", idp.Wrap(idp.CodeInternal, err)
	}
	return path, nil
}

// createPrivate makes sure that the file exists and that only its owner can read it; SQLite gives the log files beside it
// the same mode.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G304 -- the operator names it
	if err != nil {
		return err
	}
	return file.Close()
}

// sqlitePool opens a pool on the file of the store.
func sqlitePool(path string, conns int, pragmas []string) (*sql.DB, error) {
	// A commit is on the disk when it returns: a power cut loses no audit event and revives no used token.
	durable := []string{"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)"}
	return sqliteOpen(path, conns, append(durable, pragmas...))
}

func sqliteOpen(path string, conns int, pragmas []string) (*sql.DB, error) {
	// A transaction that reads and then writes takes the lock at once, so that it can never lose it half-way.
	query := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	file := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	connector, err := modernc.NewConnector(file.String())
	if err != nil {
		return nil, idp.Wrap(idp.CodeInvalid, err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func sqliteDialector(db *sql.DB) gorm.Dialector {
	return sqlite.New(sqlite.Config{DriverName: "sqlite", Conn: db})
}
