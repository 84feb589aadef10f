package sqlstore

import (
	"context"
	"errors"
	"io/fs"
	"os"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrServed is the error of a SQLite file from which another process serves.
var ErrServed = errors.New("another process serves from this database file")

// HoldAlone makes this process the only one that serves from the SQLite file at url, until release is called or the process ends,
// however it ends; ErrServed if there is another one. Others may go on to use the file. It does nothing on Postgres, which
// nodes share.
//
// The lock is one of SQLite's own, on a small database beside the file: the operating system ends it with the process.
func HoldAlone(ctx context.Context, url string) (release func() error, err error) {
	engine, err := EngineOf(url)
	if err != nil || engine == Postgres {
		return func() error { return nil }, err
	}
	path, err := sqlitePath(url)
	if err != nil {
		return nil, err
	}
	path += "-serve"
	// Opening and closing a file gives up the locks that its process has on it (POSIX, fcntl): so it is made only if it is not there.
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := createPrivate(path); err != nil {
			return nil, err
		}
	}
	db, err := sqliteOpen(path, 1, []string{"busy_timeout(0)"})
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(context.WithoutCancel(ctx), nil)
	if err == nil {
		return func() error { return errors.Join(tx.Rollback(), db.Close()) }, nil
	}
	var busy *modernc.Error
	if errors.As(err, &busy) && busy.Code()&0xff == sqlite3.SQLITE_BUSY {
		err = ErrServed
	}
	return nil, errors.Join(err, db.Close())
}
