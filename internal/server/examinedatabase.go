package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const leastPostgres = 15

var (
	databaseGone = fault{Fail, "%s", "see that the database runs and that this machine reaches it; --database-url (APSID_DATABASE_URL) says where"}
	databaseUser = fault{Fail, "it lets this user not in: %s", "correct user and password in --database-url (APSID_DATABASE_URL); pg_hba.conf must let them in from this machine"}
	databaseName = fault{Fail, "it has no such database for this user: %s", "correct the name in --database-url (APSID_DATABASE_URL), or create the database and let the user connect"}
	databaseTLS  = fault{Fail, "no encrypted connection: %s", "set sslmode and sslrootcert in --database-url (APSID_DATABASE_URL) as the server has it"}
	databaseMore = fault{Fail, "it takes no more connections: %s", "raise max_connections, or lower pool_max_conns in the --database-url of each node"}

	oldPostgres   = fault{Fail, "Postgres %d is too old", "upgrade to Postgres 15 or later"}
	standby       = fault{Fail, "it is a read replica (standby), which takes no writes", "name the primary in --database-url (APSID_DATABASE_URL)"}
	readOnly      = fault{Fail, "transactions are read-only by a setting", "reset default_transaction_read_only of the server, the database and the role"}
	otherEncoding = fault{Fail, "its encoding is %s", "create the database with ENCODING 'UTF8'"}

	lacksRights = fault{Fail, "the role %s lacks %s", "as the owner of the tables: \"apsid migrate up --grant-to ROLE\""}
	needless    = fault{Note, "the role %s may do more than a node needs: %s", "migrate as the owner, and give serve a role of its own: \"apsid migrate up --grant-to ROLE\""}
	badRights   = fault{Fail, "its rights cannot be read: %s", "see the other lines about the database"}
	untriggers  = fault{Note, "the role may switch off all triggers, that of the audit trail too", "REVOKE SET ON PARAMETER session_replication_role from the role"}

	largePool = fault{Fail, "one node opens up to %d connections, and the database lets this role have %d", "lower pool_max_conns in --database-url (APSID_DATABASE_URL), or raise max_connections and the limits of database and role"}
	fullPool  = fault{Note, "one node opens up to %d connections, and of %d only %d are free now", "lower pool_max_conns in the --database-url of each node, or raise max_connections"}

	newerSchema = fault{Note, "a newer version has changed the schema already", "update this node too: two versions work side by side only for the time of an update"}
	noTables    = fault{Fail, "the database has no tables yet", "run \"apsid migrate up\" first"}
	behind      = fault{Fail, "%d steps are missing", "run \"apsid migrate up\" before this version is started"}
	badSteps    = fault{Fail, "its steps cannot be read: %s", "let the role read schema_versions and river_migration"}
	unguarded   = fault{Fail, "the trigger that keeps events from being changed is missing or switched off", "as the owner: ALTER TABLE events ENABLE TRIGGER events_stay; then \"apsid audit verify\""}

	foreignKeys = fault{Fail, "the signing keys cannot be opened: %s", "give the seal keys of this database in --seal-keys (APSID_SEAL_KEYS) or APSID_SEAL_KEY"}
	noneSigns   = fault{Note, "no %s key signs today", "nothing: a node makes one when it starts"}
)

func examineDatabase(_ context.Context, x *examined) []Finding {
	_, err := x.database()
	if err == nil || errors.Is(err, fs.ErrNotExist) { // a start makes the file
		return nil
	}
	kind := databaseGone
	switch sqlstore.RefusalOf(err) {
	case sqlstore.RefusedUser:
		kind = databaseUser
	case sqlstore.RefusedDatabase:
		kind = databaseName
	case sqlstore.RefusedTLS:
		kind = databaseTLS
	case sqlstore.RefusedMore:
		kind = databaseMore
	case sqlstore.RefusedOther:
	}
	return []Finding{kind.found(reason(err))}
}

// isFile reports whether the database is a file, which has neither server nor roles.
func (x *examined) isFile() bool {
	_, single := x.node.Places().File()
	return single
}

func examineDatabaseServer(_ context.Context, x *examined) (all []Finding) {
	facts, _ := x.database()
	if x.isFile() {
		return nil
	}
	if version := facts.Version / 10_000; version < leastPostgres {
		all = append(all, oldPostgres.found(version))
	}
	switch {
	case facts.Standby:
		all = append(all, standby.found())
	case facts.ReadOnly:
		all = append(all, readOnly.found())
	}
	if facts.Encoding != "UTF8" {
		all = append(all, otherEncoding.found(facts.Encoding))
	}
	return all
}

func examineRole(_ context.Context, x *examined) (all []Finding) {
	rights, err := x.rights()
	if err != nil {
		return []Finding{badRights.found(reason(err))}
	}
	if len(rights.Missing) > 0 {
		all = append(all, lacksRights.found(rights.Role, shortened(rights.Missing)))
	}
	if len(rights.Excess) > 0 {
		all = append(all, needless.found(rights.Role, shortened(rights.Excess)))
	}
	if facts, _ := x.database(); facts.Untriggers && len(rights.Excess) == 0 {
		all = append(all, untriggers.found())
	}
	return all
}

// mostNamed is how many of many things a line names.
const mostNamed = 8

func shortened(names []string) string {
	if len(names) <= mostNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), len(names)-mostNamed)
}

func examineConnections(_ context.Context, x *examined) []Finding {
	facts, _ := x.database()
	c := facts.Connections
	switch {
	case c.Pool > c.Most:
		return []Finding{largePool.found(c.Pool, c.Most)}
	case c.Pool > c.Free:
		return []Finding{fullPool.found(c.Pool, c.Most, max(c.Free, 0))}
	default:
		return nil
	}
}

// examineSchemaSteps lets a file be behind: a start brings it up to date.
func examineSchemaSteps(_ context.Context, x *examined) (all []Finding) {
	facts, _ := x.database()
	switch {
	case x.isFile() && !facts.Schema:
		return nil
	case !facts.Schema:
		return []Finding{noTables.found()}
	case facts.Newer:
		all = append(all, newerSchema.found())
	}
	steps, err := x.steps()
	if err != nil {
		return append(all, badSteps.found(reason(err)))
	}
	missing := 0
	for _, step := range steps {
		if !step.Applied {
			missing++
		}
	}
	if missing > 0 && !x.isFile() {
		all = append(all, behind.found(missing))
	}
	return all
}

func examineTrail(_ context.Context, x *examined) []Finding {
	if facts, _ := x.database(); facts.Unguarded {
		return []Finding{unguarded.found()}
	}
	return nil
}

// examineSigningKeys opens every signing key, which shows that the seal keys are those of this database.
func examineSigningKeys(ctx context.Context, x *examined) (all []Finding) {
	keys, err := signingKeys(ctx, x)
	if err != nil {
		return []Finding{foreignKeys.found(reason(err))}
	}
	if len(keys) == 0 { // before the first start
		return nil
	}
	for _, alg := range keyring.Missing(keys, x.asked.Clock()) {
		all = append(all, noneSigns.found(alg))
	}
	return all
}

func signingKeys(ctx context.Context, x *examined) (keys []keyring.Key, err error) {
	sealer, err := x.sealer()
	if err != nil {
		return nil, err
	}
	store, err := openSQL(ctx, x.node.Places().SQL, sealer)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return store.ListKeys(ctx)
}
