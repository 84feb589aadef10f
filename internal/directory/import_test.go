package directory_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// foreign is a hash that another system made: bcrypt.
const foreign = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

func TestImportTakesTheGoodAndSaysWhatIsWrongWithTheOthers(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		person := func(username string, change func(*directory.NewUser)) directory.NewUser {
			n := directory.NewUser{PracticeID: practiceX, Username: username, Name: "New", PasswordHash: idp.NewSecret(foreign)}
			if change != nil {
				change(&n)
			}
			return n
		}
		people := []directory.NewUser{
			person(" New@X.example", nil),
			person("bob@example.com", nil), // of another practice
			person("tom@example.com", nil), // there already
			person("no-one", nil),
			person("hash@x.example", func(n *directory.NewUser) { n.PasswordHash = idp.NewSecret("md5:1") }),
			person("lost@x.example", func(n *directory.NewUser) { n.PracticeID = "prc_none" }),
			person("staff@x.example", func(n *directory.NewUser) { n.Roles = []idp.Role{idp.RoleAPSStaff} }),
			person("plain@x.example", func(n *directory.NewUser) {
				n.Password, n.PasswordHash = idp.NewSecret("correct-horse-battery-9"), idp.Secret{}
			}),
			person("y@y.example", func(n *directory.NewUser) { n.PracticeID, n.Roles = practiceY, []idp.Role{idp.RoleUserManagement} }),
		}
		w.notices = nil
		results, err := w.ImportUsers(t.Context(), shell, people, w.now)
		w.must(err)
		var got []string
		for _, r := range results {
			text := string(r.Outcome)
			var known *idp.Error
			if errors.As(r.Err, &known) {
				text += " " + known.Field
			}
			got = append(got, text)
		}
		want := []string{"created", "rejected username", "present", "rejected username", "rejected password_hash", "rejected practice",
			"rejected roles", "rejected password", "created"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		events := w.fresh()
		for _, e := range events {
			if e.Type != idp.EventUserCreated || e.Reason != "imported" || e.Result != idp.ResultSuccess || e.UserID == "" {
				t.Errorf("event %+v", e)
			}
		}
		if len(events) != 2 || len(w.notices) != 0 {
			t.Errorf("%d events, %d notices", len(events), len(w.notices))
		}
		account, err := w.store.FindAccountByUsername(t.Context(), "new@x.example")
		w.must(err)
		if account.User.PasswordHash.Reveal() != foreign || account.User.Invited() {
			t.Errorf("stored %+v", account.User)
		}
		again, err := w.ImportUsers(t.Context(), shell, people[:1], w.now)
		w.must(err)
		if again[0].Outcome != directory.ImportPresent || len(w.fresh()) != 0 {
			t.Errorf("a second time: %+v", again)
		}
	})
}

func TestOnlyTheMachinesOwnShellImportsAndRecovers(t *testing.T) { // ABUSE 33
	inTown(t, func(t *testing.T, w *town) {
		for _, name := range []string{riley, olivia, tom} {
			people := []directory.NewUser{{PracticeID: practiceX, Username: "new@x.example", Name: "New", PasswordHash: idp.NewSecret(foreign)}}
			if _, err := w.ImportUsers(t.Context(), by(name), people, w.now); idp.CodeOf(err) != idp.CodeForbidden {
				t.Errorf("%s imports: %v", name, err)
			}
			r := directory.Recovery{Username: "riley@example.com", Anybody: true, Enable: true}
			if given, err := w.RecoverUser(t.Context(), by(name), r, w.now); idp.CodeOf(err) != idp.CodeForbidden || !given.Link.IsZero() {
				t.Errorf("%s recovers: %v", name, err)
			}
			if made, err := w.RecoverEnrolment(t.Context(), by(name), r, w.now); idp.CodeOf(err) != idp.CodeForbidden || !made.Code.IsZero() {
				t.Errorf("%s makes a code: %v", name, err)
			}
		}
		for _, e := range w.fresh() {
			if e.Result != idp.ResultFailure {
				t.Errorf("event %+v", e)
			}
		}
		if _, err := w.store.FindAccountByUsername(t.Context(), "new@x.example"); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("imported: %v", err)
		}
	})
}

func TestTogetherAllOrNothing(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		half := func(s *directory.Directory) error {
			name := "Renamed"
			if _, err := s.People.UpdateUser(t.Context(), shell, "usr_tom", directory.UserEdit{Version: 1, Name: &name}, w.now); err != nil {
				return err
			}
			return s.People.DisableUser(t.Context(), shell, "usr_bob", w.now) // the last one who manages y
		}
		if err := w.Together(t.Context(), half); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("the second command: %v", err)
		}
		if got := w.account(tom).User; got.Name != tom || got.Version != 1 || len(w.fresh()) != 0 {
			t.Errorf("the first one stayed: %+v", got)
		}
		whole := func(s *directory.Directory) error {
			if err := s.People.DisableUser(t.Context(), shell, "usr_tom", w.now); err != nil {
				return err
			}
			return s.People.EnableUser(t.Context(), shell, "usr_tom", w.now)
		}
		w.must(w.Together(t.Context(), whole))
		kinds := map[idp.EventType]int{}
		for _, e := range w.fresh() {
			kinds[e.Type]++
		}
		if kinds[idp.EventUserDisabled] != 1 || kinds[idp.EventUserEnabled] != 1 || w.account(tom).User.State != idp.UserActive {
			t.Errorf("events %v", kinds)
		}
	})
}

// That an address was proved is believed of an import only, and the trail says so; a change of the address takes it away again.
func TestOnlyAnImportSaysThatAnAddressWasProved(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		n := directory.NewUser{PracticeID: practiceX, Username: "proved@x.example", Name: "Proved", EmailVerified: true}
		for name, caller := range map[string]directory.Caller{"a manager": by(uma), "APS": by(riley), "the shell": shell} {
			var known *idp.Error
			if _, err := w.CreateUser(t.Context(), caller, n, w.now); !errors.As(err, &known) || known.Field != "email_verified" {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.fresh()
		plain := n
		plain.Username, plain.EmailVerified = "plain@x.example", false
		_, err := w.ImportUsers(t.Context(), shell, []directory.NewUser{n, plain}, w.now)
		w.must(err)
		said := map[string]string{}
		for _, e := range w.fresh() {
			said[e.Details["username"]] = e.Details["email_verified"]
		}
		if diff := cmp.Diff(map[string]string{"proved@x.example": "true", "plain@x.example": ""}, said); diff != "" {
			t.Error(diff)
		}
		proved, err := w.store.FindAccountByUsername(t.Context(), n.Username)
		w.must(err)
		if user := proved.User; !policy.MailboxProved(user) || policy.MailboxProved(policy.Rename(user, idp.Actor{Kind: idp.ActorSystem}, w.now.Add(1))) {
			t.Errorf("proved %s", user.EmailVerifiedAt)
		}
		other, err := w.store.FindAccountByUsername(t.Context(), plain.Username)
		w.must(err)
		if policy.MailboxProved(other.User) {
			t.Errorf("proved without the mark: %s", other.User.EmailVerifiedAt)
		}
	})
}
