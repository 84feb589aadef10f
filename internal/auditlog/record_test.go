package auditlog

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/testenv"
)

// A field that is not hashed could be changed without a trace.
func TestEveryFieldOfARecordIsHashed(t *testing.T) {
	seen := map[tlog.Hash]string{}
	for _, name := range append(testenv.Fields[Record](), "") {
		var record Record
		if name != "" {
			record = testenv.FilledOne[Record](t, name)
		}
		hash, err := record.hash()
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[hash]; twice {
			t.Errorf("%q and %q have one hash", name, other)
		}
		seen[hash] = name
	}
}
