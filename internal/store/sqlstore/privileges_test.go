package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 55: a node that was broken into has the rights of its role: it can't touch what the audit trail says, nor what guards it, nor make or
// remove anything but rows.
func TestTheRoleOfANodeCanNotTouchTheTrail(t *testing.T) {
	t.Parallel()
	node, err := sql.Open("pgx", storetest.Postgres(t))
	must(t, err)
	t.Cleanup(func() { _ = node.Close() })
	for _, statement := range []string{
		"UPDATE events SET reason = 'x'", "DELETE FROM events", "TRUNCATE events", "TRUNCATE users CASCADE",
		"ALTER TABLE events DISABLE TRIGGER events_stay", "ALTER TABLE events DISABLE TRIGGER ALL", "DROP TRIGGER events_stay ON events",
		"SET session_replication_role = replica", // in which triggers do not fire
		"CREATE OR REPLACE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
		"DROP FUNCTION events_stay() CASCADE", "ALTER FUNCTION events_stay() RENAME TO gone",
		"UPDATE log_leaves SET hash = root", "DELETE FROM log_leaves", "UPDATE log_checkpoints SET note = ''", "DELETE FROM log_keys",
		"INSERT INTO schema_versions (version_id, is_applied) VALUES (999, true)", "DELETE FROM river_migration",
		"CREATE TABLE mine (id int)", "CREATE TRIGGER mine BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION events_stay()",
		"ALTER TABLE events OWNER TO CURRENT_USER", "DROP TABLE users CASCADE",
		"CREATE RULE mine AS ON INSERT TO events DO INSTEAD NOTHING", "ALTER TABLE events ENABLE ROW LEVEL SECURITY",
		"UPDATE pg_trigger SET tgenabled = 'D'", "CREATE SCHEMA mine",
	} {
		var refused *pgconn.PgError
		if _, err := node.ExecContext(t.Context(), statement); !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// ABUSE 55: nor can it keep an event from its leaf, and so from being proved.
func TestTheRoleOfANodeCanNotKeepAnEventFromItsLeaf(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	node, err := sql.Open("pgx", url)
	must(t, err)
	t.Cleanup(func() { _ = node.Close() })
	node.SetMaxOpenConns(1) // temporary tables are of one connection
	store := open(t, url)
	write := func(id string) {
		t.Helper()
		_, err := node.ExecContext(t.Context(), `INSERT INTO events (id, at, type, actor_kind, actor_id, practice_id, user_id, client_id, sid,
			result, reason, address, user_agent, details) VALUES ($1, now(), 'a.b', '', '', '', '', '', '', '', '', '', '', '{}')`, id)
		must(t, err)
	}
	write("evt_1")
	for _, statement := range []string{
		"DELETE FROM unsealed_events", "UPDATE unsealed_events SET id = 'evt_0'", "TRUNCATE unsealed_events",
		"ALTER TABLE unsealed_events DISABLE TRIGGER ALL", "DROP TRIGGER events_await_leaf ON events",
		"CREATE OR REPLACE FUNCTION events_await_leaf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
	} {
		if _, err := node.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("done: %s", statement)
		}
	}
	for _, statement := range []string{ // tables of the same names, which a function could take for ours
		"CREATE TEMPORARY TABLE unsealed_events (id text PRIMARY KEY)", "CREATE TEMPORARY TABLE log_leaves (event_id text)",
		"INSERT INTO log_leaves (event_id) VALUES ('evt_1')",
	} {
		_, err := node.ExecContext(t.Context(), statement)
		must(t, err)
	}
	write("evt_2")
	for _, statement := range []string{
		"DELETE FROM public.unsealed_events", "CREATE TRIGGER mine AFTER INSERT ON log_leaves FOR EACH ROW EXECUTE FUNCTION events_have_leaf()",
	} {
		if _, err := node.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("done: %s", statement)
		}
	}
	waiting, err := store.ListWaiting(t.Context(), "", 10)
	must(t, err)
	if len(waiting) != 2 {
		t.Errorf("%d events wait for a leaf, and two were written", len(waiting))
	}
}

