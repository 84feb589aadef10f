package browsertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

// accountPages are the pages of Your account and of the links in e-mails; each has to be looked at.
func accountPages() []string {
	return []string{
		"account", "account-without-mfa", "account-password", "account-password-error", "account-authenticators", "account-choose",
		"account-choose-error", "account-app", "account-app-error", "account-number", "account-number-error", "account-verify", "account-rename",
		"account-remove", "account-remove-last", "account-pin", "account-pin-error", "account-sessions", "account-activity", "account-stale",
		"totp-another-way", "sms-another-way", "account-forgot", "account-forgot-error", "account-forgot-sent", "link-password-reset",
		"link-password-reset-error", "link-password-reset-done", "link-over", "notice-locked-password", "account-unlock", "link-unlock",
		"link-unlock-done", "link-invite", "link-invite-done", "link-not-me", "link-not-me-done", "account-password-done",
		"manage-person-changed", "manage-resend-confirmation", "link-confirm", "link-confirm-done",
	}
}

func TestYourAccount(t *testing.T) {
	t.Parallel()
	chrome, inspector := browsertest.Start(t), browsertest.NewInspector(t)
	for _, one := range []scenario{
		{"a new phone", scenarioNewPhone},
		{"password, PIN and sessions", scenarioAccountPages},
		{"forgotten password", scenarioForgottenPassword},
		{"unlock by email", scenarioUnlockByEmail},
		{"an invitation", scenarioInvitation},
		{"this wasn’t me", scenarioNotMe},
		{"a new address", scenarioNewAddress},
	} {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: embedded(t), inspector: inspector, browser: with(chrome)})
		})
	}
	if t.Failed() {
		return
	}
	for _, page := range accountPages() {
		if !inspector.Seen()[page] {
			t.Errorf("nobody looked at the page %s", page)
		}
	}
}

// TestYourAccountWithoutScripts changes phones and gets back in with nothing but links and forms.
func TestYourAccountWithoutScripts(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	for _, play := range []func(*testing.T, *stage){scenarioNewPhone, scenarioForgottenPassword, scenarioNewAddress} {
		play(t, &stage{site: embedded(t), browser: with(chrome, browsertest.WithoutScripts())})
	}
}

// owner opens Your account and signs in there.
func (s *stage) owner(t *testing.T, name string) *visit {
	t.Helper()
	v := s.visit(t, s.user(t, name))
	v.Open(s.Issuer + "/account")
	v.password(v.who.Password)
	if v.Step() == "totp" {
		v.code(browsertest.TOTPCode(t, v.who.TOTPKey, s.clock.Now()), "Continue")
	}
	v.on("account")
	return v
}

// The safe order: add the new phone, sign in with it, and only then remove the old one.
func scenarioNewPhone(t *testing.T, s *stage) {
	v := s.owner(t, "tom")
	v.look("account")
	v.Press("Manage ways to sign in")
	v.on("authenticators")
	v.has("Keep the old one until the new one works")
	v.look("account-authenticators")
	v.Press("Remove Authenticator app")
	v.on("authenticator-remove")
	v.Press("Remove")
	equal(t, "status of removing the last one", v.Status(), int64(403))
	v.look("account-remove-last")
	v.Press("Cancel")
	v.Press("Add a way to sign in")
	v.on("authenticator-choose")
	v.look("account-choose")
	v.Press("Continue")
	equal(t, "status of no choice", v.Status(), int64(422))
	v.look("account-choose-error")
	v.Choose("kind", "totp")
	v.Press("Continue")
	v.on("authenticator-totp")
	key := v.TOTPKey()
	v.look("account-app")
	v.Reload()
	equal(t, "key after a reload", v.TOTPKey(), key) // ABUSE 25
	v.Fill("label", "New phone")
	v.enter("code", "000000", "Add")
	v.refused("authenticator-totp", "code")
	equal(t, "name that was typed", v.Value("input[name=label]"), "New phone")
	equal(t, "key after a wrong code", v.TOTPKey(), key)
	v.look("account-app-error")
	v.code(browsertest.TOTPCode(t, key, s.clock.Now()), "Add")
	v.on("authenticators")
	v.has("New phone")
	s.awaitEmail(t, v.who.Username, "New phone") // ABUSE 30

	// A number too: then the sign-in offers another way.
	v.Press("Add a way to sign in")
	v.Choose("kind", "sms")
	v.Press("Continue")
	v.on("authenticator-sms")
	v.look("account-number")
	v.Fill("country", "AU")
	v.enter("phone", "02 9999 9999", "Text me a code")
	v.refused("authenticator-sms", "phone")
	v.look("account-number-error")
	v.enter("phone", "0491 570 157", "Text me a code")
	v.on("authenticator-sms-verify")
	v.look("account-verify")
	v.code(s.code(t, "+61491570157"), "Add")
	v.on("authenticators")
	v.has("Mobile ••• 157")

	s.clock.Advance(time.Minute)
	again := s.visit(t, v.who)
	again.Open(s.Issuer + "/account/authenticators")
	again.password(again.who.Password)
	again.on("totp")
	again.look("totp-another-way")
	again.Act("other")
	again.on("sms")
	again.look("sms-another-way")
	again.Act("other")
	again.code(browsertest.TOTPCode(t, key, s.clock.Now()), "Continue")
	again.on("authenticators")
	again.Press("Rename New phone")
	again.on("authenticator-rename")
	again.look("account-rename")
	again.enter("label", "Phone", "Save")
	again.on("authenticators")
	again.Press("Remove Authenticator app")
	again.on("authenticator-remove")
	again.look("account-remove")
	again.Press("Remove")
	again.on("authenticators")
	equal(t, "ways to get codes", again.Count("table.list tbody tr"), 2)
}

