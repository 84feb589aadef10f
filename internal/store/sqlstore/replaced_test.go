package sqlstore_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 54: pg_restore puts new tables and types in the place of the old ones under nodes that run. A statement that was prepared before
// names a type that is gone, and would fail on its connection for as long as that lasts.
func TestAConnectionThatKnowsWhatARestoreReplacedIsLeft(t *testing.T) {
	store := open(t, testenv.Postgres(t))
	change := func(statement string) {
		if _, err := store.DB().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	ask := func() (said string, err error) {
		err = store.DB().QueryRowContext(t.Context(), "SELECT $1::mood::text", "calm").Scan(&said)
		return said, err
	}
	change("CREATE TYPE mood AS ENUM ('calm')")
	if said, err := ask(); said != "calm" || err != nil {
		t.Fatal(said, err)
	}
	change("DROP TYPE mood")
	change("CREATE TYPE mood AS ENUM ('calm')")
	if _, err := ask(); err == nil {
		t.Error("nothing was in the way: this test proves nothing")
	}
	if said, err := ask(); said != "calm" || err != nil {
		t.Errorf("%q, %v", said, err)
	}
}
