package browsertest_test

import (
	"strings"
	"testing"
	"time"
)

const (
	miaTypes  = "0491 570 006" // of the range set aside for fiction in Australia
	miaNumber = "+61491570006"
)

func scenarioSetUpSMS(t *testing.T, s *stage) {
	v := s.visit(t, s.user(t, "mia"))
	v.begin(timesheets)
	v.password(v.who.Password)
	v.choose("sms")
	v.on("sms-setup")
	v.look("sms-setup")

	v.Fill("country", "other")
	v.enter("phone", miaTypes, "Continue")
	v.refused("sms-setup", "country")
	v.look("sms-setup-error")
	equal(t, "number kept on the rejected page", v.Value("[name=phone]"), miaTypes)
	v.Fill("country", "GB")
	v.Press("Continue")
	v.refused("sms-setup", "phone")
	equal(t, "messages sent to refused numbers", len(s.messages(t, "sms", miaNumber)), 0)

	v.Fill("country", "AU")
	v.enter("phone", miaTypes, "Continue")
	v.on("sms-verify")
	v.look("sms-verify")
	first := s.code(t, miaNumber)

	s.clock.Advance(31 * time.Second)
	v.Reload()      // the page counts the seconds by the person's clock, which stood still
	v.Act("resend") // ABUSE 28: the same code while it lives, and says so
	v.on("sms-verify")
	equal(t, "messages after a resend", len(s.messages(t, "sms", miaNumber)), 2)
	equal(t, "code of the second message", s.code(t, miaNumber), first)
	if !strings.Contains(v.Text(), "same code") {
		t.Errorf("the page does not say that the code is the same: %s", v.Text())
	}

	s.clock.Advance(10 * time.Minute)
	v.code(first, "Verify")
	v.refused("sms-verify", "code")
	v.look("sms-verify-error")
	v.Reload()
	v.Act("resend")
	v.on("sms-verify")
	second := s.code(t, miaNumber)
	v.code(second, "Verify")
	v.pin(goodPIN, goodPIN)
	v.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "sms", "mfa")

	s.clock.Advance(time.Minute)
	again := s.visit(t, v.who)
	again.begin(timesheets)
	again.password(v.who.Password)
	again.on("sms")
	again.look("sms")
	again.code(second, "Verify")
	again.refused("sms", "code")
	if strings.Contains(again.Text(), "570 006") || strings.Contains(again.Text(), "570006") {
		t.Error("the page shows the whole number")
	}
	again.code(s.code(t, miaNumber), "Verify")
	again.signedIn(timesheets, "urn:aps:acr:mfa", "pwd", "sms", "mfa")
}
