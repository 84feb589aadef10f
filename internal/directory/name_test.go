package directory_test

import (
	"context"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// ABUSE 57: an attacker writes a message of theirs where a name stands, by every way in that a name has. Nothing is stored, and
// nothing is mailed.
func TestNoWayInTakesAMessageForAName(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx, tomsNumber := t.Context(), w.account(tom).Authenticators[0].ID
		client := registered()
		client.ID = "harbour-link"
		existing, _, err := w.RegisterClient(ctx, by(riley), client, w.now)
		w.must(err)
		w.fresh()
		for _, message := range []string{
			"Refund at evil.example", "Call 0800 123 456", "Ann\nYour account is locked", "Ann\u2028x", "Ann\u202ex", strings.Repeat("x", 81),
		} {
			practice := directory.NewPractice{PracticeDetails: idp.PracticeDetails{Name: message, TimeZone: "UTC", Region: idp.RegionAU}}
			owned, named := registered(), registered()
			owned.Owner, named.Name = message, message
			for way, err := range map[string]error{
				"invite": func() error {
					_, err := w.InviteUser(ctx, by(olivia), directory.Invitation{PracticeID: practiceX, Username: "nell@example.com", Name: message}, w.now)
					return err
				}(),
				"create": func() error {
					_, err := w.CreateUser(ctx, shell, directory.NewUser{PracticeID: practiceX, Username: "nell@example.com", Name: message}, w.now)
					return err
				}(),
				"import": func() error {
					all, err := w.ImportUsers(ctx, shell, []directory.NewUser{{PracticeID: practiceX, Username: "nell@example.com", Name: message}}, w.now)
					w.must(err)
					return all[0].Err
				}(),
				"edit": w.edit(by(olivia), tom, directory.UserEdit{Name: &message}),
				"practice": func() error {
					_, err := w.CreatePractice(ctx, shell, practice, w.now)
					return err
				}(),
				"practice's own people": func() error {
					stored, err := w.store.FindPractice(ctx, practiceX)
					w.must(err)
					_, err = w.UpdatePractice(ctx, by(olivia), practiceX, directory.PracticeEdit{Version: stored.Version, Name: &message}, w.now)
					return err
				}(),
				"client": func() error {
					_, _, err := w.RegisterClient(ctx, by(riley), named, w.now)
					return err
				}(),
				"client's owner": func() error {
					_, _, err := w.RegisterClient(ctx, by(riley), owned, w.now)
					return err
				}(),
				"integration's owner": func() error {
					_, err := w.EditClient(ctx, by(olivia), existing.ID, directory.ClientEdit{Version: existing.Version, Owner: &message}, w.now)
					return err
				}(),
				"device": w.RenameAuthenticator(ctx, by(tom), tomsNumber, message, w.now),
			} {
				if idp.CodeOf(err) != idp.CodeInvalid {
					t.Errorf("%s, %q: %v", way, message, err)
				}
			}
		}
		if sent, left := w.mail(), w.fresh(); len(sent) != 0 || len(left) != 0 {
			t.Errorf("sent %+v, events %+v", sent, left)
		}
	})
}

// A name that was stored under wider rules stays readable, and does not keep an administrator from changing something else.
func TestNamesOfBeforeTheRuleStay(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx, long := t.Context(), strings.Repeat("Long ", 19)+"evil.example"
		w.update(tom, func(u *idp.User) { u.Name = long })
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			practice, err := tx.FindPractice(ctx, practiceX)
			w.must(err)
			practice.Name = long
			return tx.UpdatePractice(ctx, practice)
		})
		w.must(w.edit(by(olivia), tom, directory.UserEdit{BlockedApps: &[]idp.ClientID{"contacts"}, Name: &long}))
		stored, err := w.store.FindPractice(ctx, practiceX)
		w.must(err)
		zone := "Australia/Sydney"
		_, err = w.UpdatePractice(ctx, by(olivia), practiceX, directory.PracticeEdit{Version: stored.Version, Name: &long, TimeZone: &zone}, w.now)
		w.must(err)
		if w.account(tom).User.Name != long {
			t.Error("the name was changed")
		}
	})
}

// ABUSE 38, 57: what can't be seen in a user name, or needs quotes in an address, is refused where one is given to a person.
func TestUserNamesAreMailboxes(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		for _, bad := range []string{
			"nell\u202e@example.com", "ne\u200bll@example.com", "nell\u0085@example.com", "<nell@example.com>", "nell@example.com,all@example.com", `"nell"@example.com`,
			"nell(0800123456)@example.com", strings.Repeat("n", 65) + "@example.com", "nell@.example", "nell\\@example.com", "nell;@example.com",
		} {
			_, err := w.InviteUser(t.Context(), by(olivia), directory.Invitation{PracticeID: practiceX, Username: bad, Name: "Nell Rota"}, w.now)
			wantField(t, err, "username")
			wantField(t, w.edit(by(olivia), tom, directory.UserEdit{Username: &bad}), "username")
		}
	})
}
