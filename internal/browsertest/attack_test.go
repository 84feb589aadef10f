package browsertest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

// The address of a sign-in, opened in another browser, gives that browser nothing of it (ABUSE 21).
func scenarioLinkInAnotherBrowser(t *testing.T, s *stage) {
	mia := s.user(t, "mia")
	victim := s.visit(t, mia)
	victim.begin(timesheets)
	victim.password(mia.Password)
	victim.choose("totp")
	victim.on("totp-setup")

	thief := s.visit(t, mia)
	thief.Open(victim.URL())
	if thief.Count("#totp-key") != 0 || strings.Contains(thief.Text(), mia.Username) || strings.Contains(thief.Text(), mia.Practice) {
		t.Errorf("the other browser sees the sign-in: %s", thief.Text())
	}
	thief.on("password")

	victim.code(browsertest.TOTPCode(t, victim.TOTPKey(), s.clock.Now()), "Continue")
	victim.pin(goodPIN, goodPIN)
	victim.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
	thief.signInAgain(timesheets)
	thief.on("password")
}

// Steps asked for out of order lead back to the step that is due, and the end before the end leads nowhere (ABUSE 20).
func scenarioStepsOutOfOrder(t *testing.T, s *stage) {
	mia := s.user(t, "mia")
	key := enrolTOTP(t, s.visit(t, mia))
	v := s.visit(t, mia)
	v.begin(timesheets)
	due := v.URL()
	base := strings.TrimSuffix(due, "password")
	for _, step := range []string{"done", "recovery-pin", "revoke", "totp-setup"} {
		v.Open(base + step)
		v.on("password")
		equal(t, "address after asking for "+step, v.URL(), due)
	}
	v.password(mia.Password)
	for _, step := range []string{"done", "password", "choose", "recover", "revoke", "recovery-pin"} {
		v.Open(base + step)
		v.on("totp")
	}
	v.Open(s.app(t, timesheets).URL)
	if v.Value("[data-claim=email]") != "" {
		t.Error("half a sign-in signed in")
	}
	v.Open(base + "totp")
	s.clock.Advance(time.Minute)
	v.code(browsertest.TOTPCode(t, key, s.clock.Now()), "Continue")
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")

	// The browser's own Back button, after the end, does not begin anything by itself and breaks nothing.
	v.Back()
	v.signInAgain(timesheets)
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
}
