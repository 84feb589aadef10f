package support_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A person of a practice who finds an app of the provider that is not for them reads whom it is for.
func TestWhoMayNotEnterReadsWhoMay(t *testing.T) {
	h := open(t)
	for home, want := range map[string]string{
		"/support": "is only for people who work at APS",
		"/manage":  "You need access to User Management&#43;",
	} {
		s := h.surfer("ewan")
		p := s.Follow(http.MethodGet, home, nil)
		p = s.Follow(http.MethodPost, p.At, url.Values{"username": {s.who.Username}, "password": {s.who.Password}})
		if p.Step != "notice" || !strings.Contains(p.Body, want) {
			t.Errorf("%s: %s\n%s", home, p.Step, p.Body)
		}
		if !strings.Contains(p.Body, `href="/account">Go to your account`) || strings.Contains(p.Body, "Back to ") {
			t.Errorf("%s: the page leads only back to itself\n%s", home, p.Body)
		}
	}
}

// A page that is not there, or not for the visitor, leads to one that is.
func TestPagesThatAreNotThereLeadOn(t *testing.T) {
	h := open(t)
	s := h.in("riley", "/support")
	for address, way := range map[string]string{
		"/support/nothing":            `href="/support">Go to the support desk`,
		"/support/practices/prc_none": `href="/support">Go to the support desk`,
		"/manage/nothing/here":        `href="/manage">Go to User Management&#43;`,
		"/account/nothing":            `href="/account">Go to your account`,
		"/nothing":                    `href="/account">Go to your account`,
		"/account/link/none":          `href="/account">Sign in to your account`,
	} {
		p := s.Ask(http.MethodGet, address, nil)
		if p.Status != http.StatusNotFound || !strings.Contains(p.Body, way) {
			t.Errorf("%s: %d\n%s", address, p.Status, p.Body)
		}
	}
}

// Whoever proves again who they are reads what for, and with what.
func TestConfirmingNamesTheAct(t *testing.T) {
	h := open(t)
	s := h.in("noor", "/support")
	h.Clock.Advance(14 * time.Minute)
	s.Get("/support")
	h.Clock.Advance(2 * time.Minute)
	practice := h.Account("ewan").Practice
	suspend := "/support/practices/" + string(practice.ID) + "/suspend"
	p := s.Get(suspend).On(t, "password")
	p.Shows(t, "Confirm it’s you", "To suspend "+html.EscapeString(practice.Name)+", confirm it with your password and the code of your authenticator app.")
	s.SignIn(p, s.who, h.Clock).OK(t, "suspend") // and goes on to the act
	other := h.surfer("noor")
	other.Get("/support").On(t, "password").Shows(t, "Sign in to")
	s.Post("/support/sign-out", nil)
	if p := s.Get("/support").On(t, "password"); strings.Contains(p.Body, "Confirm it’s you") {
		t.Error("a new sign-in is taken for a confirmation")
	}
}
