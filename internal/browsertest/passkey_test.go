package browsertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

// passkeyScenarios are played where browsers use passkeys: at an address with a name.
func passkeyScenarios() []scenario {
	return []scenario{
		{"set up a passkey and sign in with it", scenarioPasskey},
		{"lost, and set up again", scenarioLostPasskey},
		{"a practice needs passkeys", scenarioNeededPasskeys},
		{"a passkey instead of text messages", scenarioOfferedPasskey},
		{"a passkey by keyboard", scenarioPasskeyInSignInByKeyboard},
	}
}

func TestPasskeysOnEmbeddedStores(t *testing.T) {
	t.Parallel()
	chrome, inspector := browsertest.Start(t), browsertest.NewInspector(t)
	for _, one := range passkeyScenarios() {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: named(t), inspector: inspector, browser: with(chrome)})
		})
	}
}

func TestPasskeysOnPostgresAndRedis(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	for _, one := range passkeyScenarios() {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: namedServers(t), browser: with(chrome)})
		})
	}
}

const phr = "urn:aps:acr:phr"

// scenarioPasskey: set up as the first one, used after the password at another app, and then by itself.
func scenarioPasskey(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "mia"))
	device := v.Plug(browsertest.DeviceKind{})
	v.begin(timesheets)
	if !strings.HasPrefix(v.URL(), "http://localhost:") {
		t.Fatalf("the sign-in is at %s", v.URL())
	}
	v.look("password-with-passkeys")
	v.password(v.who.Password)
	v.look("choose-with-passkeys")
	v.choose("passkey")
	v.on("passkey-setup")
	v.look("passkey-setup")
	v.Press("Continue")
	equal(t, "passkeys of the device", len(device.Passkeys()), 1)
	v.pin(goodPIN, goodPIN)
	v.signedIn(timesheets, phr, "pwd", "hwk", "user", "mfa")

	device.Agrees(false) // to what the first page offers
	v.begin(contacts)
	v.password(v.who.Password)
	v.on("passkey")
	v.look("passkey")
	device.Agrees(true)
	v.Press("Continue")
	v.signedIn(contacts, phr, "pwd", "hwk", "user", "mfa")

	other := s.visit(t, v.who)
	second := other.Plug(browsertest.DeviceKind{})
	other.begin(timesheets)
	other.on("password")
	second.AwaitAsked()
	second.Take(device.Passkeys()[0]) // the browser has looked for what it could offer
	other.Press("Sign in with a passkey")
	other.signedIn(timesheets, phr, "hwk", "user", "mfa")
}

// scenarioLostPasskey: without the device another way is there, or the recovery PIN, and then a passkey of another device.
func scenarioLostPasskey(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "mia"))
	lost := v.Plug(browsertest.DeviceKind{})
	v.begin(timesheets)
	v.password(v.who.Password)
	v.choose("passkey")
	v.on("passkey-setup")
	v.Press("Continue")
	v.pin(goodPIN, goodPIN)
	v.signedIn(timesheets, phr, "pwd", "hwk", "user", "mfa")
	lost.Unplug()

	other := s.visit(t, v.who)
	found := other.Plug(browsertest.DeviceKind{Synced: true})
	other.begin(contacts)
	other.password(v.who.Password)
	other.on("passkey")
	other.Act("lost-device")
	other.on("recover")
	other.enter("pin", goodPIN, "Continue")
	other.on("revoke")
	other.Press("Revoke MFA")
	other.choose("passkey")
	other.on("passkey-setup")
	other.Press("Continue")
	equal(t, "passkeys of the new device", len(found.Passkeys()), 1)
	other.pin("730152", "730152")
	other.signedIn(contacts, phr, "pwd", "swk", "user", "mfa")
	v.signInAgain(timesheets) // what was signed in before is not any more
	v.on("password")
}

// scenarioNeededPasskeys: from the day on a code opens nothing; an administrator's code leads to the first passkey, once.
func scenarioNeededPasskeys(t *testing.T, s *stage) {
	mia := s.visit(t, s.user(t, "mia"))
	mia.who.TOTPKey = enrolTOTP(t, mia)

	olivia := s.owner(t, "olivia")
	hers := olivia.Plug(browsertest.DeviceKind{})
	olivia.Open(s.Issuer + "/account/authenticators/new/passkey")
	olivia.Press("Add a passkey")
	olivia.on("authenticator-rename")
	hers.Agrees(false)
	olivia.Open(s.Issuer + "/manage/passkeys")
	olivia.provePasskey(hers)
	olivia.on("passkeys")
	olivia.look("manage-passkeys")
	olivia.Script(`document.querySelector("input[name=phishing_resistance_from]").value = "` + s.clock.Now().Format("2006-01-02") + `"`)
	olivia.Press("Save")
	olivia.on("mfa")
	olivia.look("manage-mfa-passkeys")

	v := s.visit(t, mia.who)
	device := v.Plug(browsertest.DeviceKind{})
	device.Agrees(false)
	s.clock.Advance(time.Minute)
	v.begin(timesheets)
	v.password(v.who.Password)
	v.code(browsertest.TOTPCode(t, mia.who.TOTPKey, s.clock.Now()), "Continue")
	v.on("enrolment-code")
	v.look("enrolment-code")
	v.enter("code", "7K3M-Q2XW-9RTD", "Continue")
	v.refused("enrolment-code", "code")
	v.look("enrolment-code-wrong")

	olivia.Open(s.Issuer + "/manage?search=mia")
	olivia.Tap(mia.who.Name)
	olivia.Await("the drawer is open", `document.querySelector(".drawer")`)
	olivia.Script(`document.querySelector(".drawer details.menu").open = true`)
	olivia.Press("Give an enrolment code")
	olivia.on("create-enrolment-code")
	olivia.look("manage-enrolment")
	olivia.Press("Make a code")
	olivia.on("enrolment-code")
	olivia.look("manage-enrolment-code")
	code := olivia.Value("#enrolment-code")

	device.Agrees(true)
	v.enter("code", strings.ToLower(code), "Continue")
	v.on("passkey-setup")
	v.Press("Continue")
	v.signedIn(timesheets, phr, "pwd", "hwk", "user", "mfa")
	s.awaitEmail(t, mia.who.Username, "a code to add a passkey")
}

