package browsertest_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/browsertest"
)

func scenarioEachAppSignsInOnItsOwn(t *testing.T, s *stage) {
	mia := s.user(t, "mia")
	v := s.visit(t, mia)
	key := enrolTOTP(t, v)
	first := v.Value("[data-claim=sid]")

	v.signInAgain(timesheets)
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
	equal(t, "session of the same app", v.Value("[data-claim=sid]"), first)

	s.clock.Advance(time.Minute)
	v.begin(contacts)
	v.password(mia.Password)
	v.on("totp")
	v.code(browsertest.TOTPCode(t, key, s.clock.Now()), "Continue")
	v.signedIn(contacts, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
	if v.Value("[data-claim=sid]") == first {
		t.Error("two apps share a session")
	}

	v.Open(s.app(t, timesheets).URL)
	v.Press("Sign out")
	v.look("after-sign-out")
	v.signInAgain(timesheets)
	v.on("password")
	v.signInAgain(contacts)
	v.signedIn(contacts, "urn:aps:acr:mfa", "pwd", "otp", "mfa")
}

func scenarioPracticeWithoutMFA(t *testing.T, s *stage) {
	var who user
	for _, u := range s.Users {
		if u.Practice == "Kauri Lane Bookkeeping" {
			who = u
		}
	}
	v := s.visit(t, who)
	v.begin(timesheets)
	v.password(who.Password)
	v.signedIn(timesheets, "urn:aps:acr:pwd", "pwd")
}

// Two tabs of one browser sign in to two apps at once, each post in turn, and neither ends the other (ABUSE 21).
func scenarioTwoTabs(t *testing.T, s *stage) {
	var who user
	for _, u := range s.Users {
		if u.Practice == "Kauri Lane Bookkeeping" {
			who = u
		}
	}
	one := s.visit(t, who)
	two := &visit{Browser: one.Tab(), t: t, stage: s, who: who}
	one.begin(timesheets)
	two.begin(contacts)
	one.password("not-the-password")
	two.password(who.Password)
	two.signedIn(contacts, "urn:aps:acr:pwd", "pwd")
	one.password(who.Password)
	one.signedIn(timesheets, "urn:aps:acr:pwd", "pwd")
}
