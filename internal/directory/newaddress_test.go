package directory_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ABUSE 49: an administrator changes a person's user name to a mailbox of their own, and wants to become that person: by a link that
// they mail there, by one that anybody may ask for, by resetting MFA, and through an administrator whom they invite for it.
func TestAnAdministratorAloneNeverBecomesAPerson(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(24 * time.Hour)
		w.must(w.edit(by(uma), tom, directory.UserEdit{Username: ptr("uma.private@example.com")}))
		w.must(w.ConfirmByLink(t.Context(), origin(), w.confirming("uma.private@example.com"), w.now)) // they read the mailbox
		accomplice, err := w.InviteUser(t.Context(), by(olivia), directory.Invitation{
			PracticeID: practiceX, Username: "second@example.com", Name: "Second", Roles: []idp.Role{idp.RoleUserManagement},
		}, w.now)
		w.must(err)
		w.must(w.AcceptInvite(t.Context(), origin(), w.letter(idp.NoticeInvite).Link, idp.NewSecret(newPassword), w.now))
		second := by(uma)
		second.ID = string(accomplice.ID)
		w.now = w.now.Add(time.Hour)
		for name, caller := range map[string]directory.Caller{"who changed it": by(uma), "one invited since": second} {
			caller.Proved = policy.Proved{ACR: idp.ACRMFA, At: w.now}
			wantCode(t, name+" mails a link", w.SendPasswordReset(t.Context(), caller, "usr_"+tom, w.now), idp.CodeForbidden)
			wantCode(t, name+" resets MFA", w.ResetMFA(t.Context(), caller, "usr_"+tom, "lost", w.now), idp.CodeForbidden)
			for _, e := range w.fresh() {
				if e.Type == idp.EventMFAReset && e.Reason != policy.PermissionNewAddress.Reason() {
					t.Errorf("%s: event %+v", name, e)
				}
			}
		}
		w.must(w.RequestPasswordReset(t.Context(), origin(), "uma.private@example.com", w.now))
		for _, n := range w.mail() {
			_, err := w.Answer(t.Context(), n, w.now)
			w.must(err)
		}
		for _, n := range w.mail() {
			if n.Kind == idp.NoticePasswordReset {
				t.Error("a link was mailed to the new address for a visitor")
			}
		}

		other := by(olivia)
		other.Proved = policy.Proved{ACR: idp.ACRMFA, At: w.now}
		w.must(w.SendPasswordReset(t.Context(), other, "usr_"+tom, w.now))
		w.must(w.ResetMFA(t.Context(), other, "usr_"+tom, "lost", w.now))
	})
}
