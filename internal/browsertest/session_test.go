package browsertest_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
	"github.com/apscloud/apsid/internal/policy"
)

// sessionScenarios are about sessions that end when they should. Those in real time wait for minutes to pass, and the others
// move the clock, so all are played at once.
func sessionScenarios() []sessionScenario {
	inAMinute := func(t *testing.T) *site { return idling(t, time.Minute) }
	asRegistered := func(t *testing.T) *site { return idling(t, policy.GovernmentIdleTimeout) }
	return []sessionScenario{
		{"warned, kept by keyboard, ended by silence, and back to the same page", inAMinute, scenarioWarningAndSilence},
		{"one active tab keeps them all", inAMinute, scenarioActiveTabKeepsAll},
		{"scripts and polls keep nothing", inAMinute, scenarioScriptsKeepNothing},
		{"MFA reset by an administrator", twoNodes, scenarioResetElsewhere},
		{"signed out everywhere", twoNodes, scenarioSignedOutEverywhere},
		{"another person finds nothing", asRegistered, scenarioAnotherPerson},
		{"sign out now", asRegistered, scenarioSignOutNow},
		{"refreshing is not activity", asRegistered, scenarioRefreshing},
		{"nobody comes back in silence", asRegistered, scenarioNoSilentReturn},
		{"a group shares a sign-in", grouped, scenarioGroup},
		{"the warning and the cover for everybody", asRegistered, scenarioLooks},
	}
}

type sessionScenario struct {
	name string
	on   func(t *testing.T) *site
	play func(t *testing.T, s *stage)
}

func TestSessions(t *testing.T) {
	chrome := browsertest.Start(t)
	for _, one := range sessionScenarios() {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			one.play(t, &stage{site: one.on(t), browser: with(chrome)})
		})
	}
}

// No clock is moved here: a minute is a minute.
func scenarioWarningAndSilence(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "aroha"))
	v.work(lodgements)
	last := v.write()
	v.AwaitWithin(55*time.Second, "the warning", warned)
	between(t, "the warning", time.Since(last), 37*time.Second, 50*time.Second)
	if !v.Holds(dialog + `?.getAttribute("role") === "alertdialog" && document.activeElement.textContent === "Stay signed in"`) {
		t.Error("the warning is no alertdialog with the focus on Stay signed in")
	}
	v.kept()

	v.Keys("\r")
	stayed := time.Now()
	v.Await("the page again, and the focus where it was", bare+` && document.activeElement.name === "notes"`)
	v.AwaitWithin(55*time.Second, "the next warning", warned)
	between(t, "the next warning", time.Since(stayed), 37*time.Second, 50*time.Second)
	if since := time.Since(last); since < time.Minute || !v.answers(200) {
		t.Errorf("the session was not kept: %s after the last key", since.Round(time.Second))
	}

	v.AwaitWithin(30*time.Second, "the cover", covered)
	between(t, "the end", time.Since(stayed), 58*time.Second, 70*time.Second)
	v.closed("no activity")
	beside := v.beside(v.who)
	beside.prove()
	equal(t, "where the sign-in ends", beside.Title(), "You are signed in")
	v.Await("the page again, and the focus where it was", bare+` && document.activeElement.name === "notes"`)
	v.kept()
	v.Press("Save")
	v.has(typedNotes)
}

// The person moves for more than twice the limit: a report of the newest input alone, each minute, would name one that comes after the
// end that the provider sees.
func scenarioActiveTabKeepsAll(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "aroha"))
	v.work(lodgements)
	quiet := v.tab()
	quiet.Open(quiet.form(lodgements))
	quiet.atForm(lodgements)
	begun := time.Now()
	pace := time.NewTicker(time.Second) // a person's
	defer pace.Stop()
	for x := 10.0; time.Since(begun) < 135*time.Second; x++ {
		<-pace.C
		v.Move(float64(int(x*5)%600), 300+float64(int(x)%200))
		for _, each := range []*visit{v, quiet} {
			if each.Holds(dialog) {
				t.Fatalf("after %s: %s", time.Since(begun), each.Text())
			}
		}
	}
	if !v.answers(200) || !quiet.answers(200) {
		t.Fatal("a session with an active person has ended")
	}

	for _, each := range []*visit{v, quiet} {
		each.AwaitWithin(55*time.Second, "the warning", warned)
	}
	v.Keys("\r")
	for _, each := range []*visit{v, quiet} {
		each.Await("the page, in every tab", bare)
	}
}

// ABUSE 11: neither what a page does by itself nor a form of it that a script sends is a person.
func scenarioScriptsKeepNothing(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "aroha"))
	v.work(lodgements)
	last := v.write()
	v.Script(`setInterval(() => {
		fetch("/entry"); fetch("/auth/session");
		document.body.dispatchEvent(new MouseEvent("pointermove", {bubbles: true, movementX: 5}));
		document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "a", bubbles: true}));
		document.querySelector("h1").click();
		scrollTo(0, Math.random() * 50);
	}, 2000)`)
	v.AwaitWithin(55*time.Second, "the warning", warned)
	v.AwaitWithin(30*time.Second, "the cover", covered)
	between(t, "the end", time.Since(last), 58*time.Second, 72*time.Second)
	v.closed("no activity")
	v.signInAgain(lodgements)
	v.on("password") // no one is signed in at the provider either
}

// closed fails unless the page is covered, nothing below the cover can be seen or reached, and the app refuses its next request.
func (v *visit) closed(why string) {
	v.t.Helper()
	v.has(why)
	if !v.Holds(`[...document.body.children].every(e => e.id === "aps-session" || e.inert && getComputedStyle(e).visibility === "hidden")`) {
		v.t.Error("the page can be reached below the cover")
	}
	if v.Holds(`document.body.innerText.includes("Quokka")`) || v.Title() != "Signed out" {
		v.t.Errorf("%q shows %q", v.Title(), v.Text())
	}
	if !v.answers(401) {
		v.t.Error("the app answers a page whose session is over")
	}
}
