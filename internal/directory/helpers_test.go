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
			found, _, err := w.SearchPeople(t.Context(), by(riley), helper.Username, w.now)
			w.must(err)
			if len(found) != 1 {
				t.Fatalf("%d people have the address %s", len(found), helper.Username)
			}
			account := found[0].User
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
