package sqlstore

import (
	"errors"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// checkFixture11 looks at what version 11 added: what is true of the whole installation.
func checkFixture11(t *testing.T, s *Store) {
	t.Helper()
	issuer, err := s.FindInstalled(t.Context(), "issuer")
	equal(t, err, issuer, "https://id.example")
	if other, err := s.FindInstalled(t.Context(), "other"); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("%q, %v", other, err)
	}
}
