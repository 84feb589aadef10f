package browsertest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/browsertest"
)

const (
	timesheets = "Cloud Timesheets"
	contacts   = "Contacts+"
	goodPIN    = "274916"
)

// stage is what a scenario runs on: one site, a way to get browsers, and an inspector that looks at each page (nil: none does).
type stage struct {
	*site
	browser   func(t *testing.T) *browsertest.Browser
	inspector *browsertest.Inspector
}

// visit is one person at one browser.
type visit struct {
	*browsertest.Browser
	t     *testing.T
	stage *stage
	who   user
	typed string // the last code
}

func (s *stage) visit(t *testing.T, who user) *visit {
	t.Helper()
	return &visit{Browser: s.browser(t), t: t, stage: s, who: who}
}

// look has the page inspected, if there is an inspector.
func (v *visit) look(name string) {
	v.t.Helper()
	if v.stage.inspector != nil {
		v.stage.inspector.Look(v.Browser, name)
	}
}

// on fails unless this is the step.
func (v *visit) on(step string) {
	v.t.Helper()
	if got := v.Step(); got != step {
		v.t.Fatalf("the step is %q, not %q; status %d, %s\n%s", got, step, v.Status(), v.URL(), v.Text())
	}
}

// begin opens an app and asks it to sign in.
func (v *visit) begin(name string) {
	v.t.Helper()
	v.Open(v.stage.app(v.t, name).URL)
	v.Press("Sign in with APS ID")
}

// signInAgain asks the app for a sign-in although it has one: what comes is the provider's answer.
func (v *visit) signInAgain(name string) {
	v.t.Helper()
	v.Open(v.stage.app(v.t, name).login())
}

func (v *visit) password(password string) {
	v.t.Helper()
	v.on("password")
	v.Fill("username", v.who.Username)
	v.Fill("password", password)
	v.Press("Continue")
}

// choose picks how to get codes.
func (v *visit) choose(kind string) {
	v.t.Helper()
	v.on("choose")
	v.Choose("kind", kind)
	v.Press("Continue")
}

// enter types into the step's one field and does the main action.
func (v *visit) enter(field, text, button string) {
	v.t.Helper()
	v.Fill(field, text)
	v.Press(button)
}

// code types a code as its app shows it: in two groups.
func (v *visit) code(code, button string) {
	v.t.Helper()
	v.typed = code
	v.enter("code", code[:3]+" "+code[3:], button)
}

func (v *visit) pin(pin, again string) {
	v.t.Helper()
	v.on("recovery-pin")
	v.Fill("pin", pin)
	v.Fill("pin_confirm", again)
	v.Press("Continue")
}

// sees fails unless what a CSS selector finds is whole on the screen as the page stands.
func (v *visit) sees(what, selector string) {
	v.t.Helper()
	whole := fmt.Sprintf(`(() => { const b = document.querySelector(%q).getBoundingClientRect();
		return b.height > 0 && b.top >= 0 && b.left >= 0 && b.bottom <= innerHeight && b.right <= innerWidth; })()`, selector)
	if !v.Holds(whole) {
		v.t.Errorf("%s is not on the screen", what)
	}
}

// refused fails unless the page rejected its form as DESIGN says: 422 on the same step, an alert, the field marked, the title
// beginning with "Error:", and nothing secret typed back.
func (v *visit) refused(step, field string) {
	v.t.Helper()
	v.on(step)
	if v.Status() != 422 {
		v.t.Errorf("%s: status %d, not 422", step, v.Status())
	}
	if !strings.HasPrefix(v.Title(), "Error:") {
		v.t.Errorf("%s: title %q does not begin with Error:", step, v.Title())
	}
	if v.Alert() == "" {
		v.t.Errorf("%s: no alert", step)
	}
	if invalid := v.Invalid(); !slices.Contains(invalid, field) {
		v.t.Errorf("%s: %s is not marked as wrong, only %v", step, field, invalid)
	}
	for _, secret := range []string{"password", "new_password", "code", "pin", "pin_confirm"} {
		if typed := v.Value("input[name=" + secret + "]"); typed != "" {
			v.t.Errorf("%s: %s was sent back: %q", step, secret, typed)
		}
	}
}

// signedIn fails unless the app says that this person is signed in, with this strength and these methods.
func (v *visit) signedIn(name, acr string, amr ...string) {
	v.t.Helper()
	if !strings.HasPrefix(v.URL(), v.stage.app(v.t, name).URL) || v.Value("[data-claim=email]") == "" {
		v.t.Fatalf("not signed in to %s: step %q, status %d, %s\n%s", name, v.Step(), v.Status(), v.URL(), v.Text())
	}
	for claim, want := range map[string]string{"email": v.who.Username, "acr": acr} {
		if got := v.Value("[data-claim=" + claim + "]"); got != want {
			v.t.Errorf("%s: %s is %q, not %q", name, claim, got, want)
		}
	}
	got := strings.Fields(v.Value("[data-claim=amr]"))
	slices.Sort(got)
	slices.Sort(amr)
	if !slices.Equal(got, amr) {
		v.t.Errorf("%s: amr is %v, not %v", name, got, amr)
	}
	for _, claim := range []string{"sid", "auth_time", "practice_id"} {
		if v.Value("[data-claim="+claim+"]") == "" {
			v.t.Errorf("%s: no %s", name, claim)
		}
	}
}

// login is the path where every app built on package rp starts a sign-in.
func (a app) login() string { return strings.TrimSuffix(a.URL, "/") + "/auth/login" }
