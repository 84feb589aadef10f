package authenticator

import (
	"regexp"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

func TestEnrolmentCodesAreReadOutAndTypedByPeople(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		code := NewEnrolmentCode()
		if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(code.Reveal()) || seen[code.Reveal()] {
			t.Fatalf("a code is %s", code.Reveal())
		}
		seen[code.Reveal()] = true
		want, ok := EnrolmentHash("usr_tom", code)
		if !ok {
			t.Fatalf("%s is no code", code.Reveal())
		}
		for _, typed := range []string{
			strings.ToLower(code.Reveal()), strings.ReplaceAll(code.Reveal(), "-", " "), strings.ReplaceAll(code.Reveal(), "-", ""),
			" " + code.Reveal() + " ", strings.ReplaceAll(code.Reveal(), "0", "o"), strings.ReplaceAll(code.Reveal(), "1", "l"), strings.ReplaceAll(code.Reveal(), "1", "I"),
		} {
			if got, ok := EnrolmentHash("usr_tom", idp.NewSecret(typed)); !ok || got != want {
				t.Errorf("%q does not count as %s", typed, code.Reveal())
			}
		}
		if other, _ := EnrolmentHash("usr_uma", code); other == want {
			t.Error("a code counts for another person")
		}
	}
	for _, typed := range []string{"", "-", "ABCD-EFGH", "ABCD-EFGH-JKMN-P", "ABCD-EFGH-JKM\u0000", "UUUU-UUUU-UUUU", "ABCD/EFGH/JKMN", strings.Repeat("-", 1<<20) + "ABCDEFGHJKMN", "ÅBCD-EFGH-JKMN"} {
		if _, ok := EnrolmentHash("usr_tom", idp.NewSecret(typed)); ok {
			t.Errorf("%.20q counts as a code", typed)
		}
	}
}
