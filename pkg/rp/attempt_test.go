package rp

import (
	"strings"
	"testing"
	"time"
)

func TestAttemptSurvivesItsCookie(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	made := newAttempts("timesheets", "secret").begin("/week?n=1", requirement{acr: "urn:aps:acr:mfa", maxAge: time.Minute}, now)
	read, ok := newAttempts("timesheets", "secret").read(made.cookie(), now.Add(attemptLifetime-time.Second))
	if !ok {
		t.Fatal("a genuine cookie was refused")
	}
	if read.state() != made.state() || read.nonce() != made.nonce() || read.verifier() != made.verifier() || read.returnTo != "/week?n=1" || read.requirement != made.requirement {
		t.Fatalf("read %q, made %q", read.returnTo, made.returnTo)
	}
	if made.state() == made.nonce() || made.nonce() == made.verifier() || len(made.verifier()) != 43 {
		t.Fatal("state, nonce and verifier must differ, and the verifier has 43 characters")
	}
}

func TestAttemptCookieForgedStaleOrForeign(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	ours := newAttempts("timesheets", "secret")
	good := ours.begin("/", requirement{}, now).cookie()
	parts := strings.Split(good, ".")
	for name, cookie := range map[string]string{
		"empty":             "",
		"other path":        strings.Join([]string{parts[0], parts[1], "L2V2aWw", parts[3], parts[4]}, "."),
		"later start":       strings.Join([]string{parts[0], "99999999999", parts[2], parts[3], parts[4]}, "."),
		"other seed":        strings.Join([]string{parts[0] + "x", parts[1], parts[2], parts[3], parts[4]}, "."),
		"other requirement": strings.Join([]string{parts[0], parts[1], parts[2], "60-", parts[4]}, "."),
		"other app":         newAttempts("contacts", "secret").begin("/", requirement{}, now).cookie(),
		"other secret":      newAttempts("timesheets", "guess").begin("/", requirement{}, now).cookie(),
		"too old":           ours.begin("/", requirement{}, now.Add(-attemptLifetime)).cookie(),
		"of the future":     ours.begin("/", requirement{}, now.Add(time.Hour)).cookie(),
		"a part more":       good + ".x",
	} {
		if _, ok := ours.read(cookie, now); ok {
			t.Errorf("%s: accepted", name)
		}
	}
}
