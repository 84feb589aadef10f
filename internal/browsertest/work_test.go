package browsertest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

const lodgements = "Lodgements"

// What a person types into the form of an app. The words stand nowhere else.
const (
	typedClient = "Quokka Island Ferries"
	typedNotes  = "Waiting for the second invoice"
)

// Conditions of an app's page, as its person sees it.
const (
	scripted = `document.documentElement.dataset.apsSession === "alive" && document.querySelector("[name=notes]")`
	dialog   = `document.querySelector("dialog#aps-session[open]")`
	warned   = dialog + `?.dataset.kind === "idle"`
	covered  = dialog + `?.dataset.kind === "ended"`
	bare     = `!` + dialog + ` && !document.documentElement.classList.contains("aps-covered")`
)

// work signs in to an app, at its form.
func (v *visit) work(name string) {
	v.t.Helper()
	v.Open(v.form(name))
	v.prove()
	v.atForm(name)
}

func (v *visit) form(name string) string {
	v.t.Helper()
	return strings.TrimSuffix(v.stage.app(v.t, name).URL, "/") + "/entry"
}

// atForm fails unless this is the app's form; it waits for its script, and until that knows of the session.
func (v *visit) atForm(name string) {
	v.t.Helper()
	equal(v.t, "address of the form", v.URL(), v.form(name))
	v.Await("the form and its script", scripted)
}

// write types into the form, the last field key by key, and returns when the last key was pressed.
func (v *visit) write() time.Time {
	v.t.Helper()
	v.Fill("client", typedClient)
	v.Fill("notes", "")
	v.Keys(typedNotes)
	v.kept()
	return time.Now()
}

// kept fails unless what was typed stands in the form.
func (v *visit) kept() {
	v.t.Helper()
	if client, notes := v.Value("[name=client]"), v.Value("[name=notes]"); client != typedClient || notes != typedNotes {
		v.t.Errorf("the form holds %q and %q", client, notes)
	}
}

// unread fails if the person at the page now can find anything of what was typed.
func (v *visit) unread() {
	v.t.Helper()
	found := `[document.documentElement.outerHTML, ...[...document.querySelectorAll("input, textarea")].map(e => e.value),
		...Object.values(sessionStorage), ...Object.values(localStorage)].some(text => text.includes("Quokka") || text.includes("second invoice"))`
	if v.Holds(found) {
		v.t.Errorf("what was typed can be read at %s by %s", v.URL(), v.Value("#who"))
	}
}

// answers reports whether the app answers the page's next request with this status.
func (v *visit) answers(status int) bool {
	v.t.Helper()
	v.Script(`globalThis.answered = await fetch("/details", {redirect: "manual"}).then(r => r.status)`)
	return v.Holds(fmt.Sprintf(`globalThis.answered === %d`, status))
}

// check has the page look at its session at once, instead of at the end of its minute.
func (v *visit) check() {
	v.t.Helper()
	v.Script(`document.dispatchEvent(new Event("aps:check"))`)
}

// tab is another tab of the same browser, with the same person.
func (v *visit) tab() *visit {
	v.t.Helper()
	return &visit{Browser: v.Tab(), t: v.t, stage: v.stage, who: v.who}
}

// beside follows the cover's link into a tab of its own, where the person is asked to sign in.
func (v *visit) beside(who user) *visit {
	v.t.Helper()
	b := &visit{Browser: v.Follow("Sign in again"), t: v.t, stage: v.stage, who: who}
	b.Await("the sign-in", `document.querySelector("main[data-step=password]") && document.readyState === "complete"`)
	return b
}

// prove gives the password, and a code where the person has an authenticator app.
func (v *visit) prove() {
	v.t.Helper()
	v.password(v.who.Password)
	if v.who.TOTPKey != "" {
		v.on("totp")
		v.code(browsertest.TOTPCode(v.t, v.who.TOTPKey, v.stage.clock.Now()), "Continue")
	}
}

// between fails unless something came in its time.
func between(t *testing.T, what string, took, least, most time.Duration) {
	t.Helper()
	if took < least || took > most {
		t.Errorf("%s came after %s, not between %s and %s", what, took.Round(time.Second/10), least, most)
	}
}

// has fails unless these words stand on the screen.
func (v *visit) has(words string) {
	v.t.Helper()
	if text := v.Text(); !strings.Contains(text, words) {
		v.t.Errorf("%q is not on the page %s: %s", words, v.URL(), text)
	}
}
