package browsertest_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/browsertest"
)

// On a bad line the scripts come after the page was painted. Nothing moves when they do: what they offer has its place before.
func TestScriptsThatComeLateMoveNothing(t *testing.T) {
	t.Parallel()
	chrome := browsertest.Start(t)
	s := &stage{site: embedded(t), browser: with(chrome)}
	v := s.visit(t, s.user(t, "mia"))
	v.Late()
	v.begin(timesheets)
	v.still("password")
	v.password(v.who.Password)
	v.still("choose")
	v.choose("totp")
	v.still("totp-setup")
	v.Act("back")
	v.choose("sms")
	v.still("sms-setup")
	v.enter("phone", miaTypes, "Continue")
	v.still("sms-verify")
	v.code(s.code(t, miaNumber), "Verify")
	v.still("recovery-pin")
}

// still fails where anything moves on a step when its scripts have come, on screens of several widths.
func (v *visit) still(step string) {
	v.t.Helper()
	for _, wide := range []int64{1280, 640, 390, 360, 320} {
		v.Screen(wide, 844)
		v.Reload()
		v.on(step)
		v.Await("the scripts have come", `performance.getEntriesByType("navigation")[0].loadEventEnd > 0`)
		if step == "totp-setup" {
			equal(v.t, "the key can be copied", v.Holds(`document.querySelector("[data-copy]").checkVisibility({visibilityProperty: true})`), true)
		}
		for _, over := range browsertest.Budget(v.Browser) {
			v.t.Errorf("%s, %d pixels wide: %s", step, wide, over)
		}
	}
}
