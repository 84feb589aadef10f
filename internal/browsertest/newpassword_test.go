package browsertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

// scenarioNewPassword has a person take another name, so that their password is made of it. The next day's sign-in asks for another
// one, and goes on to the app whether the person chooses one or not (ABUSE 56).
func scenarioNewPassword(t *testing.T, s *stage) {
	s.renamed(t, "olivia", "tom", "Battery Staple")
	s.clock.Advance(25 * time.Hour)
	v := s.visit(t, s.user(t, "tom"))
	enter := func() {
		v.begin(timesheets)
		v.password(v.who.Password)
		v.code(browsertest.TOTPCode(t, v.who.TOTPKey, s.clock.Now()), "Continue")
	}
	enter()
	v.on("new-password")
	v.has("That password is made of your name")
	v.look("new-password")
	v.Act("not-now")
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
	v.Press("Sign out")

	s.clock.Advance(25 * time.Hour)
	enter()
	v.on("new-password")
	v.enter("new_password", "seven77", "Save and continue")
	v.refused("new-password", "new_password")
	v.look("new-password-error")
	v.enter("new_password", "tussock-ferry-lantern-9", "Save and continue")
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
	s.awaitEmail(t, v.who.Username, "password")

	v.Press("Sign out")
	s.clock.Advance(25 * time.Hour)
	v.begin(timesheets)
	v.password(v.who.Password)
	v.refused("password", "password")
	v.who.Password = "tussock-ferry-lantern-9"
	v.password(v.who.Password)
	v.on("totp")
}

// scenarioNewPasswordByCode has the same happen where MFA is not required, to a person who has set it up: a code comes first.
func scenarioNewPasswordByCode(t *testing.T, s *stage) {
	aroha := s.manager(t, "aroha")
	who := user{Username: "ngaio@kaurilane.example", Password: "tussock-ferry-lantern-9", Name: "Ngaio Brown"}
	aroha.Open(s.Issuer + "/manage/invite")
	aroha.password(aroha.who.Password)
	aroha.setUp()
	aroha.on("invite")
	aroha.Fill("name", who.Name)
	aroha.Fill("username", who.Username)
	aroha.Press("Send the invitation")
	v := s.visit(t, who)
	v.Open(s.link(t, who.Username, "Choose your password"))
	v.enter("new_password", who.Password, "Save the password")
	v.Open(s.Issuer + "/account/authenticators")
	v.password(who.Password)
	v.Press("Set up security codes")
	v.Choose("kind", "totp")
	v.Press("Continue")
	v.who.TOTPKey = v.TOTPKey()
	v.code(browsertest.TOTPCode(t, v.who.TOTPKey, s.clock.Now()), "Add")
	v.on("authenticators")
	aroha.rename("ngaio", who.Name, "Ferry Lantern")

	s.clock.Advance(25 * time.Hour)
	v.begin(contacts)
	v.password(who.Password)
	v.on("new-password")
	v.look("new-password-code-first")
	v.Press("Choose a new password")
	v.on("totp")
	v.look("totp-back")
	v.Act("back")
	v.on("new-password")
	v.Act("not-now")
	v.signedIn(contacts, "urn:aps:acr:pwd", "pwd")
}

// renamed has a manager give a person another name.
func (s *stage) renamed(t *testing.T, manager, person, name string) {
	t.Helper()
	s.manager(t, manager).rename(person, s.user(t, person).Name, name)
}

// rename gives the person another name, on the pages of User Management+.
func (v *visit) rename(person, from, to string) {
	v.t.Helper()
	v.Open(v.stage.Issuer + "/manage?search=" + person)
	v.Tap(from)
	v.Await("the drawer is open", `document.querySelector(".drawer")`)
	v.Open(strings.SplitN(v.URL(), "?", 2)[0] + "/edit")
	v.Fill("name", to)
	v.Press("Save")
	v.has(to)
}
