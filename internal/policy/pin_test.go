package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestCheckPINNamesTheWeakness(t *testing.T) { // ABUSE 19
	phones := []idp.Secret{idp.NewSecret("+61412345678"), idp.NewSecret("+447400987164")}
	tests := map[policy.PINProblem][]string{
		policy.PINFine: {"604913", "8305172", "17590364", "948306127", "2860491735", "730291"},
		policy.PINFormat: {"", "1", "60491", "60491350172", "60491a", "604 913", "-604913", "604913\n", "６０４９１３", "٦٠٤٩١٣",
			"604913\x00", strings.Repeat("604913", 1<<17)},
		policy.PINRepeats: {"000000", "1111111111", "121212", "1212121", "123123", "1231231", "604604", "60496049", "111222",
			"112233", "9990009", "122212", "5555556"},
		policy.PINRun: {"123456", "1234567890", "234567", "987654", "0987654321", "890123", "210987", "012345", "135791", "246802",
			"864208", "123321", "123789", "456123", "987321"},
		policy.PINPhone:  {"412345", "9345678", "0412345678", "614123", "9412345", "041234", "987164", "0987164", "447400"},
		policy.PINYear:   {"19850312", "12031985", "03311985", "20251231", "120385", "850312", "310599", "290264", "19852010", "20102011"},
		policy.PINCommon: {"147258", "159357", "8675309", "31415926"},
	}
	for want, pins := range tests {
		for _, pin := range pins {
			if got := policy.CheckPIN(pin, phones); got != want {
				t.Errorf("%.20q: %q, want %q", pin, got, want)
			}
		}
	}
}

func TestDigitsOfAPhoneCountOnlyForItsOwner(t *testing.T) {
	const pin = "412768" // of the number below
	if got := policy.CheckPIN(pin, []idp.Secret{idp.NewSecret("+61412768503")}); got != policy.PINPhone {
		t.Errorf("own number: %q", got)
	}
	if got := policy.CheckPIN(pin, nil); got != policy.PINFine {
		t.Errorf("no number: %q", got)
	}
	if got := policy.CheckPIN(pin, []idp.Secret{{}, idp.NewSecret("+"), idp.NewSecret("+6")}); got != policy.PINFine {
		t.Errorf("empty numbers: %q", got)
	}
}

func TestEveryDayOfALifeIsRefused(t *testing.T) { // ABUSE 19
	for day := time.Date(1940, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2030; day = day.AddDate(0, 0, 1) {
		for _, layout := range []string{"02012006", "01022006", "20060102", "020106", "010206", "060102"} {
			if pin := day.Format(layout); policy.CheckPIN(pin, nil) == policy.PINFine {
				t.Fatalf("%s is a date", pin)
			}
		}
	}
}

func TestAnyRepeatedPatternIsRefused(t *testing.T) { // ABUSE 19
	rapid.Check(t, func(rt *rapid.T) {
		pattern := rapid.StringMatching(`[0-9]{1,5}`).Draw(rt, "pattern")
		length := rapid.IntRange(max(policy.MinPIN, 2*len(pattern)), policy.MaxPIN).Draw(rt, "length")
		pin := strings.Repeat(pattern, policy.MaxPIN)[:length]
		if got := policy.CheckPIN(pin, nil); got != policy.PINRepeats {
			rt.Fatalf("%s: %q", pin, got)
		}
	})
}

func TestAnySixDigitsOfThePhoneAreRefused(t *testing.T) { // ABUSE 19
	rapid.Check(t, func(rt *rapid.T) {
		phone := rapid.StringMatching(`\+61 4[0-9]{8}`).Draw(rt, "phone")
		phone = strings.ReplaceAll(phone, " ", "")
		national := "0" + phone[3:]
		from := rapid.IntRange(0, len(national)-6).Draw(rt, "from")
		before, after := rapid.StringMatching(`[0-9]{0,2}`).Draw(rt, "before"), rapid.StringMatching(`[0-9]{0,2}`).Draw(rt, "after")
		pin := before + national[from:from+6] + after
		if policy.CheckPIN(pin, []idp.Secret{idp.NewSecret(phone)}) == policy.PINFine {
			rt.Fatalf("%s is of %s", pin, phone)
		}
	})
}

// The rules must leave enough to choose from: a PIN has five tries, and people give up when everything is refused.
func TestFourOfFiveSixDigitPINsMayBeUsed(t *testing.T) {
	phones := []idp.Secret{idp.NewSecret("+61412768503")}
	refused := map[policy.PINProblem]int{}
	for n := range 1_000_000 {
		refused[policy.CheckPIN(fmt.Sprintf("%06d", n), phones)]++
	}
	t.Logf("%v", refused)
	if fine := refused[policy.PINFine]; fine < 800_000 {
		t.Errorf("%d of a million may be used: %v", fine, refused)
	}
}
