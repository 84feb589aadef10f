package policy

import (
	"strings"
	"unicode/utf8"
)

// MaxPasswordBytes is the longest password that is looked at; longer ones are refused, never cut (ABUSE 42).
const MaxPasswordBytes = 1024

// minPassword is the shortest new password in characters. NIST SP 800-63B-4, section 3.1.1.2, asks for 15 where a password
// stands alone, as it does in a practice with MFA off.
const minPassword = 15

// PasswordProblem names why a new password is refused; "" if it may be used.
type PasswordProblem string

// The problems.
const (
	PasswordFine       PasswordProblem = ""
	PasswordShort      PasswordProblem = "too_short"
	PasswordLong       PasswordProblem = "too_long"
	PasswordCharacters PasswordProblem = "characters" // not UTF-8, or it holds NUL
	PasswordPersonal   PasswordProblem = "personal"   // holds the user name
	PasswordSimple     PasswordProblem = "simple"     // one character or a short run, again and again
)

// CheckPassword decides whether text may become the password of username. There are no rules of composition (NIST SP
// 800-63B-4, section 3.1.1.2).
func CheckPassword(text, username string) PasswordProblem {
	local, _, _ := strings.Cut(username, "@")
	switch {
	case len(text) > MaxPasswordBytes:
		return PasswordLong
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return PasswordCharacters
	case utf8.RuneCountInString(text) < minPassword:
		return PasswordShort
	case strings.EqualFold(text, username), len(local) >= 4 && len(text) < len(local)+6 && strings.Contains(strings.ToLower(text), strings.ToLower(local)):
		return PasswordPersonal
	case distinct(text) < 5:
		return PasswordSimple
	default:
		return PasswordFine
	}
}

func distinct(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}
