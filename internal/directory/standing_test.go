package directory_test

import (
	"errors"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ABUSE 48, 35: an administrator's session is ended, because a right was taken away, while commands of theirs are on their way. None
// of them is carried out, and none leaves an event; the page asks for a new sign-in, and keeps what was typed.
func TestACommandOfASessionThatHasEnded(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		gone, own := by(uma), by(uma)
		gone.SID, own.SID = sessionOf(uma, "timesheets"), sessionOf(uma, "contacts")
		w.must(w.EndSession(t.Context(), by(uma), gone.SID, w.now))
		before := w.account(tom)
		w.fresh()
		for name, give := range map[string]func() error{
			"disable":   func() error { return w.DisableUser(t.Context(), gone, before.User.ID, w.now) },
			"reset MFA": func() error { return w.ResetMFA(t.Context(), gone, before.User.ID, "lost", w.now) },
			"rename": func() error {
				other := "Other"
				_, err := w.UpdateUser(t.Context(), gone, before.User.ID, directory.UserEdit{Version: before.User.Version, Name: &other}, w.now)
				return err
			},
			"own password": func() error {
				return w.ChangePassword(t.Context(), gone, directory.NewPassword{Current: idp.NewSecret(password), New: idp.NewSecret(newPassword)}, w.now)
			},
			"sign out everywhere": func() error { return w.SignOutEverywhere(t.Context(), gone, w.now) },
		} {
			var stale *policy.StaleProofError
			if err := give(); !errors.As(err, &stale) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if events := w.fresh(); len(events) != 0 {
			t.Errorf("events %+v", events)
		}
		after := w.account(tom)
		if after.User.Version != before.User.Version || len(after.Authenticators) != len(before.Authenticators) {
			t.Errorf("tom was changed: %+v", after.User)
		}
		w.must(w.SignOutEverywhere(t.Context(), own, w.now)) // a command may end the very session that it is given by
	})
}