func scenarioAccountPages(t *testing.T, s *stage) {
	aroha := s.owner(t, "aroha")
	aroha.look("account-without-mfa")

	v := s.owner(t, "tom")
	v.Press("See sessions and sign out")
	v.on("sessions")
	v.has("This one")
	v.look("account-sessions")
	v.Press("Activity")
	v.on("activity")
	v.has("Signed in")
	v.look("account-activity")
	v.Open(s.Issuer + "/account/pin")
	v.on("pin-change")
	v.look("account-pin")
	v.Fill("pin", "123456")
	v.enter("pin_confirm", "123456", "Save the PIN")
	v.refused("pin-change", "pin")
	v.look("account-pin-error")
	v.Fill("pin", goodPIN)
	v.enter("pin_confirm", goodPIN, "Save the PIN")
	v.on("account")
	v.has("Your recovery PIN is set")

	// While a form lies open its proofs become too old; activity in another tab keeps the session.
	v.Open(s.Issuer + "/account/password")
	v.on("password-change")
	v.look("account-password")
	v.Fill("current_password", v.who.Password)
	v.Fill("new_password", "granite-window-harbour-9")
	s.clock.Advance(10 * time.Minute)
	v.Script(`await fetch("/account/activity")`)
	s.clock.Advance(6 * time.Minute)
	v.Press("Change password")
	v.on("password-change")
	equal(t, "status with old proofs", v.Status(), int64(403))
	v.look("account-stale")
	tab := v.Follow("Confirm who you are (opens in a new tab)")
	equal(t, "the new tab", tab.Step(), "password")
}

func scenarioForgottenPassword(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "tom"))
	v.begin(timesheets)
	v.on("password")
	v.Press("Forgot your password?")
	v.on("forgot")
	v.look("account-forgot")
	v.enter("username", "tom", "Send the link")
	v.refused("forgot", "username")
	v.look("account-forgot-error")
	v.enter("username", v.who.Username, "Send the link")
	v.on("done-forgot")
	v.look("account-forgot-sent")
	link := s.link(t, v.who.Username, "new password")
	v.Open(link)
	v.on("link-password_reset")
	v.look("link-password-reset")
	v.enter("new_password", "short", "Save the password")
	v.refused("link-password_reset", "new_password")
	v.look("link-password-reset-error")
	const fresh = "granite-window-harbour-9"
	v.enter("new_password", fresh, "Save the password")
	v.on("done-password_reset")
	v.look("link-password-reset-done")
	v.Open(link)
	v.on("link-over")
	v.look("link-over")
	v.begin(timesheets)
	v.password(fresh)
	v.on("totp") // ABUSE 24
	v.code(browsertest.TOTPCode(t, v.who.TOTPKey, s.clock.Now()), "Continue")
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
}

