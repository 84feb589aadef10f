package sqlstore

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture15 looks at what version 15 added: when a person made an authenticator their default.
func checkFixture15(t *testing.T, s *Store) {
	t.Helper()
	bound, err := s.ListAuthenticators(t.Context(), "prc_aps", "usr_bob")
	equal(t, err, bound, []idp.Authenticator{{
		ID: "aut_first", PracticeID: "prc_aps", UserID: "usr_bob", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570157"),
		CreatedAt: time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC), DefaultAt: time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC),
	}})
}
