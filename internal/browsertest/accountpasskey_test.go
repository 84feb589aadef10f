package browsertest_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/browsertest"
)

// passkeyPages are those of passkeys in Your account; each has to be looked at.
func passkeyPages() []string {
	return []string{
		"account-passkey-choose", "account-passkey", "account-passkey-already", "account-passkey-wrong", "account-passkey-name",
		"account-passkey-list", "account-passkey-second", "account-passkey-default", "account-passkey-remove", "account-passkey-lacking",
		"manage-passkey", "support-passkey",
	}
}

func TestPasskeysInYourAccount(t *testing.T) {
	t.Parallel()
	chrome, inspector := browsertest.Start(t), browsertest.NewInspector(t)
	for _, one := range []struct {
		scenario
		open func(*testing.T) *site
	}{
		{scenario{"on embedded stores", scenarioOwnPasskeys}, named},
		{scenario{"on Postgres and Redis", scenarioOwnPasskeys}, namedServers},
		{scenario{"by keyboard", scenarioPasskeyByKeyboard}, named},
	} {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: one.open(t), inspector: inspector, browser: with(chrome)})
		})
	}
	if t.Failed() {
		return
	}
	for _, page := range passkeyPages() {
		if !inspector.Seen()[page] {
			t.Errorf("nobody looked at the page %s", page)
		}
	}
}

// says waits until the page says this of the device.
func (v *visit) says(words string) {
	v.t.Helper()
	v.Await("it says "+words, `document.querySelector("[data-passkey-status]").textContent.includes("`+words+`")`)
}

func scenarioOwnPasskeys(t *testing.T, s *stage) {
	v := s.owner(t, "tom")
	laptop := v.Plug(browsertest.DeviceKind{Synced: true})
	v.Press("Manage ways to sign in")
	v.on("authenticators")
	v.Press("Add a way to sign in")
	v.on("authenticator-choose")
	v.look("account-passkey-choose")
	v.Choose("kind", "passkey")
	v.Press("Continue")
	v.on("authenticator-passkey")
	v.look("account-passkey")

	laptop.Recognises(false)
	v.Tap("Add a passkey")
	v.says("Nothing happened")
	equal(t, "passkeys of a device that did not know its person", len(laptop.Passkeys()), 0)
	laptop.Recognises(true)
	v.Press("Add a passkey")
	v.on("authenticator-rename")
	equal(t, "the name it has already", v.Value("input[name=label]"), "Passkey")
	v.look("account-passkey-name")
	v.enter("label", "Work laptop", "Save")
	v.on("authenticators")
	v.has("Work laptop")
	v.has("Passkey, synced")
	v.has("Chrome on Linux")
	v.look("account-passkey-list")
	s.awaitEmail(t, v.who.Username, "a passkey")
	equal(t, "passkeys of the device", len(laptop.Passkeys()), 1)

	// The device is not registered twice, and says why.
	v.Open(s.Issuer + "/account/authenticators/new/passkey")
	v.Tap("Add a passkey")
	v.says("already")
	v.look("account-passkey-already")
	equal(t, "passkeys of the device", len(laptop.Passkeys()), 1)
	v.Script(`const form = document.querySelector("[data-passkey]"); form.elements.credential.value = "{}"; form.requestSubmit()`)
	v.Await("it is refused", `document.querySelector("#alert")?.textContent.includes("did not work here")`)
	v.look("account-passkey-wrong")
	laptop.Unplug()

	// One is a reason to add another, and no more than that.
	v.Open(s.Issuer + "/account")
	v.has("Add a second passkey")
	v.look("account-passkey-second")
	key := v.Plug(browsertest.DeviceKind{Key: true})
	v.Press("Add a passkey")
	v.on("authenticator-passkey")
	v.Press("Add a passkey")
	v.on("authenticator-rename")
	equal(t, "a key is called so", v.Value("input[name=label]"), "Security key")
	v.Press("Keep this name")
	v.on("authenticators")
	v.has("Passkey, this device only")
	equal(t, "passkeys of the key", len(key.Passkeys()), 1)
	v.Open(s.Issuer + "/account")
	equal(t, "a third one is asked for", v.Holds(`document.body.textContent.includes("Add a second passkey")`), false)

	olivia := s.manager(t, "olivia")
	olivia.Open(s.Issuer + "/manage?search=tom")
	olivia.Tap("Tom Okafor")
	olivia.Await("the drawer", `document.querySelector(".drawer-body")?.textContent.includes("Work laptop")`)
	olivia.has("Passkey, synced")
	olivia.look("manage-passkey")

	v.Open(s.Issuer + "/account/authenticators")
	v.Press("Make default Work laptop")
	v.on("authenticator-default")
	v.look("account-passkey-default")
	v.Press("Make default")
	v.on("authenticators")
	v.Press("Remove Work laptop")
	v.on("authenticator-remove")
	v.look("account-passkey-remove")
	v.Press("Remove")
	v.on("authenticators")
	equal(t, "ways that are left", v.Count("table.list tbody tr"), 2)
	equal(t, "what the browser is told", v.Holds(`JSON.parse(document.querySelector("[data-passkey-accepted]").dataset.passkeyAccepted).allAcceptedCredentialIds.length === 1`), true)
	s.awaitEmail(t, v.who.Username, "removed")

	// What was added opens an app, and is asked for first.
	v.begin(timesheets)
	v.password(v.who.Password)
	v.on("passkey")
	v.Press("Continue")
	v.signedIn(timesheets, "urn:aps:acr:phr", "pwd", "hwk", "user", "mfa")
}

