package timesheets_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
	"github.com/apscloud/apsid/internal/timesheets"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

// place is a provider and the app, and a browser to visit it. Time goes on by itself, and faster when asked.
type place struct {
	t        *testing.T
	provider *rptest.Provider
	url      string

	mu    sync.Mutex
	ahead time.Duration
}

func (p *place) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.ahead)
}

func (p *place) advance(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead += d
}

func newPlace(t *testing.T, lifetime, idle time.Duration) *place {
	t.Helper()
	p := &place{t: t, provider: rptest.New(t)}
	p.provider.Clock(p.now)
	p.provider.Limit(lifetime, idle)
	p.signInAs("usr_mia")
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	signin := p.provider.Config(server.URL + "/auth/callback")
	signin.Now, signin.PostLogoutURL = p.now, server.URL+"/"
	app, err := timesheets.New(timesheets.Config{Name: "Lodgements", Product: "Lodge forms.", Entry: "Lodgement note", Signin: signin, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", app.Handler())
	return p
}

func (p *place) signInAs(subject string) {
	p.provider.SignIn(subject, map[string]any{"name": subject, "email": subject + "@x.example"})
}

const (
	ready   = `document.documentElement.dataset.apsSession === "alive"`
	warned  = `document.querySelector("#aps-session[open]")?.dataset.kind === "idle"`
	covered = `document.querySelector("#aps-session[open]")?.dataset.kind === "ended"`
	open    = `!document.querySelector("#aps-session[open]") && !document.documentElement.classList.contains("aps-covered")`
	ask     = `document.dispatchEvent(new Event("aps:check"))`
)

// visit opens the form and waits until its script knows the session.
func (p *place) visit(b *browsertest.Browser) *browsertest.Browser {
	p.t.Helper()
	b.Open(p.url + "/entry")
	b.Await("the form", ready+` && document.querySelector("[name=notes]")`)
	return b
}

// write types into the form, as a person.
func write(b *browsertest.Browser) {
	b.Fill("client", "Harbour & Finch")
	b.Fill("notes", "Two hours on the ledger")
}

// kept fails unless what was written stands on the page.
func kept(t *testing.T, b *browsertest.Browser) {
	t.Helper()
	if client, notes := b.Value("[name=client]"), b.Value("[name=notes]"); client != "Harbour & Finch" || notes != "Two hours on the ledger" {
		t.Errorf("the form holds %q and %q", client, notes)
	}
}

func TestPageIsCoveredAndGivenBackToTheSamePerson(t *testing.T) {
	p := newPlace(t, 24*time.Hour, 15*time.Minute)
	b := p.visit(browsertest.Start(t).Browser(t))
	write(b)
	p.advance(16 * time.Minute)
	b.Script(ask)
	b.Await("the cover", covered)
	if text := b.Text(); strings.Contains(text, "Lodgement note") || !strings.Contains(text, "signed out") || b.Title() != "Signed out" {
		t.Errorf("%q shows %q", b.Title(), text)
	}
	if !b.Holds(`[...document.body.children].every(e => e.id === "aps-session" || e.inert && getComputedStyle(e).visibility === "hidden")`) {
		t.Error("the page can be reached below the cover")
	}
	b.Keys("\x1b")
	b.Keys("\x1b")
	b.Script(`document.querySelector("#aps-session").close()`)
	b.Await("the cover, whatever is tried", covered)
	if !b.Holds(`document.activeElement.textContent === "Sign in again" && document.activeElement.target === "_blank"`) {
		t.Error("the focus is not on Sign in again")
	}
	b.Tap("Sign in again")
	b.Await("the page again", open)
	kept(t, b)
	b.Press("Save")
	if !strings.Contains(b.Text(), "Two hours on the ledger") {
		t.Errorf("not saved: %s", b.Text())
	}
}

func TestPageOfOnePersonIsNotAnothers(t *testing.T) {
	p := newPlace(t, 24*time.Hour, 15*time.Minute)
	b := p.visit(browsertest.Start(t).Browser(t))
	write(b)
	p.advance(16 * time.Minute)
	b.Script(ask)
	b.Await("the cover", covered)
	p.signInAs("usr_tom")
	b.Tap("Sign in again")
	b.Await("the app's home", `location.pathname === "/" && document.querySelector("#who")?.textContent === "usr_tom"`)
	p.visit(b)
	b.Await("the script", `Object.keys(sessionStorage).length === 0`)
	if client := b.Value("[name=client]"); client != "" {
		t.Errorf("another person reads %q", client)
	}
}

func TestSignInElsewhereHidesThePageOfTheFormerPerson(t *testing.T) {
	p := newPlace(t, 24*time.Hour, 0)
	b := p.visit(browsertest.Start(t).Browser(t))
	write(b)
	p.signInAs("usr_tom")
	other := b.Tab()
	other.Open(p.url + "/auth/login?return=/details")
	b.Await("the app's home", `location.pathname === "/" && document.querySelector("#who")?.textContent === "usr_tom"`)
}

func TestReloadedPageGetsItsFormBackForTheSamePersonOnly(t *testing.T) {
	chrome := browsertest.Start(t)
	for _, again := range []string{"usr_mia", "usr_tom"} {
		p := newPlace(t, 24*time.Hour, 15*time.Minute)
		b := p.visit(chrome.Browser(t))
		write(b)
		p.advance(16 * time.Minute)
		b.Script(ask)
		b.Await("the draft", `Object.keys(sessionStorage).some(k => k.startsWith("aps-draft"))`)
		if b.Holds(`Object.values(sessionStorage).some(v => v.includes("Harbour") || atob(v).includes("Harbour"))`) {
			t.Error("the draft can be read")
		}
		p.signInAs(again)
		b.Reload()
		if again != "usr_mia" { // another person, who was sent to the app's home
			p.visit(b)
		}
		b.Await("the draft taken", `Object.keys(sessionStorage).length === 0`)
		switch again {
		case "usr_mia":
			kept(t, b)
		default:
			if b.Value("[name=client]") != "" {
				t.Error("another person reads it")
			}
		}
	}
}

func TestWarningIsAnsweredByKeyboard(t *testing.T) {
	p := newPlace(t, 24*time.Hour, 15*time.Minute)
	b := p.visit(browsertest.Start(t).Browser(t))
	p.advance(13*time.Minute + 5*time.Second)
	b.Script(`document.querySelector("[name=notes]").focus();` + ask)
	b.Await("the warning", warned)
	if text := b.Value("#aps-session-text"); !strings.Contains(text, "You'll be signed out at ") || !strings.Contains(text, "Your work on this page is kept.") {
		t.Errorf("it says %q", text)
	}
	if !b.Holds(`(d => d.getAttribute("role") === "alertdialog" && d.matches(":modal") && document.activeElement.textContent === "Stay signed in")(document.querySelector("#aps-session"))`) {
		t.Error("no modal alertdialog with the focus on Stay signed in")
	}
	b.Keys("\t")
	if !b.Holds(`document.activeElement.textContent === "Sign out now"`) {
		t.Error("Tab does not lead to Sign out now")
	}
	if b.Value("#aps-session-status") != "" {
		t.Error("the time is read aloud too early")
	}
	p.advance(time.Minute)
	b.Script(ask)
	b.Await("one minute", `document.querySelector("#aps-session-status").textContent === "One minute left."`)
	p.advance(40 * time.Second)
	b.Script(ask)
	b.Await("twenty seconds", `document.querySelector("#aps-session-status").textContent === "20 seconds left."`)
	b.Script(`document.querySelector("#aps-session button").focus()`)
	b.Keys("\r")
	b.Await("the page", open+` && document.activeElement.name === "notes"`)
	p.advance(14 * time.Minute)
	b.Reload()
	if !b.Holds(`document.querySelector("[name=notes]")`) {
		t.Errorf("the session was not kept: %s", b.URL())
	}
}

func TestSignOutNowEndsEveryTab(t *testing.T) {
	p := newPlace(t, 24*time.Hour, 15*time.Minute)
	b := p.visit(browsertest.Start(t).Browser(t))
	other := p.visit(b.Tab())
	p.advance(14 * time.Minute)
	b.Script(ask)
	b.Await("the warning", warned)
	b.Press("Sign out now")
	if !strings.Contains(b.Text(), "Sign in with APS ID") {
		t.Errorf("at %s: %s", b.URL(), b.Text())
	}
	other.Await("the cover of the other tab", covered)
	if len(p.provider.Sessions("usr_mia")) != 0 {
		t.Error("the provider's session is alive")
	}
}

func TestLifetimeIsWarnedOfAndNotExtended(t *testing.T) {
	p := newPlace(t, time.Hour, 0)
	b := p.visit(browsertest.Start(t).Browser(t))
	write(b)
	p.advance(58*time.Minute + 10*time.Second)
	b.Script(ask)
	b.Await("the warning", `document.querySelector("#aps-session[open]")?.dataset.kind === "lifetime"`)
	if strings.Contains(b.Text(), "Stay signed in") {
		t.Error("it offers what it can't give")
	}
	b.Tap("Close")
	b.Await("the page", open)
	b.Script(ask)
	p.advance(2 * time.Minute)
	b.Script(ask)
	b.Await("the cover", covered)
	if !strings.Contains(b.Text(), "time limit") {
		t.Errorf("it says %s", b.Text())
	}
}

// With real seconds: input in one tab keeps both, whatever scripts do keeps none, and silence covers both.
func TestInputOfOneTabKeepsAllAndScriptsKeepNone(t *testing.T) {
	const idle = 9 * time.Second
	p := newPlace(t, 24*time.Hour, idle)
	chrome := browsertest.Start(t)
	b := p.visit(chrome.Browser(t))
	other := p.visit(b.Tab())
	begun := time.Now()
	for x := 10.0; time.Since(begun) < 2*idle; x++ {
		b.Move(x, 10*x)
		if other.Holds(covered + " || " + warned) {
			t.Fatal("the other tab was not kept")
		}
		time.Sleep(300 * time.Millisecond) // a person's pace: there is nothing to wait for
	}
	b.Script(`globalThis.busy = setInterval(() => { document.body.dispatchEvent(new MouseEvent("pointermove", {bubbles: true, movementX: 5}));
		document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "a", bubbles: true})); scrollTo(0, Math.random() * 9); fetch("/entry"); }, 200)`)
	b.Await("a warning all the same", warned)
	b.Await("the cover", covered)
	other.Await("the cover of the other tab", covered)
	for _, r := range p.provider.Reports() {
		if r.Status != http.StatusOK {
			t.Errorf("the provider refused a report: %+v", r)
		}
	}
}

func TestFormWorksWithoutScripts(t *testing.T) {
	p := newPlace(t, 24*time.Hour, 15*time.Minute)
	b := browsertest.Start(t).Browser(t, browsertest.WithoutScripts())
	b.Open(p.url + "/entry")
	write(b)
	b.Press("Save")
	if !strings.Contains(b.Text(), "Two hours on the ledger") {
		t.Errorf("not saved: %s", b.Text())
	}
	write(b)
	p.advance(16 * time.Minute)
	b.Press("Save")
	if b.Status() != http.StatusUnauthorized || !strings.Contains(b.Text(), "not saved") {
		t.Errorf("%d %s", b.Status(), b.Text())
	}
}

func TestWarningAndCoverAreAccessible(t *testing.T) {
	p := newPlace(t, 24*time.Hour, 15*time.Minute)
	inspector := browsertest.NewInspector(t)
	b := p.visit(browsertest.Start(t).Browser(t))
	inspector.Look(b, "app-entry")
	p.advance(13*time.Minute + 5*time.Second)
	b.Script(ask)
	b.Await("the warning", warned)
	inspector.Look(b, "app-warning")
	p.advance(2 * time.Minute)
	b.Script(ask)
	b.Await("the cover", covered)
	inspector.Look(b, "app-cover")
	b.Open(p.url + "/auth/signed-in")
	inspector.Look(b, "app-signed-in")
}
