package browsertest_test

import (
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/browsertest"
)

// passkeyScenarios are played where browsers use passkeys: at an address with a name.
func passkeyScenarios() []scenario {
	return []scenario{
		{"set up a passkey and sign in with it", scenarioPasskey},
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
	second.Take(device.Passkeys()[0]) // by now the browser has looked for what it could offer
	other.Press("Sign in with a passkey")
	other.signedIn(timesheets, phr, "hwk", "user", "mfa")
}
