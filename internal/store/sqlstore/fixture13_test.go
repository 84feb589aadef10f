package sqlstore

import "testing"

// checkFixture13 looks at what version 13 added: the colour and the logo of an app.
func checkFixture13(t *testing.T, s *Store) {
	t.Helper()
	client, err := s.FindClient(t.Context(), "painted")
	equal(t, err, client.Accent, "#0b5761")
	equal(t, err, string(client.Logo), "logo")
}
