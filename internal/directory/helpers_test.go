package directory_test

import (
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// The people to ask are those of the own practice, and never the person who asks.
func TestHelpersAreOfTheOwnPractice(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		helpers, err := w.ListHelpers(t.Context(), by(tom), w.now)
		w.must(err)
		if len(helpers) == 0 || len(helpers) > 3 {
			t.Fatalf("helpers %+v", helpers)
		}
		for _, helper := range helpers {
			account, err := w.FindPerson(t.Context(), by(riley), helper.Username, w.now)
			w.must(err)
			if account.PracticeID != practiceX || !account.HasRole(idp.RoleSystemAdministrator) && !account.HasRole(idp.RoleUserManagement) {
				t.Errorf("%+v is no helper of the practice", helper)
			}
		}
		own, err := w.ListHelpers(t.Context(), by(uma), w.now)
		w.must(err)
		if slices.ContainsFunc(own, func(h directory.Helper) bool { return h.Username == string(uma)+"@example.com" }) {
			t.Errorf("uma is told to ask herself: %+v", own)
		}
	})
}
