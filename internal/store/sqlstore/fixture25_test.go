package sqlstore

import (
	"testing"
	"time"
)

// checkFixture25 looks at what version 25 added: from when a client keeps FAPI 2.0.
func checkFixture25(t *testing.T, s *Store) {
	t.Helper()
	client, err := s.FindClient(t.Context(), "painted")
	equal(t, err, client.FAPI2From.UTC(), time.Date(2027, time.March, 30, 13, 0, 0, 0, time.UTC))
	client, err = s.FindClient(t.Context(), "timesheets")
	equal(t, err, client.FAPI2From.IsZero(), true)
}
