package browsertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

// managePages are the pages of User Management+; each has to be looked at.
func managePages() []string {
	return []string{
		"manage-people", "manage-person", "manage-menu", "manage-nobody", "manage-reset-mfa", "manage-reset-mfa-error", "manage-invite",
		"manage-invite-error", "manage-edit", "manage-access", "manage-mfa", "manage-integrations", "manage-integration", "manage-activity",
		"manage-own-menu", "manage-people-names", "manage-person-names", "manage-disable-names", "manage-invite-summary", "account-names", "account-sheet",
		"account-end-all", "manage-batch", "manage-batch-result", "manage-import", "manage-import-check", "manage-import-run", "manage-mfa-off", "manage-mfa-requested", "manage-not-fresh", "manage-proved",
	}
}

func TestUserManagement(t *testing.T) {
	t.Parallel()
	chrome, inspector := browsertest.Start(t), browsertest.NewInspector(t)
	for _, one := range []scenario{
		{"the drawer and its menu by keyboard", scenarioDrawerByKeyboard},
		{"reset from the drawer", scenarioResetFromDrawer},
		{"a day by keyboard", scenarioDayByKeyboard},
		{"lists by keyboard", scenarioListsByKeyboard},
		{"the other pages", scenarioManagePages},
	} {
		t.Run(one.name, func(t *testing.T) {
			one.play(t, &stage{site: embedded(t), inspector: inspector, browser: with(chrome)})
		})
	}
	if t.Failed() {
		return
	}
	for _, page := range managePages() {
		if !inspector.Seen()[page] {
			t.Errorf("nobody looked at the page %s", page)
		}
	}
}

// TestUserManagementWithoutScripts resets a person with nothing but links and forms.
func TestUserManagementWithoutScripts(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	s := &stage{site: embedded(t), browser: with(chrome, browsertest.WithoutScripts())}
	v := s.manager(t, "olivia")
	v.Press("Tom Okafor")
	v.on("person")
	v.Open(v.URL() + "/reset-mfa")
	v.on("reset-mfa")
	v.Fill("reason", "Lost the phone, and rang from the number we know.")
	v.Press("Reset MFA")
	v.on("person")
	if !strings.Contains(v.Text(), "MFA is not set up.") {
		t.Errorf("Tom still has MFA:\n%s", v.Text())
	}
}

// manager opens User Management+ and signs in there, with the authenticator app that the demo's people have.
func (s *stage) manager(t *testing.T, name string) *visit {
	t.Helper()
	v := s.visit(t, s.user(t, name))
	v.Open(s.Issuer + "/manage")
	v.password(v.who.Password)
	if v.Step() == "totp" {
		v.code(browsertest.TOTPCode(t, v.who.TOTPKey, s.clock.Now()), "Continue")
	}
	v.on("people")
	return v
}

