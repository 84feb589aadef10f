package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/apscloud/apsid/internal/idp"
)

// Privileges is what a role may do compared with what a node needs.
type Privileges struct {
	Role    string
	Missing []string // like "INSERT on sessions": a node would fail
	Excess  []string // like "DELETE on events": a node that was broken into could do harm that it can't do without
}

// privilegesOn lists what a node does with a table. Of the audit trail it does no more than add and read: the trigger that
// guards it can't be disabled by a role that doesn't own the table. Nothing empties a table as a whole.
func privilegesOn(table string) []string {
	switch table {
	case "events", "log_leaves":
		return []string{"SELECT", "INSERT"}
	case "log_checkpoints": // the next one takes its place
		return []string{"SELECT", "INSERT", "DELETE"}
	case "log_keys": // sealed again with a newer seal key
		return []string{"SELECT", "INSERT", "UPDATE"}
	case versionTable, riverTable, "log_archives": // events leave by the owner's hand alone
		return []string{"SELECT"}
	default:
		return []string{"SELECT", "INSERT", "UPDATE", "DELETE"}
	}
}

// tablePrivileges are all that Postgres knows of tables (its manual, table 5.2).
func tablePrivileges() []string {
	return []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}
}

// ownTables lists the tables of the schema that belong to the owner of the table of versions: those that the migrations made.
const ownTables = `SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
	AND relowner = (SELECT relowner FROM pg_class WHERE oid = to_regclass('` + versionTable + `'))`

// Grant gives the role what a node needs on the tables at url and on those of later migrations, and takes from it what it has beyond
// that on them. The role of the URL must own the tables. It may be run again. A role that is not there, or that could do anything
// anyway, is idp.ErrInvalid (field "grant-to"), and so is SQLite.
func Grant(ctx context.Context, url, role string) error {
	if engine, err := EngineOf(url); err != nil || engine == SQLite {
		return errors.Join(err, idp.Invalid("grant-to", "SQLite has no roles"))
	}
	m, err := newMigrator(url)
	if err != nil {
		return err
	}
	return mapError(errors.Join(m.grant(ctx, role), m.close()))
}

func (m *migrator) grant(ctx context.Context, role string) (err error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return fmt.Errorf("wait for another node's migration: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	tx, err := m.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := checkGrantee(ctx, tx, role); err != nil {
		return err
	}
	statements, err := grants(ctx, tx, role)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return tx.Commit()
}

// checkGrantee refuses a role for which no grant would be a bound.
func checkGrantee(ctx context.Context, tx *sql.Tx, role string) error {
	var super, owner bool
	err := tx.QueryRowContext(ctx, `SELECT rolsuper, pg_has_role(oid, (SELECT relowner FROM pg_class WHERE oid = to_regclass('`+versionTable+`')), 'MEMBER')
		FROM pg_roles WHERE rolname = $1`, role).Scan(&super, &owner)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return idp.Invalid("grant-to", "there is no role %q: make it first, with CREATE ROLE", role)
	case err != nil:
		return err
	case super:
		return idp.Invalid("grant-to", "the role %q is a superuser, which nothing bounds: name another one", role)
	case owner:
		return idp.Invalid("grant-to", "the role %q owns the tables, or is a member of the role that does: name another one", role)
	}
	return nil
}

// grants lists the statements, which take everything first: a role that was given more is brought back to what is needed.
func grants(ctx context.Context, tx *sql.Tx, role string) ([]string, error) {
	schema := ""
	if err := tx.QueryRowContext(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return nil, err
	}
	tables, err := tableNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	in, to := pgx.Identifier{schema}.Sanitize(), pgx.Identifier{role}.Sanitize()
	statements := []string{
		"REVOKE CREATE ON SCHEMA " + in + " FROM " + to,
		"GRANT USAGE ON SCHEMA " + in + " TO " + to,
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA " + in + " TO " + to,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA " + in + " GRANT " + strings.Join(privilegesOn(""), ", ") + " ON TABLES TO " + to,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA " + in + " GRANT USAGE, SELECT ON SEQUENCES TO " + to,
	}
	for _, table := range tables {
		name := pgx.Identifier{schema, table}.Sanitize()
		statements = append(statements, "REVOKE ALL ON TABLE "+name+" FROM "+to,
			"GRANT "+strings.Join(privilegesOn(table), ", ")+" ON TABLE "+name+" TO "+to)
	}
	return statements, nil
}

// FindPrivileges compares what the role of the URL may do with what a node needs. With SQLite there is nothing to compare.
func FindPrivileges(ctx context.Context, url string) (p Privileges, err error) {
	engine, err := EngineOf(url)
	if err != nil || engine == SQLite {
		return p, err
	}
	db, err := openReading(engine, url)
	if err != nil {
		return p, mapError(err)
	}
	defer func() { err = errors.Join(err, mapError(db.Close())) }()
	super, owner, uses, creates := false, false, false, false
	err = db.QueryRowContext(ctx, `SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
		coalesce(pg_has_role((SELECT relowner FROM pg_class WHERE oid = to_regclass('`+versionTable+`')), 'MEMBER'), false),
		current_schema() IS NOT NULL, coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)`).
		Scan(&p.Role, &super, &owner, &uses, &creates)
	if err != nil {
		return p, mapError(err)
	}
	switch { // what a superuser or an owner may do besides follows from that
	case super:
		p.Excess = []string{"it is a superuser"}
		return p, nil
	case owner:
		p.Excess = []string{"it owns the tables"}
		return p, nil
	case !uses: // Postgres leaves out the schemas that a role may not use
		p.Missing = []string{"USAGE on the schema"}
		return p, nil
	case creates:
		p.Excess = []string{"CREATE on the schema"}
	}
	return p, mapError(p.compare(ctx, db))
}

// compare looks at every table with every privilege that there is, and at the sequences that number rows.
func (p *Privileges) compare(ctx context.Context, db *sql.DB) (err error) {
	rows, err := db.QueryContext(ctx, `SELECT relname, privilege, has_table_privilege(oid, privilege)
		FROM pg_class, unnest($1::text[]) AS privilege WHERE relname IN (`+ownTables+`) AND relnamespace = current_schema()::regnamespace
		UNION ALL SELECT relname, 'USAGE', has_sequence_privilege(oid, 'USAGE') FROM pg_class
		WHERE relkind = 'S' AND relname LIKE 'river%' AND relnamespace = current_schema()::regnamespace
		ORDER BY relname, privilege`, tablePrivileges())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var table, privilege string
		has := false
		if err := rows.Scan(&table, &privilege, &has); err != nil {
			return err
		}
		switch needed := privilege == "USAGE" || slices.Contains(privilegesOn(table), privilege); {
		case needed && !has:
			p.Missing = append(p.Missing, privilege+" on "+table)
		case has && !needed:
			p.Excess = append(p.Excess, privilege+" on "+table)
		}
	}
	return rows.Err()
}

// tableNames lists the tables that the migrations made.
func tableNames(ctx context.Context, tx *sql.Tx) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, ownTables+" ORDER BY relname")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		name := ""
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
