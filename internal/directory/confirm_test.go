package directory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// confirming returns the token of the only link in the mails that asks the holder of this address to confirm it.
func (w *town) confirming(address string) idp.Secret {
	w.t.Helper()
	var found []idp.Notice
	for _, n := range w.mail() {
		if n.Kind == idp.NoticeConfirm {
			found = append(found, n)
		}
	}
	if len(found) != 1 || found[0].Email != address || found[0].Link.IsZero() {
		w.t.Fatalf("mails that ask to confirm: %+v, want one to %s", found, address)
	}
	return found[0].Link
}

// rename changes Tom's user name and returns the token of the link at the new address.
func (w *town) rename(caller directory.Caller, address string) idp.Secret {
	w.t.Helper()
	w.must(w.edit(caller, tom, directory.UserEdit{Username: &address}))
	return w.confirming(address)
}

// Whoever changes a user name: the new address is asked, looking changes nothing, and one use of the link confirms the address and
// changes nothing else.
func TestANewAddressIsAskedToConfirm(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(24 * time.Hour)
		for name, caller := range map[string]directory.Caller{"an administrator": by(uma), "an integration": w.apsProgram(), "the shell": shell} {
			w.update(tom, func(u *idp.User) { u.EmailVerifiedAt = w.now })
			w.now = w.now.Add(time.Minute)
			token := w.rename(caller, "tom."+string(caller.Kind)+"@new.example")
			for range 3 { // whatever reads mail before people do
				detail, err := w.ViewLink(t.Context(), token, w.now)
				w.must(err)
				if detail.Purpose != idp.LinkConfirm || detail.Name != "tom" || detail.Practice != string(practiceX) || !detail.ExpiresAt.Equal(w.now.Add(72*time.Hour)) {
					t.Errorf("%s: the page shows %+v", name, detail)
				}
			}
			before := w.account(tom)
			if policy.AddressConfirmed(before.User) || policy.MailboxProved(before.User) {
				t.Errorf("%s: the new address counts as confirmed", name)
			}
			w.fresh()
			w.now = w.now.Add(time.Minute)
			w.must(w.ConfirmByLink(t.Context(), origin(), token, w.now))
			e := w.wantEvent(idp.EventAddressConfirmed, idp.ResultSuccess, "")
			if e.UserID != "usr_"+tom || e.Actor.ID != "" || e.Details["username"] != before.User.Username {
				t.Errorf("%s: event %+v", name, e)
			}
			want := before
			want.User.EmailVerifiedAt, want.User.UpdatedAt, want.User.Version = w.now, w.now, before.User.Version+1
			if diff := cmp.Diff(want, w.account(tom), cmp.AllowUnexported(idp.Secret{})); diff != "" {
				t.Errorf("%s: confirming changed more: %s", name, diff)
			}
			if !policy.AddressConfirmed(want.User) {
				t.Errorf("%s: not confirmed", name)
			}
		}
	})
}

// ABUSE 49: the link ends with the address it was sent to, and with a newer one; it confirms none that came afterwards.
func TestTheConfirmingLinkEndsWithItsAddress(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		first := w.rename(by(uma), "tom@first.example")
		w.now = w.now.Add(time.Minute)
		second := w.rename(by(uma), "tom@second.example")
		wantCode(t, "a link of the address before", w.ConfirmByLink(t.Context(), origin(), first, w.now), idp.CodeUsed)
		w.must(w.ResendConfirmation(t.Context(), by(uma), "usr_"+tom, w.now))
		third := w.confirming("tom@second.example")
		wantCode(t, "a link that was sent again", w.ConfirmByLink(t.Context(), origin(), second, w.now), idp.CodeUsed)
		w.now = w.now.Add(policy.ConfirmLife)
		wantCode(t, "a link after three days", w.ConfirmByLink(t.Context(), origin(), third, w.now), idp.CodeUsed)
		if policy.AddressConfirmed(w.account(tom).User) {
			t.Error("confirmed by a link that is over")
		}
	})
}

