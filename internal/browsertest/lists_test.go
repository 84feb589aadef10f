package browsertest_test

import (
	"fmt"
	"strings"
	"testing"
)

// Names as people have them: written from right to left, without spaces, and longer than a narrow screen.
const (
	arabicName = "محمد عبد الرحمن الحسيني بن عبد العزيز"
	hanName    = "歐陽娜娜司馬相如諸葛亮上官婉兒夏侯惇皇甫嵩尉遲恭公孫瓚令狐沖"
	longName   = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft Smith"
)

// scenarioListsByKeyboard sorts and pages the list of people, opens a person and copies from it, and is led through a form with two
// mistakes, with the keyboard alone. The people have names of every kind, and no page grows wider for them.
func scenarioListsByKeyboard(t *testing.T, s *stage) {
	v := s.manager(t, "olivia")
	v.Open(s.Issuer + "/manage/import")
	lines := []string{"Name,Email", arabicName + ",arabic@harbourfinch.example", hanName + ",han@harbourfinch.example", longName + ",long@harbourfinch.example"}
	for n := range 50 {
		lines = append(lines, fmt.Sprintf("Zed Person %02d,zed%02d@harbourfinch.example", n, n))
	}
	v.Fill("pasted", strings.Join(lines, "\n"))
	v.Press("Check these lines")
	v.Press("Import 53 people")
	v.Await("the import is finished", `document.querySelector("h1").textContent === "The import is finished"`)

	v.Open(s.Issuer + "/manage")
	order := func(name string) string {
		return `[...document.querySelectorAll("th[aria-sort]")].some(h => h.textContent.startsWith("Name") && h.getAttribute("aria-sort") === "` + name + `")`
	}
	v.Await("the names are sorted", order("ascending"))
	v.tabTo("the next page", `a.rel === "next"`)
	v.Keys("\r")
	v.Await("the second page", `document.querySelector("a[rel=prev]")`)
	v.tabTo("the heading", `a.matches("th a") && a.textContent.startsWith("Name")`)
	v.Keys("\r")
	v.Await("the names are sorted the other way", order("descending"))
	v.look("manage-people-names")

	v.tabTo("the search", `a.id === "search"`)
	v.Keys("Wolfe\r")
	v.Await("one is found", `document.querySelectorAll("[data-row]").length === 1`)
	v.tabTo("the name", `a.matches(".list a.name")`)
	v.Keys("\r")
	v.Await("the drawer has the focus", `document.activeElement?.id === "drawer"`)
	v.tabTo("the identifier", `a.getAttribute("aria-label") === "Copy the identifier"`)
	v.Keys("\r")
	v.Await("what was copied is said", `/Copied|Copying is not allowed/.test(document.activeElement.nextElementSibling?.textContent) && document.activeElement.nextElementSibling.getAttribute("role") === "status"`)
	v.look("manage-person-names")
	v.Keys(escape)
	v.focused(longName)

	namesOnThePages(t, s, v)

	v.Open(s.Issuer + "/manage/invite")
	v.tabTo("the button", `a.matches("button.main")`)
	v.Keys("\r")
	v.Await("the summary has the focus", `document.activeElement?.id === "alert" && document.activeElement.getAttribute("role") === "alert"`)
	equal(t, "alerts", v.Count("[role=alert]"), 1)
	if wrong := strings.Join(v.Invalid(), " "); wrong != "name username" {
		t.Errorf("wrong: %s", wrong)
	}
	v.look("manage-invite-summary")
	v.Keys("\t\t\r")
	v.Await("its second line leads to the second field", `document.activeElement?.id === "username"`)
}

// namesOnThePages gives a person a name of every kind, and looks at pages that show it.
func namesOnThePages(t *testing.T, s *stage, v *visit) {
	t.Helper()
	v.Open(s.Issuer + "/manage?search=tom")
	v.Tap("Tom Okafor")
	v.Await("the drawer is open", `document.querySelector(".drawer")`)
	person := strings.SplitN(v.URL(), "?", 2)[0]
	v.Open(person + "/edit")
	v.Fill("name", "Wolfeschlegelsteinhausenbergerdorffwelche "+arabicName)
	v.Press("Save")
	v.on("person")
	v.Open(person + "/disable")
	v.look("manage-disable-names")
	tom := s.owner(t, "tom")
	tom.look("account-names")
	tom.Open(s.Issuer + "/account/recovery-sheet")
	tom.look("account-sheet")
	tom.Open(s.Issuer + "/account/sessions/end")
	tom.look("account-end-all")
}

// scenarioTakeAwayByKeyboard takes an app from a practice, which signs people out, with the keyboard alone: not before it is confirmed.
func scenarioTakeAwayByKeyboard(t *testing.T, s *stage) {
	v := s.staff(t, "riley")
	v.Open(s.Issuer + "/support/people?email=o")
	v.look("support-people")
	v.Open(s.Issuer + "/support/practices?search=harbour")
	v.Press("Harbour & Finch Accounting")
	v.on("practice")
	practice := strings.SplitN(v.URL(), "?", 2)[0]
	take := `a.textContent === "Take away Lodgements"`
	v.tabTo("Take away", take)
	v.Keys("\r")
	v.arrive("remove-app")
	v.look("support-remove-app")
	v.Open(practice)
	equal(t, "the app is still there", v.Holds(`[...document.querySelectorAll("a")].some(a => `+take+`)`), true)
	v.tabTo("Take away", take)
	v.Keys("\r")
	v.arrive("remove-app")
	v.tabTo("the button", `a.matches("button.main")`)
	v.Keys("\r")
	v.arrive("practice")
	equal(t, "the app can be given again", v.Holds(`[...document.querySelectorAll("button")].some(b => b.textContent === "Enable Lodgements")`), true)

	v.Open(practice + "/activity")
	v.look("support-activity")
	v.Open(practice + "/mandatory")
	v.Fill("from", s.clock.Now().Format("2006-01-02"))
	v.Press("Save")
	v.look("support-mandatory-now")
}
