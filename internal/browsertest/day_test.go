package browsertest_test

import (
	"testing"
)

// tabTo presses Tab until what the condition says of the element a has the focus.
func (v *visit) tabTo(what, condition string) {
	v.t.Helper()
	for range 200 { // a page of fifty people has two stops for each
		if v.Holds(`(a => ` + condition + `)(document.activeElement)`) {
			return
		}
		v.Keys("\t")
	}
	v.t.Fatalf("Tab does not reach %s", what)
}

// arrive waits for a step that a key leads to.
func (v *visit) arrive(step string) {
	v.t.Helper()
	v.Await("the step is "+step, `document.readyState === "complete" && document.querySelector("main")?.dataset.step === `+quoted(step))
}

// scenarioDayByKeyboard reminds people and imports others with the keyboard alone.
func scenarioDayByKeyboard(t *testing.T, s *stage) {
	v := s.manager(t, "olivia")
	v.Hit("/")
	v.Await("the search has the focus, and the key is not written", `document.activeElement?.id === "search" && document.activeElement.value === ""`)
	v.Keys("mia\r")
	v.Await("Mia alone is listed", `document.querySelectorAll("[data-row]").length === 1`)
	v.tabTo("the tick of Mia", `a.name === "user" && a.labels !== undefined && a.getAttribute("aria-label") === "Choose Mia Chen"`)
	v.Keys(" ")
	v.Await("she is ticked", `document.querySelector("[data-ticked]").textContent === "1 ticked" && document.querySelector("th.pick input").checked`)
	v.tabTo("the action", `a.id === "action"`)
	v.Keys("Send a r")
	v.Await("the reminder is chosen", `document.getElementById("action").value === "remind-mfa"`)
	v.tabTo("Go", `a.matches("#batch button")`)
	v.Keys("\r")
	v.arrive("batch")
	v.look("manage-batch")
	v.tabTo("the button", `a.matches("button.main")`)
	v.Keys("\r")
	v.arrive("batch-result")
	v.has("The reminder was sent to 1 person.")
	v.look("manage-batch-result")
	s.awaitEmail(t, s.user(t, "mia").Username, "Olivia Finch")

	v.Open(s.Issuer + "/manage/import")
	v.look("manage-import")
	v.tabTo("the lines", `a.id === "pasted"`)
	v.Keys("Name,Email\rZoe Hall,zoe@harbourfinch.example\rCat,no-address")
	v.tabTo("the button", `a.textContent === "Check these lines"`)
	v.Keys("\r")
	v.arrive("import-check")
	v.look("manage-import-check")
	v.tabTo("Import", `a.textContent === "Import 1 person"`)
	v.Keys("\r")
	v.arrive("import-run")
	v.Await("the import is finished", `document.querySelector("h1").textContent === "The import is finished"`)
	v.look("manage-import-run")
	v.tabTo("the invitations", `a.textContent === "Send the invitations"`)
	v.Keys("\r")
	v.arrive("batch")
	v.tabTo("the button", `a.matches("button.main")`)
	v.Keys("\r")
	v.arrive("batch-result")
	s.awaitEmail(t, "zoe@harbourfinch.example", "Harbour & Finch")
}
