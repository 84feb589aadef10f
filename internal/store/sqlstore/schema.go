package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// riverTable is the table in which River keeps the versions of its own tables.
const riverTable = "river_migration"

// Status lists all steps, and which of them the database at url has. It reads and creates nothing: neither a table nor a file. A
// SQLite file that is not there has no step.
func Status(ctx context.Context, url string) ([]Migration, error) {
	engine, err := EngineOf(url)
	if err != nil {
		return nil, err
	}
	db, err := openReading(engine, url)
	if errors.Is(err, fs.ErrNotExist) {
		return steps(engine, nil, nil)
	}
	if err != nil {
		return nil, mapError(err)
	}
	list, err := status(ctx, db, engine)
	return list, mapError(errors.Join(err, db.Close()))
}

// SchemaBehind reports whether the database lacks a step that this program needs. Steps of a newer program do no harm.
func (s *Store) SchemaBehind(ctx context.Context) (bool, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	list, err := status(ctx, s.reader, s.engine)
	return err == nil && Behind(list), mapError(err)
}

// openReading opens one connection, which on SQLite can't write.
func openReading(engine Engine, url string) (*sql.DB, error) {
	if engine == Postgres {
		config, _, err := postgresConfig(url, Limit)
		if err != nil {
			return nil, err
		}
		config.ValidateConnect = nil // what is only read may be read of a standby too
		return stdlib.OpenDB(*config), nil
	}
	path, err := sqlitePath(url)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return sqliteOpen(path, 1, []string{"busy_timeout(5000)", "query_only(1)"})
}

func status(ctx context.Context, db *sql.DB, engine Engine) ([]Migration, error) {
	ours, err := versions(ctx, db, engine, versionTable, "SELECT version_id FROM "+versionTable+" WHERE is_applied")
	if err != nil {
		return nil, err
	}
	rivers, err := versions(ctx, db, engine, riverTable, "SELECT version FROM "+riverTable)
	if err != nil {
		return nil, err
	}
	return steps(engine, ours, rivers)
}

// versions reads the versions that a table holds; there are none without the table.
func versions(ctx context.Context, db *sql.DB, engine Engine, table, query string) (found map[int64]bool, err error) {
	exists := "SELECT to_regclass($1) IS NOT NULL"
	if engine == SQLite {
		exists = "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1"
	}
	there := false
	if err := db.QueryRowContext(ctx, exists, table).Scan(&there); err != nil || !there {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	found = map[int64]bool{}
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			return nil, err
		}
		found[version] = true
	}
	return found, rows.Err()
}

// steps lists the steps of this program, our own and then River's, and marks those that were found.
func steps(engine Engine, ours, rivers map[int64]bool) (all []Migration, err error) {
	files, err := fs.ReadDir(migrationFiles, migrationFolder(engine))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		version, err := goose.NumericComponent(file.Name())
		if err != nil {
			return nil, err
		}
		all = append(all, Migration{Source: "apsid", Version: version, Name: file.Name(), Applied: ours[version]})
	}
	theirs, err := riverVersions(engine)
	if err != nil {
		return nil, err
	}
	for _, v := range theirs {
		all = append(all, Migration{Source: "river", Version: int64(v.Version), Name: v.Name, Applied: rivers[int64(v.Version)]})
	}
	return all, nil
}

// riverVersions asks River for its list, which needs no database.
func riverVersions(engine Engine) ([]rivermigrate.Migration, error) {
	if engine == SQLite {
		m, err := rivermigrate.New(riversqlite.New(nil), quietRiver())
		if err != nil {
			return nil, err
		}
		return m.AllVersions(), nil
	}
	m, err := rivermigrate.New(riverdatabasesql.New(nil), quietRiver())
	if err != nil {
		return nil, err
	}
	return m.AllVersions(), nil
}