// What a later migration makes can be used before anyone grants again, and granting again brings a role back to what a node needs.
func TestGrantHoldsForLaterTablesAndNarrows(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	privileges := func() sqlstore.Privileges {
		t.Helper()
		p, err := sqlstore.FindPrivileges(t.Context(), url)
		must(t, err)
		return p
	}
	role, err := testenv.ServingRole(t.Context())
	must(t, err)
	if p := privileges(); p.Role != role || len(p.Missing)+len(p.Excess) != 0 {
		t.Fatalf("granted: %+v", p)
	}
	owning := ownerOf(t, url)
	exec(t, owning, "CREATE TABLE later (id int)", "GRANT ALL ON events TO "+role, "GRANT CREATE ON SCHEMA public TO "+role,
		"REVOKE INSERT ON sessions FROM "+role, "REVOKE ALL ON SEQUENCE river_job_id_seq FROM "+role)
	p := privileges()
	if !slices.Equal(p.Missing, []string{"USAGE on river_job_id_seq", "INSERT on sessions"}) {
		t.Errorf("missing %q", p.Missing)
	}
	if excess := strings.Join(p.Excess, ", "); excess != "CREATE on the schema, DELETE on events, REFERENCES on events, TRIGGER on events, TRUNCATE on events, UPDATE on events" {
		t.Errorf("excess %s", excess)
	}
	for range 2 {
		must(t, sqlstore.Grant(t.Context(), owning, role))
	}
	if p := privileges(); len(p.Missing)+len(p.Excess) != 0 {
		t.Errorf("granted again: %+v", p)
	}
	exec(t, owning, "REVOKE USAGE ON SCHEMA public FROM PUBLIC, "+role)
	if p := privileges(); len(p.Missing) == 0 {
		t.Error("a schema that can't be used is enough")
	}
	if owner, err := sqlstore.FindPrivileges(t.Context(), owning); err != nil || len(owner.Excess) != 1 {
		t.Errorf("owner: %+v, %v", owner, err)
	}
}

// A grant to a role that could do anything anyway would promise a bound that is none.
func TestGrantRefusesRolesThatItDoesNotBound(t *testing.T) {
	t.Parallel()
	owning := ownerOf(t, storetest.Postgres(t))
	admin, err := sql.Open("pgx", owning)
	must(t, err)
	t.Cleanup(func() { _ = admin.Close() })
	name := func(query string) (found string) {
		t.Helper()
		must(t, admin.QueryRowContext(t.Context(), query).Scan(&found))
		return found
	}
	member := "apsid_test_member_" + strings.ToLower(name("SELECT substr(md5(random()::text), 1, 12)"))
	owner := name("SELECT current_user")
	exec(t, owning, "CREATE ROLE "+member+" IN ROLE "+owner)
	t.Cleanup(func() { _, _ = admin.ExecContext(context.Background(), "DROP ROLE "+member) })
	for role, want := range map[string]string{
		owner: "name another", member: "a member of the role", "nobody; DROP TABLE events": "there is no role", "": "there is no role",
	} {
		err := sqlstore.Grant(t.Context(), owning, role)
		if idp.CodeOf(err) != idp.CodeInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", role, err)
		}
	}
	if err := sqlstore.Grant(t.Context(), storetest.SQLite(t), "apsid"); idp.CodeOf(err) != idp.CodeInvalid {
		t.Errorf("SQLite: %v", err)
	}
}

// ownerOf is the URL of the same database for the role that owns it.
func ownerOf(t *testing.T, url string) string {
	t.Helper()
	_, name, _ := strings.Cut(strings.TrimPrefix(url, "postgres://"), "/")
	name, _, _ = strings.Cut(name, "?")
	return testenv.AsOwner(t, name)
}

func exec(t *testing.T, url string, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	must(t, err)
	defer func() { _ = db.Close() }()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
