package signin_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// renameBy changes the user name as an administrator does, whom policy notes.
func (h *house) renameBy(user idp.UserID, to string) {
	h.t.Helper()
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		account, err := tx.FindAccount(ctx, user)
		if err != nil {
			return err
		}
		renamed := policy.Rename(account.User, idp.Actor{Kind: idp.ActorUser, ID: "usr_admin"}, h.now)
		renamed.Username, renamed.UpdatedAt = to, h.now
		return tx.UpdateUser(ctx, renamed)
	})
}

// ABUSE 49: a changed user name rests until the person has signed in with it. A sign-in that is on its way with the old one while it is
// changed, at its password or at its code, starts again, and ends no rest; one with the new name does.
func TestASignInWithTheOldNameEndsNoRest(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		rests := func() bool {
			account, err := h.sql.FindAccount(bg, "usr_app")
			if err != nil {
				t.Fatal(err)
			}
			return policy.AddressRests(account.User, h.now)
		}
		h.now = h.now.Add(time.Minute)
		b := h.open("timesheets").post(login("app"), signin.StateTOTP)
		h.renameBy("usr_app", "thief@example.com")
		h.now = h.now.Add(time.Minute)
		var again *signin.Restarted
		if _, err := b.try(code(totpAt(t, totpKey, h.now))); !errors.As(err, &again) || !rests() {
			t.Errorf("a code after the change: %v, and the name rests: %v", err, rests())
		}
		named := slices.ContainsFunc(h.events("prc_mfa"), func(e idp.AuditEvent) bool { return e.Reason == policy.FallenUsername.Reason() })
		if !named {
			t.Error("the trail does not say why")
		}
		h.now = h.now.Add(time.Minute)
		h.open("timesheets").post(login("thief"), signin.StateTOTP).post(code(totpAt(t, totpKey, h.now)), signin.StateDone)
		if rests() {
			t.Error("it rests after a sign-in with the new name")
		}
	})
}
