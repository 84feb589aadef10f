package sqlstore

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
)

// checkFixture12 looks at what version 12 added: the generation of a refresh token, and archives of the audit trail.
func checkFixture12(t *testing.T, s *Store) {
	t.Helper()
	token, _, err := s.FindRefreshTokenHolder(t.Context(), "r_counted")
	equal(t, err, token.Generation, 7)
	archives, err := s.ListArchives(t.Context())
	equal(t, err, archives, []auditlog.Archive{{
		Size: 1, Note: "signed", Frontier: []byte("frontier"), CreatedAt: time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC),
	}})
}
