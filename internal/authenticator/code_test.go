package authenticator_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

func TestNewCodeIsSixDigitsEachEquallyLikely(t *testing.T) {
	const rounds = 60_000
	var counts [6][10]int
	for range rounds {
		code := authenticator.NewCode().Reveal()
		if len(code) != 6 {
			t.Fatalf("%d digits", len(code))
		}
		for place, digit := range code {
			counts[place][digit-'0']++
		}
	}
	// Each count is binomial with mean 6,000 and standard deviation 73: 600 is over eight of them.
	for place, digits := range counts {
		for digit, n := range digits {
			if n < rounds/10-600 || n > rounds/10+600 {
				t.Errorf("%d stands at place %d in %d of %d codes", digit, place, n, rounds)
			}
		}
	}
}

func TestNormalCode(t *testing.T) {
	const bad = ""
	for typed, want := range map[string]string{
		"123456":                           "123456",
		"123 456":                          "123456",
		" 12-34-56\n":                      "123456",
		"123\u00a0456":                     "123456",
		"123\u2011456":                     "123456", // non-breaking hyphen
		"123–456":                          "123456",
		"\u202a123456\u202c":               "123456", // as pasted from a right-to-left text
		"\ufeff123456":                     "123456",
		"１２３４５６":                           "123456", // full-width
		"000000":                           "000000",
		"":                                 bad,
		"12345":                            bad,
		"1234567":                          bad,
		"12345a":                           bad,
		"١٢٣٤٥٦":                           bad, // another script's digits: no authenticator app shows them
		"123.456":                          bad,
		"+123456":                          bad,
		"123456\x00":                       bad,
		"\xff123456":                       bad,
		"123456" + strings.Repeat(" ", 99): bad,
		strings.Repeat("1", 1<<20):         bad, // ABUSE 38
	} {
		got, ok := authenticator.NormalCode(idp.NewSecret(typed))
		if got.Reveal() != want || ok != (want != bad) {
			t.Errorf("%.20q: %q, %t; want %q", typed, got.Reveal(), ok, want)
		}
	}
}

func TestNormalCodeGivesSixDigitsOrNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9 \-０-９]{5,9}`)).Draw(rt, "typed")
		code, ok := authenticator.NormalCode(idp.NewSecret(typed))
		again, okAgain := authenticator.NormalCode(code)
		switch {
		case !ok && !code.IsZero():
			rt.Fatalf("%q is refused with %q", typed, code.Reveal())
		case ok && (!okAgain || again != code || len(code.Reveal()) != 6):
			rt.Fatalf("%q gives %q, which gives %q", typed, code.Reveal(), again.Reveal())
		}
	})
}
