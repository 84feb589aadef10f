package sqlstore_test

import (
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// A pooler in transaction mode gives each transaction another connection of the server's, and takes few parameters. The release that
// Debian has keeps no prepared statements, so they are turned off as the documentation says.
func TestContractThroughPgBouncer(t *testing.T) {
	t.Parallel()
	through := testenv.PgBouncer(t)
	contract(t, func(t testing.TB, options sqlstore.Options) *sqlstore.Store {
		address := withParameter(t, through(storetest.Postgres(t)), "default_query_exec_mode", "cache_describe")
		return openMigrated(t, address, patient(options))
	})
}

// The lock that lets one node migrate at a time belongs to a connection, and a pooler in transaction mode has none of a client's own.
func TestMigrationsNeedTheDatabaseItself(t *testing.T) {
	t.Parallel()
	direct := testenv.Postgres(t)
	if _, err := sqlstore.Migrate(t.Context(), direct); err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string][]string{
		"refuses the parameter": nil, "passes over the parameter": {"ignore_startup_parameters = lock_timeout"},
	} {
		address := withParameter(t, testenv.PgBouncer(t, settings...)(direct), "default_query_exec_mode", "cache_describe")
		_, err := sqlstore.Migrate(t.Context(), address)
		if idp.CodeOf(err) != idp.CodeInvalid || !strings.Contains(err.Error(), "a pooler") {
			t.Errorf("%s: %v", name, err)
		}
		steps, err := sqlstore.Status(t.Context(), address)
		if err != nil || sqlstore.Behind(steps) {
			t.Errorf("%s: a node can't look at the schema: %v", name, err)
		}
	}
}