// scenarioPasskeyByKeyboard adds one without a pointer, with scripts that come late and move nothing; it shows what a browser without
// passkeys is told, and the support desk.
func scenarioPasskeyByKeyboard(t *testing.T, s *stage) {
	v := s.owner(t, "tom")
	device := v.Plug(browsertest.DeviceKind{})
	v.Open(s.Issuer + "/account/authenticators/new")
	v.on("authenticator-choose")
	v.tabTo("the passkey", `a.id === "kind-passkey"`)
	v.Keys(" ")
	v.AwaitPage("the page of the passkey", func() { v.Keys("\r") })
	v.on("authenticator-passkey")
	v.tabTo("the button", `a.matches("[data-passkey] button.main")`)
	v.AwaitPage("its name", func() { v.Keys("\r") })
	v.on("authenticator-rename")
	equal(t, "passkeys of the device", len(device.Passkeys()), 1)
	v.tabTo("the name", `a.id === "label"`)
	v.Keys("Phone of mine") // in the place of what stands there
	v.AwaitPage("the list", func() { v.Keys("\r") })
	v.on("authenticators")
	v.has("of mine")

	v.Late()
	for _, wide := range []int64{1280, 390, 320} {
		v.Screen(wide, 844)
		v.Open(s.Issuer + "/account/authenticators/new/passkey")
		v.Await("the scripts have come", `performance.getEntriesByType("navigation")[0].loadEventEnd > 0`)
		equal(t, "what is offered is there", v.Holds(`document.querySelector("[data-passkey-needs]").checkVisibility({visibilityProperty: true})`), true)
		v.Script(`const moved = [];
			new PerformanceObserver(list => moved.push(...list.getEntries())).observe({type: "layout-shift", buffered: true});
			await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
			const found = Object.assign(document.createElement("input"), {id: "moved", hidden: true});
			document.body.append(found);
			found.value = moved.filter(e => e.value >= 0.001).flatMap(e => e.sources.map(s => s.node?.outerHTML ?? "?")).join(" ")`)
		equal(t, "what moved", v.Value("#moved"), "")
	}
	v.Screen(1280, 900)

	v.Open(s.Issuer + "/account/authenticators/new/passkey")
	v.Script(`delete window.PublicKeyCredential; const late = document.createElement("script"); late.src = document.querySelector("script[src*=passkey]").src;
		await new Promise(done => { late.onload = done; document.body.append(late); })`)
	v.has("Your browser can’t add a passkey here")
	equal(t, "what is not there is offered", v.Holds(`document.querySelector("[data-passkey-needs]").checkVisibility({visibilityProperty: true})`), false)
	v.look("account-passkey-lacking")

	riley := s.staff(t, "riley")
	riley.Open(s.Issuer + "/support/people?email=tom")
	riley.has("Passkey, this device only")
	riley.look("support-passkey")
}

// Without scripts the page says so, and leads to the other ways, which work.
func TestPasskeysWithoutScripts(t *testing.T) {
	t.Parallel()
	s := &stage{site: named(t), browser: with(browsertest.Start(t), browsertest.WithoutScripts())}
	v := s.owner(t, "tom")
	v.Open(s.Issuer + "/account/authenticators/new")
	v.Choose("kind", "passkey")
	v.Press("Continue")
	v.on("authenticator-passkey")
	v.has("Your browser can’t add a passkey here")
	equal(t, "a button that can't work", v.Holds(`document.querySelector("[data-passkey] button.main").checkVisibility()`), false)
	v.Press("Choose another way")
	v.on("authenticator-choose")
	v.Choose("kind", "totp")
	v.Press("Continue")
	v.on("authenticator-totp")
}