// The mail can be sent again while it makes sense, within a limit.
func TestTheConfirmingMailIsSentAgain(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		again := func() error { return w.ResendConfirmation(t.Context(), by(uma), "usr_"+tom, w.now) }
		w.refusedWith("an address that was never changed", again(), idp.CodeForbidden, "confirmed already")
		w.rename(by(uma), "tom@new.example")
		w.fresh()
		most := policy.DefaultLimits()[idp.LimitConfirmationsToMailbox].Most
		for range most - 1 {
			w.must(again())
			w.confirming("tom@new.example")
			w.wantEvent(idp.EventConfirmationSent, idp.ResultSuccess, "")
		}
		if err := again(); !errors.Is(err, idp.ErrBusy) || len(w.mail()) > 0 {
			t.Errorf("one too many: %v", err)
		}
		if e := w.wantEvent(idp.EventConfirmationSent, idp.ResultFailure, idp.ReasonTooMany); e.Details["limit"] != string(idp.LimitConfirmationsToMailbox) {
			t.Errorf("event %+v", e)
		}
		err := w.edit(by(olivia), tom, directory.UserEdit{Username: ptr("tom+2@new.example")}) // the same mailbox, by another hand
		wantCode(t, "a change to the same mailbox", err, idp.CodeBusy)
		w.now = w.now.Add(2 * time.Hour)
		w.must(again())
		w.must(w.ConfirmByLink(t.Context(), origin(), w.confirming("tom@new.example"), w.now))
		w.refusedWith("an address that is confirmed", again(), idp.CodeForbidden, "confirmed already")
		w.update(tom, func(u *idp.User) { u.EmailVerifiedAt, u.State = time.Time{}, idp.UserDisabled })
		w.refusedWith("somebody disabled", again(), idp.CodeForbidden, "disabled")
		w.must(w.edit(by(uma), tom, directory.UserEdit{Username: ptr("tom@third.example")}))
		w.letter(idp.NoticeUsername) // of an account that is disabled no link works, so none is sent
	})
}

// A password that was chosen by a link confirms the address too, and so does an invitation.
func TestOtherLinksConfirmAnAddress(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(24 * time.Hour)
		w.rename(by(uma), "tom@new.example")
		w.now = w.now.Add(time.Minute)
		w.must(w.SendPasswordReset(t.Context(), by(olivia), "usr_"+tom, w.now))
		w.must(w.ResetByLink(t.Context(), origin(), w.letter(idp.NoticePasswordReset).Link, idp.NewSecret(newPassword), w.now))
		if user := w.account(tom).User; !policy.AddressConfirmed(user) || !policy.MailboxProved(user) {
			t.Errorf("after a new password: %+v", user)
		}
		w.mail()
		invited, err := w.InviteUser(t.Context(), by(uma), directory.Invitation{PracticeID: practiceX, Username: "ivy@example.com", Name: "Ivy"}, w.now)
		w.must(err)
		first := w.letter(idp.NoticeInvite).Link
		_, err = w.UpdateUser(t.Context(), by(uma), invited.ID, directory.UserEdit{Version: 1, Username: ptr("ivy@new.example")}, w.now)
		w.must(err)
		second := w.letter(idp.NoticeInvite) // and no mail that asks to confirm
		wantCode(t, "the invitation at the old address", w.AcceptInvite(t.Context(), origin(), first, idp.NewSecret(newPassword), w.now), idp.CodeUsed)
		w.must(w.AcceptInvite(t.Context(), origin(), second.Link, idp.NewSecret(newPassword), w.now))
		var user idp.User
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			account, err := tx.FindAccount(ctx, invited.ID)
			user = account.User
			return err
		})
		if second.Email != "ivy@new.example" || !policy.AddressConfirmed(user) || !policy.MailboxProved(user) {
			t.Errorf("after the invitation to %s: %+v", second.Email, user)
		}
	})
}
