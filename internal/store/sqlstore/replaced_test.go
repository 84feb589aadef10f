package sqlstore_test

import (
	"database/sql"
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 54: pg_restore puts new tables and types in the place of the old ones under nodes that run. A statement that was prepared before
// names a type that is gone, and fails: once for a whole node, and not once on each of its connections.
func TestConnectionsThatKnowWhatARestoreReplacedAreLeft(t *testing.T) {
	store := open(t, testenv.Postgres(t))
	change := func(statement string) {
		if _, err := store.DB().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	ask := func() (failed int) { // on two connections
		var both [2]*sql.Conn
		for i := range both {
			var err error
			if both[i], err = store.DB().Conn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range both {
			var said string
			if err := c.QueryRowContext(t.Context(), "SELECT $1::mood::text", "calm").Scan(&said); err != nil {
				failed++
			}
		}
		for _, c := range both {
			_ = c.Close()
		}
		return failed
	}
	one := func() error {
		var said string
		return store.DB().QueryRowContext(t.Context(), "SELECT $1::mood::text", "calm").Scan(&said)
	}
	change("CREATE TYPE mood AS ENUM ('calm')")
	if n := ask(); n > 0 {
		t.Fatal("the type is not there")
	}
	change("DROP TYPE mood")
	change("CREATE TYPE mood AS ENUM ('calm')")
	if one() == nil {
		t.Error("nothing was in the way: this test proves nothing")
	}
	if n := ask(); n > 0 {
		t.Errorf("%d other connections still fail", n)
	}
}
