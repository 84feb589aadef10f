package sqlstore

import "testing"

// checkFixture21 looks at what version 21 added: refresh tokens that are bound to a key.
func checkFixture21(t *testing.T, s *Store) {
	t.Helper()
	token, _, err := s.FindRefreshTokenHolder(t.Context(), "bound")
	equal(t, err, token.JKT, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
	token, _, err = s.FindRefreshTokenHolder(t.Context(), "r1")
	equal(t, err, token.JKT, "")
}
