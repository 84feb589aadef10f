package directory_test

import (
	"context"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// hostile are user names that look like an address, or like another person's, and are no mailbox.
func hostile() []string {
	return []string{
		"zo\u200be@x.example", "\u200fzoe@x.example", "zoe@x.example\ufeff", "zo\u00ade@x.example", "<zoe@x.example>", "Zoe <zoe@x.example>", "a,b@x.example",
		"x..y@x.example", "x@x.example.", ".x@x.example", "x@x", "x@[192.0.2.1]", `"a b"@x.example`, "mailto:x@x.example", "a%b@x.example", "b.example!a@x.example",
		"x\uff20x.example", "x@x_x.example", "z\u043ee@x.example", "a@x.example\r\nBcc: b@x.example",
	}
}

// ABUSE 58: a name that is no mailbox becomes no person, by whatever way it comes, and mail to it is never queued.
func TestAUserNameIsAMailboxAtEveryWayIn(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		ways := map[string]func(username string) error{
			"invite": func(username string) error {
				_, err := w.InviteUser(ctx, by(uma), directory.Invitation{PracticeID: practiceX, Username: username, Name: "New"}, w.now)
				return err
			},
			"create": func(username string) error {
				_, err := w.CreateUser(ctx, shell, directory.NewUser{PracticeID: practiceX, Username: username, Name: "New"}, w.now)
				return err
			},
			"import": func(username string) error {
				results, err := w.ImportUsers(ctx, shell, []directory.NewUser{{PracticeID: practiceX, Username: username, Name: "New"}}, w.now)
				w.must(err)
				return results[0].Err
			},
			"edit": func(username string) error {
				_, err := w.UpdateUser(ctx, by(uma), "usr_"+tom, directory.UserEdit{Version: 1, Username: &username}, w.now)
				return err
			},
			"check before apply": func(username string) error {
				return w.CheckPerson(idp.Practice{}, directory.Invitation{Username: username, Name: "New"}, idp.User{})
			},
		}
		w.notices = nil
		for way, in := range ways {
			for _, username := range hostile() {
				if err := in(username); idp.CodeOf(err) != idp.CodeInvalid {
					t.Errorf("%s: %q: %v", way, username, err)
				}
			}
		}
		if len(w.notices) > 0 {
			t.Errorf("queued: %+v", w.notices)
		}
	})
}

// ABUSE 58: one mailbox is one person, however its letters are composed.
func TestOneMailboxIsOnePerson(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		user, err := w.InviteUser(ctx, by(uma), directory.Invitation{PracticeID: practiceX, Username: "Zoe\u0308@bu\u0308cher.example", Name: "Zoë"}, w.now)
		w.must(err)
		if user.Username != "zo\u00eb@b\u00fccher.example" {
			t.Errorf("user name %q", user.Username)
		}
		for _, again := range []string{"zo\u00eb@xn--bcher-kva.example", "ZOE\u0308@B\u00dcCHER.example"} {
			_, err := w.InviteUser(ctx, by(uma), directory.Invitation{PracticeID: practiceX, Username: again, Name: "Zoë"}, w.now)
			if idp.CodeOf(err) != idp.CodeConflict {
				t.Errorf("%q: %v", again, err)
			}
		}
		w.notices = nil
		w.must(w.RequestPasswordReset(ctx, origin(), "zo\u200be\u0308@bu\u0308cher.example", w.now))
		if sent := w.mail(); len(sent) != 1 || sent[0].UserID != user.ID {
			t.Errorf("sent %+v", sent)
		}
	})
}

// A name that an earlier release took keeps working: its person can be found, edited and sent a link.
func TestAnOlderUserNameKeepsWorking(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		for i, old := range []string{"zoe\u0308@example.com", "x..y@example.com"} {
			w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
				user, err := tx.FindUser(ctx, practiceX, "usr_"+tom)
				if err != nil {
					return err
				}
				user.Username = old
				return tx.UpdateUser(ctx, user)
			})
			people, _, err := w.SearchPeople(ctx, by(riley), " "+old, w.now)
			w.must(err)
			if len(people) != 1 {
				t.Fatalf("%q finds %d people", old, len(people))
			}
			found := people[0].User
			name := "Tom Finch " + string(rune('A'+i))
			edited, err := w.UpdateUser(ctx, by(uma), found.ID, directory.UserEdit{Version: found.Version, Username: &old, Name: &name}, w.now)
			w.must(err)
			if edited.Username != old || edited.Name != name {
				t.Errorf("%q: edited %+v", old, edited)
			}
			w.notices = nil
			w.must(w.RequestPasswordReset(ctx, origin(), old, w.now))
			if sent := w.mail(); len(sent) != 1 || sent[0].UserID != found.ID || sent[0].Email != old {
				t.Errorf("%q: sent %+v", old, sent)
			}
		}
	})
}
