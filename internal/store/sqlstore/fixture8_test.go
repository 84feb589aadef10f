package sqlstore

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture8 looks at what version 8 added: who changed a person's user name, and when.
func checkFixture8(t *testing.T, s *Store) {
	t.Helper()
	bob, err := s.FindUser(t.Context(), "prc_aps", "usr_bob")
	equal(t, err, bob.UsernameChangedAt, time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC))
	equal(t, err, bob.UsernameChangedBy, []idp.Actor{{Kind: idp.ActorUser, ID: "usr_ada"}})
	ada, err := s.FindUser(t.Context(), "prc_harbour", "usr_ada")
	equal(t, err, ada.UsernameChangedAt, time.Time{})
}
