package sqlstore

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture9 looks at what version 9 added: links that confirm a changed address.
func checkFixture9(t *testing.T, s *Store) {
	t.Helper()
	changed := time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC)
	link, err := s.FindLink(t.Context(), "hash-confirm")
	equal(t, err, link, idp.Link{
		Hash: "hash-confirm", Purpose: idp.LinkConfirm, PracticeID: "prc_aps", UserID: "usr_bob",
		CreatedBy: idp.Actor{Kind: idp.ActorUser, ID: "usr_ada"}, CreatedAt: changed, ExpiresAt: changed.Add(72 * time.Hour),
	})
}
