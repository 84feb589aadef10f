package browsertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

// enrolTOTP signs a person in who has no authenticator yet, sets an app up, and returns its key.
func enrolTOTP(t *testing.T, v *visit) string {
	t.Helper()
	v.begin(timesheets)
	v.password(v.who.Password)
	v.choose("totp")
	v.on("totp-setup")
	key := v.TOTPKey()
	v.code(browsertest.TOTPCode(t, key, v.stage.clock.Now()), "Continue")
	v.pin(goodPIN, goodPIN)
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
	return key
}

func scenarioSetUpAnApp(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "mia"))
	v.begin(timesheets)
	v.look("password")
	v.password("not-her-password")
	v.refused("password", "password")
	v.look("password-error")
	v.password(v.who.Password)
	v.on("choose")
	v.look("choose")
	v.Press("Continue")
	v.refused("choose", "kind")
	v.choose("totp")
	v.on("totp-setup")
	v.look("totp-setup")
	v.Screen(1280, 800)
	v.sees("the field for the code on a desktop", "#code")
	v.sees("the QR code on a desktop", ".qr.on-wide img")
	v.Screen(390, 844)
	v.sees("the link on a phone", ".scan-here .target")
	equal(t, "QR codes shown on a phone before they are asked for", v.Holds(`[...document.querySelectorAll(".qr img")].some(e => e.checkVisibility())`), false)
	equal(t, "the link is a button on a phone", v.Holds(`document.querySelector(".scan-here .target").getBoundingClientRect().width > 300`), true)

	// The QR code, the link and the key say the same, and stay the same (ABUSE 25).
	key, link := v.TOTPKey(), browsertest.ReadQRCode(t, v.QRCode())
	equal(t, "key in the QR code", browsertest.KeyOf(t, link), key)
	equal(t, "link beside the QR code", v.Count(`a[href="`+strings.ReplaceAll(link, `"`, `\"`)+`"]`), 1)
	v.Reload()
	equal(t, "key after a reload", v.TOTPKey(), key)
	equal(t, "QR code after a reload", browsertest.ReadQRCode(t, v.QRCode()), link)

	now := s.clock.Now()
	late := browsertest.TOTPCode(t, key, now.Add(-4*30*time.Second))
	v.code(late, "Continue")
	v.refused("totp-setup", "code")
	v.look("totp-setup-error")
	v.Screen(390, 844)
	v.sees("the message on a phone", "#code-error")
	v.sees("the field beside its message on a phone", "#code")
	v.Screen(1280, 900)
	v.enter("code", "12345", "Continue")
	v.refused("totp-setup", "code")
	equal(t, "key after a wrong code", v.TOTPKey(), key)
	equal(t, "QR code after a wrong code", browsertest.ReadQRCode(t, v.QRCode()), link)

	v.Act("back")
	v.choose("totp")
	v.code(browsertest.TOTPCode(t, v.TOTPKey(), s.clock.Now()), "Continue")

	v.on("recovery-pin")
	v.look("recovery-pin")
	v.pin("123456", "123456")
	v.refused("recovery-pin", "pin")
	v.look("recovery-pin-error")
	v.pin(goodPIN, "274917")
	v.refused("recovery-pin", "pin_confirm")
	v.pin(goodPIN, goodPIN)
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
	v.look("app-signed-in")
	s.awaitEmail(t, v.who.Username, "authenticator app")
}

func scenarioSignInWithAnApp(t *testing.T, s *stage) {
	mia := s.user(t, "mia")
	first := s.visit(t, mia)
	key := enrolTOTP(t, first)

	v := s.visit(t, mia)
	v.begin(timesheets)
	v.password(mia.Password)
	v.on("totp")
	v.look("totp")
	equal(t, "keys shown to an enrolled person", v.Count("#totp-key"), 0)

	// A code that was accepted, at set-up, is not accepted again (ABUSE 16).
	// It is no guess, however often it is entered, and the page says what to wait for (ABUSE 60).
	for range 6 {
		v.code(first.typed, "Continue")
		v.refused("totp", "code")
		if !strings.Contains(v.Alert(), "used already") {
			t.Fatalf("a used code is called %q", v.Alert())
		}
	}

	s.clock.Advance(2 * time.Minute)
	v.code(browsertest.TOTPCode(t, key, s.clock.Now().Add(-4*30*time.Second)), "Continue")
	v.refused("totp", "code")
	v.look("totp-error")
	v.enter("code", "no code", "Continue")
	v.refused("totp", "code")

	code := browsertest.TOTPCode(t, key, s.clock.Now())
	v.code(code, "Continue")
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")

	other := s.visit(t, mia)
	other.begin(timesheets)
	other.password(mia.Password)
	other.code(code, "Continue")
	other.refused("totp", "code")
}

func scenarioLock(t *testing.T, s *stage) { // ABUSE 17
	mia := s.user(t, "mia")
	key := enrolTOTP(t, s.visit(t, mia))
	s.clock.Advance(time.Minute)

	v := s.visit(t, mia)
	v.begin(timesheets)
	v.password(mia.Password)
	for range 4 {
		v.code(wrongCode(t, key, s.clock.Now()), "Continue")
		v.refused("totp", "code")
	}
	// Another sign-in, at another app, does not begin to count anew.
	v.begin(contacts)
	v.password(mia.Password)
	v.code(wrongCode(t, key, s.clock.Now()), "Continue")
	v.on("notice")
	v.look("notice-locked")
}

// wrongCode is a code that the key does not have around this time.
func wrongCode(t *testing.T, key string, now time.Time) string {
	t.Helper()
	var near []string
	for step := -10; step <= 10; step++ {
		near = append(near, browsertest.TOTPCode(t, key, now.Add(time.Duration(step)*30*time.Second)))
	}
	for _, guess := range []string{"000001", "000002", "000003"} {
		if !strings.Contains(strings.Join(near, " "), guess) {
			return guess
		}
	}
	t.Fatal("three unlikely codes were all right")
	return ""
}
