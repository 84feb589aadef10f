package sqlstore

import (
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture22 looks at what version 22 added: apps that push their requests, and the security profile of clients.
func checkFixture22(t *testing.T, s *Store) {
	t.Helper()
	client, err := s.FindClient(t.Context(), "painted")
	equal(t, err, client.SecurityProfile, idp.SecurityFAPI2)
	equal(t, err, client.PushRequired, true)
	client, err = s.FindClient(t.Context(), "timesheets")
	equal(t, err, client.SecurityProfile, idp.SecurityUsual)
}