// focused is what has the focus, by its words.
func (v *visit) focused(words string) {
	v.t.Helper()
	v.Await("the focus is on "+words, `(document.activeElement?.textContent ?? "").replace(/\s+/g, " ").trim() === `+quoted(words))
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

func scenarioDrawerByKeyboard(t *testing.T, s *stage) {
	v := s.manager(t, "olivia")
	v.look("manage-people")
	list := v.URL()

	// Enter on a name opens the drawer without leaving the list, which does not move, and the focus moves in.
	const top = `scrollY + "/" + [...document.querySelectorAll(".list a.name")].find(a => a.textContent === "Tom Okafor").getBoundingClientRect().top`
	v.Script(`document.querySelector(".pane").style.paddingBlock = "60vh"; [...document.querySelectorAll(".list a.name")].find(a => a.textContent === "Tom Okafor").scrollIntoView({ block: "center" }); window.opened = scrollY; window.place = ` + top)
	v.Script(`window.stayed = true; [...document.querySelectorAll(".list a.name")].find(a => a.textContent === "Tom Okafor").focus({ preventScroll: true })`)
	v.Keys("\r")
	v.Await("the drawer has the focus", `document.activeElement?.id === "drawer" && document.querySelector("#drawer-name").textContent === "Tom Okafor"`)
	equal(t, "the list stayed", v.Holds("window.stayed"), true)
	v.Await("the list has not moved", `scrollY > 0 && window.place === `+top)
	if !strings.Contains(v.URL(), "/manage/users/usr_") {
		t.Errorf("the drawer has no address: %s", v.URL())
	}
	if !strings.HasPrefix(v.Title(), "Tom Okafor") {
		t.Errorf("title %q", v.Title())
	}
	v.look("manage-person")

	// The menu: Tab reaches it first, Enter opens it, arrows move, Escape closes it and gives the focus back.
	v.Script(`document.getElementById("drawer").focus()`)
	v.Keys("\t")
	v.focused("•••Actions for Tom Okafor")
	v.Keys("\r")
	v.Await("the menu is open", `document.querySelector(".drawer details.menu").open`)
	v.look("manage-menu")
	v.Keys(arrowDown)
	v.focused("Reset MFA")
	v.Keys(arrowUp)
	v.Await("the last item has the focus", `document.activeElement === [...document.querySelectorAll(".drawer .menu-items a")].at(-1)`)
	v.Keys(escape)
	v.focused("•••Actions for Tom Okafor")
	equal(t, "menu open", v.Holds(`document.querySelector(".drawer details.menu").open`), false)

	// Escape again closes the drawer, and the focus is back on the name in the list. Looking has resized the page, which moved it.
	v.Script(`scrollTo(0, window.opened); window.place = ` + top)
	v.Keys(escape)
	v.focused("Tom Okafor")
	equal(t, "drawers", v.Count(".drawer"), 0)
	v.Await("the list is where it was", `window.place === `+top)
	equal(t, "address", v.URL(), list)

	// The browser's own buttons work.
	v.Script(`history.back()`)
	v.Await("the drawer is back", `document.querySelector("#drawer-name")?.textContent === "Tom Okafor"`)
	v.Script(`history.back()`)
	v.Await("the drawer is gone", `!document.querySelector(".drawer") && location.href === `+quoted(list))

	v.Fill("search", "nobody of this name")
	v.Enter("search")
	v.look("manage-nobody")
	v.Open(list)
}

func scenarioResetFromDrawer(t *testing.T, s *stage) {
	v := s.manager(t, "olivia")
	v.Open(s.Issuer + "/manage?search=tom")
	v.Tap("Tom Okafor")
	v.Await("the drawer is open", `document.querySelector(".drawer")`)
	v.Script(`document.querySelector(".drawer details.menu").open = true`)
	v.Press("Reset MFA")
	v.on("reset-mfa")
	v.look("manage-reset-mfa")
	v.Press("Reset MFA")
	v.on("reset-mfa")
	equal(t, "status without a reason", v.Status(), int64(422))
	v.look("manage-reset-mfa-error")
	v.Fill("reason", `Rang from the number on file. <script>window.hurt = 1</script>`)
	v.Press("Reset MFA")
	v.on("person")
	if !strings.Contains(v.URL(), "search=tom") {
		t.Errorf("the list was not kept: %s", v.URL())
	}
	if !strings.Contains(v.Text(), "MFA was reset.") || !strings.Contains(v.Text(), "MFA is not set up.") {
		t.Errorf("not reset:\n%s", v.Text())
	}
	s.awaitEmail(t, "tom@harbourfinch.example", "reset")

	// Some minutes later the administrator has to prove who they are again.
	s.clock.Advance(11 * time.Minute)
	v.Open(s.Issuer + "/manage?search=sara")
	v.Tap("Sara Lindqvist")
	v.Await("the drawer is open", `document.querySelector(".drawer")`)
	v.Script(`document.querySelector(".drawer details.menu").open = true`)
	v.Press("Disable")
	v.password(v.who.Password)
	v.code(browsertest.TOTPCode(t, v.who.TOTPKey, s.clock.Now()), "Continue")
	v.on("disable")
}

func scenarioManagePages(t *testing.T, s *stage) {
	v := s.manager(t, "olivia")
	v.Open(s.Issuer + "/manage/invite")
	v.on("invite")
	v.look("manage-invite")
	v.Fill("name", "Ngaio Brown")
	v.Fill("username", "not an address")
	v.Press("Send the invitation")
	equal(t, "status", v.Status(), int64(422))
	v.look("manage-invite-error")
	v.Fill("username", "ngaio@harbourfinch.example")
	v.Press("Send the invitation")
	v.on("person")
	if !strings.Contains(v.Text(), "Invited") {
		t.Errorf("not invited:\n%s", v.Text())
	}
	s.awaitEmail(t, "ngaio@harbourfinch.example", "/account/link/")
	person := strings.SplitN(v.URL(), "?", 2)[0]
	v.Open(person + "/edit")
	v.look("manage-edit")
	v.Open(person + "/access")
	v.look("manage-access")
	v.Open(s.Issuer + "/manage/mfa")
	v.look("manage-mfa")
	v.Open(s.Issuer + "/manage/integrations")
	v.look("manage-integrations")
	v.Press("FuseSign")
	v.look("manage-integration")
	v.Open(s.Issuer + "/manage/activity")
	v.look("manage-activity")

	v.Open(s.Issuer + "/manage?search=olivia")
	v.Tap("Olivia Finch")
	v.Await("the drawer is open", `document.querySelector(".drawer")`)
	v.Script(`document.querySelector(".drawer details.menu").open = true`)
	v.look("manage-own-menu")

	v.Open(person + "/edit")
	v.Fill("name", "Ngaio Browne")
	s.clock.Advance(14 * time.Minute)
	v.Script(`await fetch("/manage")`) // the person is active in another tab
	s.clock.Advance(2 * time.Minute)
	v.Press("Save")
	equal(t, "status with old proofs", v.Status(), int64(403))
	equal(t, "what was typed", v.Value("input[name=name]"), "Ngaio Browne")
	v.look("manage-not-fresh")

	// The proofs are given in another tab; the form here is sent again as it stands.
	tab := &visit{Browser: v.Follow("Confirm who you are (opens a new tab)"), t: t, stage: s, who: v.who}
	tab.Await("the password is asked for", `document.querySelector("main[data-step=password]")`)
	tab.password(v.who.Password)
	tab.code(browsertest.TOTPCode(t, v.who.TOTPKey, s.clock.Now()), "Continue")
	tab.on("proved")
	tab.look("manage-proved")
	v.Press("Save")
	v.on("person")
	equal(t, "name", v.Value("#drawer-name"), "Ngaio Browne")

	aroha := s.manager(t, "aroha")
	aroha.Open(s.Issuer + "/manage/mfa")
	aroha.look("manage-mfa-off")
	aroha.Fill("note", "Any day after the 15th, please.")
	aroha.Press("Ask APS to turn MFA on")
	aroha.look("manage-mfa-requested")
}

// Keys that have no letter (chromedp's kb package).
const (
	arrowDown = "\u0301"
	arrowUp   = "\u0304"
	escape    = "\u001b"
)
