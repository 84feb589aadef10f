package browsertest_test

import (
	"strings"
	"testing"
)

func scenarioRecover(t *testing.T, s *stage) {
	mia := s.user(t, "mia")
	atWork := s.visit(t, mia)
	enrolTOTP(t, atWork)

	v := s.visit(t, mia)
	v.begin(timesheets)
	v.password(mia.Password)
	v.on("totp")
	v.Act("lost-device")
	v.on("recover")
	v.look("recover")
	v.enter("pin", "918273", "Continue")
	v.refused("recover", "pin")
	v.enter("pin", goodPIN, "Continue")
	v.on("revoke")
	v.look("revoke")
	v.Press("Revoke MFA")
	if words := v.Text(); !strings.Contains(words, "Set up your security codes again") || !strings.Contains(words, "Step 1 of 3") {
		t.Errorf("after Revoke MFA: %s", words)
	}
	v.choose("sms") // a PIN never yields a session by itself (ABUSE 19)
	v.Fill("country", "AU")
	v.enter("phone", miaTypes, "Continue")
	v.code(s.code(t, miaNumber), "Verify")
	v.pin("730152", "730152")
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "sms", "mfa")
	s.awaitEmail(t, mia.Username, "revoked")

	// What was signed in before is not any more.
	atWork.signInAgain(timesheets)
	atWork.on("password")

	// The PIN was spent by its use.
	again := s.visit(t, mia)
	again.begin(contacts)
	again.password(mia.Password)
	again.on("sms")
	again.Act("lost-device")
	again.enter("pin", goodPIN, "Continue")
	again.refused("recover", "pin")
	again.Act("forgot-pin")
	again.on("notice")
	again.look("notice-forgotten-pin")
}