func scenarioUnlockByEmail(t *testing.T, s *stage) {
	tom := s.user(t, "tom")
	for range 5 { // ABUSE 18: an attacker who knows the address and nothing else
		attacker := s.visit(t, tom)
		attacker.Open(s.Issuer + "/account")
		attacker.password("a wrong password")
	}
	v := s.visit(t, tom)
	v.Open(s.Issuer + "/account")
	v.password(tom.Password)
	v.on("notice")
	v.look("notice-locked-password")
	v.Press("Unlock it by email")
	v.on("unlock")
	v.look("account-unlock")
	v.enter("username", tom.Username, "Send the link")
	v.on("done-unlock-sent")
	v.Open(s.link(t, tom.Username, "paused"))
	v.on("link-unlock")
	v.look("link-unlock")
	v.Press("Unlock")
	v.on("done-unlock")
	v.look("link-unlock-done")
	v.Press("Sign in to your account")
	v.password(tom.Password)
	v.on("totp")
}

func scenarioInvitation(t *testing.T, s *stage) {
	olivia := s.manager(t, "olivia")
	olivia.Open(s.Issuer + "/manage/invite")
	olivia.Fill("name", "Zoë Park")
	olivia.enter("username", "zoe@harbourfinch.example", "Send the invitation")
	olivia.on("person")
	v := s.visit(t, user{Username: "zoe@harbourfinch.example"})
	v.Open(s.link(t, v.who.Username, "invited"))
	v.on("link-invite")
	v.has("Harbour & Finch")
	v.look("link-invite")
	const fresh = "granite-window-harbour-9"
	v.enter("new_password", fresh, "Save the password")
	v.on("done-invite")
	v.look("link-invite-done")
	v.Press("Continue")
	v.password(fresh)
	v.choose("totp")
	v.code(browsertest.TOTPCode(t, v.TOTPKey(), s.clock.Now()), "Continue")
	v.pin(goodPIN, goodPIN)
	v.on("account")
	v.has("Zoë Park")
}

func scenarioNotMe(t *testing.T, s *stage) {
	thief := s.owner(t, "tom")
	const stolen = "granite-window-harbour-9"
	thief.Open(s.Issuer + "/account/password")
	thief.Fill("current_password", "not the password")
	thief.enter("new_password", stolen, "Change password")
	thief.refused("password-change", "current_password")
	thief.look("account-password-error")
	thief.Fill("current_password", thief.who.Password)
	thief.enter("new_password", stolen, "Change password")
	thief.on("done-password")
	thief.look("account-password-done")

	v := s.visit(t, thief.who)
	v.Open(s.link(t, v.who.Username, "was changed"))
	v.on("link-not_me")
	v.look("link-not-me")
	v.Press("This wasn’t me: freeze the account")
	v.on("done-not_me")
	v.look("link-not-me-done")
	thief.Open(s.Issuer + "/account")
	thief.password(stolen)
	thief.refused("password", "username")
	s.awaitEmail(t, "olivia@harbourfinch.example", "Tom Okafor")
}

// An administrator corrects an address, sends the confirming mail again, and its reader confirms the address without signing in.
func scenarioNewAddress(t *testing.T, s *stage) {
	const address = "thomas.okafor@harbourfinch.example"
	olivia := s.manager(t, "olivia")
	olivia.Tap("Tom Okafor")
	olivia.Await("Tom is shown", `document.querySelector(".drawer")`)
	person, query, _ := strings.Cut(olivia.URL(), "?")
	olivia.Open(person + "/edit?" + query)
	olivia.on("edit")
	olivia.enter("username", address, "Save")
	olivia.on("person")
	olivia.has("New address not confirmed yet")
	olivia.look("manage-person-changed")
	first := s.link(t, address, "confirm that this is your address")
	olivia.Open(person + "/resend-confirmation")
	olivia.on("resend-confirmation")
	olivia.look("manage-resend-confirmation")
	olivia.Press("Send the email")
	olivia.on("person")
	olivia.has("The email with the link is on its way.")

	v := s.visit(t, user{Username: address})
	second := first
	for until := time.Now().Add(20 * time.Second); second == first && time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		second = s.link(t, address, "confirm that this is your address")
	}
	v.Open(first)
	v.on("link-over")
	v.Open(second)
	v.on("link-confirm")
	v.has("Harbour & Finch")
	v.look("link-confirm")
	v.Press("Yes, this is my address")
	v.on("done-confirm")
	v.look("link-confirm-done")
	v.Press("Sign in to your account")
	v.on("password")
	olivia.Open(person)
	if strings.Contains(olivia.Text(), "not confirmed yet") {
		t.Errorf("the drawer still asks:\n%s", olivia.Text())
	}
}
