package sqlstore

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture7 looks at what version 7 added: what is spent, and the versions of what nodes keep copies of.
func checkFixture7(t *testing.T, s *Store) {
	t.Helper()
	over := time.Date(2026, 2, 2, 4, 4, 5, 0, time.UTC)
	for at, want := range map[time.Time]bool{over.Add(-time.Second): true, over: false} {
		spent, err := s.IsSpent(t.Context(), "token jti-1", at)
		equal(t, err, spent, want)
	}
	versions, err := s.CopyVersions(t.Context())
	equal(t, err, versions, map[idp.Copied]int64{idp.CopiedClients: 12})
}
