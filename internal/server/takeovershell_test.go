package server_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/apply"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/importer"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/testworld"
)

// byShell is who works at the machine's own shell.
func byShell() directory.Caller {
	return directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "shell:mallory"}}
}

// ABUSE 49: files find people by their user names, so neither apsid apply nor an import changes one: Tom under another address is another
// person, and a line with Tom's address and a password that somebody else chose changes nothing of him.
func TestFilesTakeNoAccount(t *testing.T) {
	onStores(t, func(t *testing.T, a *takeover) {
		before, people, practices := a.account(), a.d.Directory().People, a.d.Directory().Practices
		practice := string(before.Practice.ID)
		file := filepath.Join(t.TempDir(), "people.yaml")
		text := "people: [{username: " + takenAddress + ", name: Tom Okafor, practice: " + practice + "}]\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files, err := apply.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := apply.Compare(t.Context(), apply.Config{Caller: byShell(), Env: func(string) (string, bool) { return "", false }}, a.d.Directory(), a.d.Records(), files, a.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		var printed bytes.Buffer
		if err := plan.Print(&printed); err != nil || !strings.Contains(printed.String(), "1 to create, 0 to change, 0 to disable") {
			t.Fatalf("the plan: %v\n%s", err, printed.String())
		}
		if _, err := plan.Carry(t.Context(), a.clock.Now); err != nil {
			t.Fatal(err)
		}
		a.link(takenAddress, "Choose your password", 0) // an invitation
		other, err := a.d.Records().FindAccountByUsername(t.Context(), takenAddress)
		if err != nil || other.User.ID == a.id || len(other.Authenticators) > 0 {
			t.Errorf("at the attacker's address: %+v, %v", other, err)
		}

		const chosen = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
		counts, err := importer.Run(t.Context(), importer.Config{Format: importer.CSV, Practice: practice, Caller: byShell(), Clock: a.clock.Now}, people, practices,
			strings.NewReader("username,name,password_hash\n"+a.tom.Username+",Tom Okafor,"+chosen+"\n"))
		if err != nil || counts.Present != 1 || counts.Created != 0 {
			t.Errorf("the import: %+v, %v", counts, err)
		}
		after := a.account()
		if after.User.Version != before.User.Version || after.User.Username != a.tom.Username || !after.User.PasswordHash.Equal(before.User.PasswordHash.Reveal()) || len(after.Authenticators) != len(before.Authenticators) {
			t.Errorf("Tom's account was changed: %+v", after)
		}
	})
}

// ABUSE 49: the machine's own shell may change a user name and reset MFA, one after the other. The person is told of both, at the old
// address with a link that freezes the account, and the new address waits to be confirmed as after any change.
func TestTheShellIsHeardOf(t *testing.T) {
	onStores(t, func(t *testing.T, a *takeover) {
		people, address := a.d.Directory().People, takenAddress
		_, err := people.UpdateUser(t.Context(), byShell(), a.id, directory.UserEdit{Version: a.account().User.Version, Username: &address}, a.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		user := a.account().User
		if policy.AddressRests(user, a.clock.Now()) || policy.AddressConfirmed(user) {
			t.Errorf("after the shell's change: %+v", user)
		}
		a.confirm(a.link(takenAddress, askedToConfirm, 0))
		if err := people.ResetMFA(t.Context(), byShell(), a.id, "Asked for by telephone.", a.clock.Now()); err != nil {
			t.Errorf("resets MFA: %v", err)
		}
		if err := people.SendPasswordReset(t.Context(), byShell(), a.id, a.clock.Now()); err != nil {
			t.Errorf("mails a reset: %v", err)
		}
		v := testworld.NewVisitor(t, a.d.Manifest.Issuer)
		v.Get(a.link(takenAddress, "new password", 0)).OK(t, "link-password_reset")
		warning := a.link(a.tom.Username, "changed the user name of your account.*?Freeze the account", 0)
		v.Get(warning).OK(t, "link-not_me")
		v.Post(warning, map[string][]string{"purpose": {"not_me"}}).OK(t, "done-not_me")
		if p := v.Get(a.link(takenAddress, "new password", 0)); p.Step != "link-over" {
			t.Errorf("after the owner froze the account the attacker's link leads to %q", p.Step)
		}
	})
}