// scenarioOfferedPasskey: who has just waited for a text message is offered a passkey, and has to wait for none any more.
func scenarioOfferedPasskey(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "mia"))
	device := v.Plug(browsertest.DeviceKind{})
	device.Agrees(false)
	v.begin(timesheets)
	v.password(v.who.Password)
	v.choose("sms")
	v.on("sms-setup")
	v.enter("phone", miaTypes, "Continue")
	v.on("sms-verify")
	v.code(s.code(t, miaNumber), "Verify")
	v.pin(goodPIN, goodPIN)
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "sms", "mfa") // nobody is offered more than they have just set up

	v.begin(contacts)
	v.password(v.who.Password)
	v.on("sms")
	v.code(s.code(t, miaNumber), "Verify")
	v.on("offer-passkey")
	v.look("offer-passkey")
	v.Press("Set up a passkey")
	v.on("passkey-setup")
	v.Act("back")
	v.on("offer-passkey")
	v.Press("Set up a passkey")
	v.on("passkey-setup")
	device.Agrees(true)
	v.Press("Continue")
	v.signedIn(contacts, phr, "pwd", "hwk", "user", "mfa")
	equal(t, "passkeys of the device", len(device.Passkeys()), 1)
}

// scenarioPasskeyInSignInByKeyboard sets one up and signs in with it without a pointer, on pages whose scripts come late and move nothing. A
// device that says no is told to who can't see it, and leaves the focus where it was.
func scenarioPasskeyInSignInByKeyboard(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "mia"))
	device := v.Plug(browsertest.DeviceKind{})
	device.Agrees(false)
	v.Late()
	v.begin(timesheets)
	v.still("password")
	v.typePassword()
	v.arrive("choose")
	v.still("choose")
	v.tabTo("the passkey", `a.id === "kind-passkey"`)
	v.Keys(" ")
	v.Keys("\r")
	v.arrive("passkey-setup")
	v.still("passkey-setup")
	device.Agrees(true)
	device.Recognises(false)
	v.Script(`const create = navigator.credentials.create.bind(navigator.credentials); // a person takes longer than until the next frame
		navigator.credentials.create = async what => { await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))); return create(what) }`)
	v.tabTo("the button", `a.matches("[data-passkey] button.main")`)
	v.Keys("\r")
	v.Await("it says that nothing happened", `document.querySelector("[data-passkey-status][role=status]").textContent.includes("Nothing happened")`)
	equal(t, "the focus is where it was", v.Holds(`document.activeElement.matches("[data-passkey] button.main")`), true)
	v.look("passkey-setup-refused")
	device.Recognises(true)
	v.tabTo("the button", `a.matches("[data-passkey] button.main")`)
	v.Keys("\r")
	v.arrive("recovery-pin")
	equal(t, "passkeys of the device", len(device.Passkeys()), 1)
	v.pin(goodPIN, goodPIN)
	v.signedIn(timesheets, phr, "pwd", "hwk", "user", "mfa")

	device.Agrees(false)
	v.begin(contacts)
	v.typePassword()
	v.arrive("passkey")
	v.still("passkey")
	device.Agrees(true)
	v.tabTo("the button", `a.matches("[data-passkey] button.main")`)
	v.AwaitPage("the app", func() { v.Keys("\r") })
	v.signedIn(contacts, phr, "pwd", "hwk", "user", "mfa")
}

// typePassword signs in by keyboard as far as the password goes.
func (v *visit) typePassword() {
	v.t.Helper()
	v.on("password")
	v.tabTo("the user name", `a.name === "username"`)
	v.Keys(v.who.Username)
	v.tabTo("the password", `a.name === "password"`)
	v.Keys(v.who.Password + "\r")
}

// provePasskey is prove of a person who has a passkey, which their device gives when it is asked for.
func (v *visit) provePasskey(device *browsertest.Device) {
	v.t.Helper()
	v.password(v.who.Password)
	v.on("passkey")
	device.Agrees(true)
	v.Press("Continue")
	device.Agrees(false)
}
