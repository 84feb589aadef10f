package timesheets_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

// A browser that keeps pages for its Back button says so with these events; Chromium keeps none that listens to other tabs.
const (
	putAway = `dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true}))`
	back    = `dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}))`
	shown   = `getComputedStyle(document.querySelector("[name=notes]")).visibility === "visible"`
)

func TestPageThatTheBrowserKeptIsShownToItsPersonOnly(t *testing.T) {
	p := newPlace(t, 24*time.Hour, 15*time.Minute)
	b := p.visit(browsertest.Start(t).Browser(t))
	write(b)
	b.Script(putAway)
	if b.Holds(shown) {
		t.Error("the page would be shown before it is known to whom")
	}
	b.Script(back)
	b.Await("the page again", shown+" && "+open)
	kept(t, b)

	b.Script(putAway)
	p.advance(16 * time.Minute)
	b.Script(back)
	b.Await("the cover", covered)
	if b.Holds(shown) {
		t.Error("the page is shown although the session is over")
	}
}

// A person who dictates presses no key and moves no pointer, and is active all the same.
func TestDictationIsActivity(t *testing.T) {
	p := newPlace(t, 24*time.Hour, 15*time.Minute)
	b := p.visit(browsertest.Start(t).Browser(t))
	before := len(p.provider.Reports())
	p.advance(5 * time.Minute)
	write(b)
	deadline := time.Now().Add(10 * time.Second)
	for len(p.provider.Reports()) == before {
		if time.Now().After(deadline) {
			t.Fatal("no report")
		}
		time.Sleep(20 * time.Millisecond)
	}
}
