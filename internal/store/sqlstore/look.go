package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apscloud/apsid/internal/idp"
)

// Facts are what a database says of itself. One that is a file has no server: only the first three are set.
type Facts struct {
	Schema bool // the tables are there, as far as the role sees
	Newer  bool // a step of the schema was applied that this program does not know
	Sealed bool // a file only: it holds signing keys, which were sealed with some seal keys

	Standby     bool // it is a replica in recovery
	ReadOnly    bool // new transactions may not write, by a setting of the server, the database or the role
	Version     int  // of the server, as server_version_num has it: 150004
	Encoding    string
	Ahead       time.Duration // how far its clock is ahead of ours, at least; negative: behind
	Untriggers  bool          // the role may switch off all triggers of its session
	Unguarded   bool          // events can be changed: the trigger that refuses it is missing or switched off
	Connections Connections
}

// Connections is how many there may be.
type Connections struct {
	Pool int // the most that one node opens
	Most int // what the server, the database and the role allow
	Free int // how many of these can be opened now
}

// Look asks the database at url for its facts, over one connection, and writes nothing. Errors: idp.ErrInvalid for a url that can't be
// read, fs.ErrNotExist for a file that is not there, and idp.ErrUnavailable.
func Look(ctx context.Context, url string, now func() time.Time) (Facts, error) {
	engine, err := EngineOf(url)
	if err != nil {
		return Facts{}, err
	}
	if engine == SQLite {
		return lookAtFile(ctx, url)
	}
	conn, pool, err := lookingConnection(ctx, url)
	if err != nil {
		return Facts{}, mapError(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	facts := Facts{Connections: Connections{Pool: pool}}
	for _, look := range []func(context.Context, *pgx.Conn) error{facts.lookAtServer, facts.lookAtSchema, facts.lookAtConnections} {
		if err := look(ctx, conn); err != nil {
			return Facts{}, mapError(err)
		}
	}
	var clock time.Time
	asked := now()
	err = conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&clock)
	facts.Ahead = idp.Ahead(clock, asked, now())
	return facts, mapError(err)
}

// lookingConnection connects as a node does. A server that is refused because it is a replica is looked at all the same.
func lookingConnection(ctx context.Context, url string) (*pgx.Conn, int, error) {
	config, pool, err := postgresConfig(url, Limit)
	if err != nil {
		return nil, 0, err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil && config.ValidateConnect != nil {
		config.ValidateConnect = nil
		if other, again := pgx.ConnectConfig(ctx, config); again == nil {
			return other, pool, nil
		}
	}
	return conn, pool, err
}

func (f *Facts) lookAtServer(ctx context.Context, conn *pgx.Conn) error {
	const text = `SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
		current_setting('server_encoding')`
	return conn.QueryRow(ctx, text).Scan(&f.Version, &f.Standby, &f.ReadOnly, &f.Encoding)
}

// newest is the query of the newest step that was applied.
const newest = "SELECT coalesce(max(version_id), 0) FROM " + versionTable + " WHERE is_applied"

// newer reports whether the step is above all of this program.
func newer(version int64, engine Engine) (bool, error) {
	known, err := steps(engine, nil, nil)
	for _, step := range known {
		if step.Source == "apsid" && step.Version >= version {
			return false, err
		}
	}
	return err == nil, err
}

// lookAtSchema looks for the tables that this role sees.
func (f *Facts) lookAtSchema(ctx context.Context, conn *pgx.Conn) error {
	const text = `SELECT to_regclass('` + versionTable + `') IS NOT NULL, has_parameter_privilege('session_replication_role', 'SET'),
		NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass('events') AND tgname = 'events_stay' AND tgenabled IN ('O', 'A'))`
	if err := conn.QueryRow(ctx, text).Scan(&f.Schema, &f.Untriggers, &f.Unguarded); err != nil || !f.Schema {
		return err
	}
	readable, version := false, int64(0)
	err := conn.QueryRow(ctx, "SELECT has_table_privilege('"+versionTable+"', 'SELECT')").Scan(&readable)
	if err != nil || !readable {
		return err
	}
	if err := conn.QueryRow(ctx, newest).Scan(&version); err != nil {
		return err
	}
	f.Newer, err = newer(version, Postgres)
	return err
}

func (f *Facts) lookAtConnections(ctx context.Context, conn *pgx.Conn) error {
	const text = `WITH bound AS (
			SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS server,
				(SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()) AS base,
				(SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user) AS role
		), used AS (
			SELECT count(*)::int AS server, count(*) FILTER (WHERE datname = current_database())::int AS base,
				count(*) FILTER (WHERE usename = current_user)::int AS role
			FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
		) SELECT least(b.server, b.base, b.role), least(b.server - u.server, b.base - u.base, b.role - u.role) FROM bound b, used u`
	return conn.QueryRow(ctx, text).Scan(&f.Connections.Most, &f.Connections.Free)
}

// lookAtFile opens the file for reading alone: the file that is not there is not made, and no setting of it is changed.
func lookAtFile(ctx context.Context, url string) (facts Facts, err error) {
	db, err := openReading(SQLite, url)
	if err != nil {
		return Facts{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	const table = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
	if err := db.QueryRowContext(ctx, table, versionTable).Scan(&facts.Schema); err != nil || !facts.Schema {
		return facts, mapError(err)
	}
	var version int64
	if err := db.QueryRowContext(ctx, newest).Scan(&version); err != nil {
		return facts, mapError(err)
	}
	if facts.Newer, err = newer(version, SQLite); err != nil {
		return facts, err
	}
	return facts, mapError(db.QueryRowContext(ctx, "SELECT count(*) > 0 FROM signing_keys").Scan(&facts.Sealed))
}
