package authenticator_test

import (
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func judge(t *testing.T, listed authenticator.Listed) func(text string, withMFA bool) policy.PasswordProblem {
	t.Helper()
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{Listed: listed})
	if err != nil {
		t.Fatal(err)
	}
	known := append(policy.OwnTexts(idp.User{Username: "mia.chen@harbourfinch.example", Name: "Mia Chén"},
		idp.Practice{PracticeDetails: idp.PracticeDetails{Name: "Harbour & Finch 港湾会計"}}), "Cloud Timesheets", "Lodgements")
	return func(text string, withMFA bool) policy.PasswordProblem {
		facts := passwords.Judge(idp.NewSecret(text), known)
		facts.WithMFA = withMFA
		return policy.CheckPassword(text, facts)
	}
}

// ABUSE 56: what an attacker tries first is no password, with or without MFA.
func TestWhatIsInEveryListIsNoPassword(t *testing.T) {
	check := judge(t, authenticator.Listed{})
	for _, text := range []string{
		"passwordpassword", "Password12345678", "123456789012345", "111111111111111", "qwertyuiopasdfgh", "1q2w3e4r5t6y7u8i", "letmeinletmein12", "p@ssw0rdp@ssw0rd",
		"iloveyouiloveyou", "welcome123456789", "abcdefghijklmnop", "zyxwvutsrqponmlk", "monkeymonkey1234", "adminadminadmin1", "sunshinesunshine", "314159265358979",
		"20250131 20250131", "Passw0rd!Passw0rd!", "qwerty123456qwerty", "asdfghjkl;'asdfg", "aaaaaaaaaaaabbbbb",
		"harbourfinch2026", "HarbourFinch123!", "Harbour & Finch!!", "harbour&finch&1!", "hcniFruobraH2026", "h4rb0urf1nch2026", "miachen123456789", "mia.chen@harbourfinch.example",
		"MiaChen-Harbour1", "mia.chen.mia.chen", "cloudtimesheets1", "TimesheetsHarbour", "apscloudapscloud", "aps-id-aps-id-aps", "Lodgements2026!!", "港湾会計港湾会計2026年", "ｈａｒｂｏｕｒｆｉｎｃｈ２６",
	} {
		for _, withMFA := range []bool{false, true} {
			if got := check(text, withMFA); got == policy.PasswordFine || got == policy.PasswordShort {
				t.Errorf("%q (MFA %t): %q", text, withMFA, got)
			}
		}
	}
}

func TestPasswordsOfPeopleAreFine(t *testing.T) {
	check := judge(t, authenticator.Listed{})
	for _, text := range []string{
		"correct-horse-harbour-1", "purple-kettle-lantern", "teapot bramble granite 7", "Zx9!kd72Qpw4", "vier Kühe im Regen", "海辺で猫がラジオを聴いている",
		"тёплый чайник окно", "harbour lantern copper 88", strings.Repeat("purple kettle lantern window ", 30),
	} {
		if got := check(text, false); got != policy.PasswordFine {
			t.Errorf("%q: %q", text, got)
		}
	}
	for text, want := range map[string]policy.PasswordProblem{"kv8#Tq2z": policy.PasswordFine, "kv8#Tq2": policy.PasswordShortWithMFA} {
		if got := check(text, true); got != want {
			t.Errorf("%q with MFA: %q", text, got)
		}
	}
	if got := check("kv8#Tq2z", false); got != policy.PasswordShort {
		t.Errorf("eight characters alone: %q", got)
	}
}

// ABUSE 42, 56: a text of any length and form is judged by its two ends, so that no text makes judging slow: a megabyte is judged as
// the characters at its ends are.
func TestJudgingIsBounded(t *testing.T) {
	check := judge(t, authenticator.Listed{})
	for _, text := range []string{
		strings.Repeat("a", 1024), strings.Repeat("ab", 512), strings.Repeat("1/1/1", 200), strings.Repeat("4@8({<6&9#!1|0$5+7%2zZ", 40),
		strings.Repeat("password", 128), strings.Repeat("ｈ港", 170), strings.Repeat("harbourfinch", 85), strings.Repeat("\u0301", 500), strings.Repeat("a", 1<<20), "\xff\x00",
	} {
		if runes := []rune(text); len(runes) > 200 && len(text) <= policy.MaxPasswordBytes && check(string(runes[:100])+string(runes[len(runes)-100:]), false) != check(text, false) {
			t.Errorf("%.20q of %d characters is not judged by its ends", text, len(runes))
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("correct-horse-harbour-1", "Harbour & Finch")
	f.Add("港湾会計2026年", "港湾会計")
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, own string) {
		facts := passwords.Judge(idp.NewSecret(text), []string{own, own + " " + text})
		if facts.Breached || facts.Guesses < 0 {
			t.Errorf("%q: %+v", text, facts)
		}
	})
}
