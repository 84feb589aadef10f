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
	equal(t, "country", v.Value("[name=country]"), "AU")
	for country, number := range map[string]string{"NZ": "021 234 5678", "GB": "07700 900123", "AU": "0412 345 678"} {
		v.Fill("country", country)
		if hint := v.Value("#phone-hint"); !strings.Contains(hint, number) {
			t.Errorf("no example for %s: %s", country, hint)
		}
	}

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
	if !strings.Contains(v.Text(), miaTypes) {
		t.Errorf("the number that was typed is not shown: %s", v.Text())
	}
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

	// A second sign-in at once gets its code at once (ABUSE 60).
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

// scenarioTextWaits: a number was mistyped, and the next one has to wait for its message. The page sends it by itself.
func scenarioTextWaits(t *testing.T, s *stage) { // ABUSE 27
	v := s.visit(t, s.user(t, "mia"))
	v.begin(timesheets)
	v.password(v.who.Password)
	v.choose("sms")
	v.Fill("country", "NZ")
	equal(t, "examples shown for the country", v.Holds(`[...document.querySelectorAll("[data-example]")].filter(e => e.checkVisibility()).map(e => e.innerText.trim()).join() === "021 234 5678"`), true)
	v.Fill("country", "AU")
	v.enter("phone", "0491 570 156", "Continue")
	v.Press("Change number")
	v.enter("phone", miaTypes, "Continue")
	v.on("sms-verify")
	v.look("sms-waiting")
	equal(t, "messages to the number that waits", len(s.messages(t, "sms", miaNumber)), 0)
	s.clock.Advance(30 * time.Second)
	v.Script(`performance.now = () => 1e9`) // the half minute is over by the page's clock too
	v.Await("the page sends the code by itself", `document.body?.innerText.includes("We texted a 6-digit code to ")`)
	v.code(s.code(t, miaNumber), "Verify")
	v.on("recovery-pin")
	equal(t, "a PIN is masked, and is no password field", v.Holds(`[...document.querySelectorAll("input")].every(e => e.type === "text" && getComputedStyle(e).webkitTextSecurity === "disc")`), true)
	v.Fill("pin", goodPIN)
	v.Script(`document.querySelector("#pin ~ .reveal").click()`)
	equal(t, "a PIN can be read after Show", v.Holds(`pin.type === "text" && getComputedStyle(pin).webkitTextSecurity === "none"`), true)
}
