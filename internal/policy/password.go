package policy

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

// MaxPasswordBytes is the longest password that is looked at; longer ones are refused, never cut (ABUSE 42).
const MaxPasswordBytes = 1024

// The shortest new password, in characters. Where an app asks for MFA only sometimes, the password counts as the only factor.
const (
	MinPassword        = 12 // the password is the only factor
	MinPasswordWithMFA = 8  // NIST SP 800-63B-4, section 3.1.1.2
)

// PasswordCheckAfter is how long a password that is in use is not checked again after it was found fine, or its owner was asked to choose
// another one. The rules change, people get other names, and passwords are stolen (NIST SP 800-63B-4, section 3.1.1.2).
const PasswordCheckAfter = 24 * time.Hour

const (
	// fewGuesses is up to where a password is too easy: an online attacker within the limits of this program stays far below, and an
	// attacker with a stolen hash needs years (score 3 of zxcvbn).
	fewGuesses = 1e8
	// fewBesideOwn is up to where what is left of a password without the person's own words is too easy.
	fewBesideOwn = 1e6
	// mostlyDigits is up to how many characters a password of digits alone is taken for a number that others know.
	mostlyDigits = 20
)

// PasswordFacts is what is known of a new password beside its text.
type PasswordFacts struct {
	WithMFA  bool    // every sign-in with it asks for a second factor: see PasswordHasMFA
	Guesses  float64 // how many guesses find it, by common words, names, dates, keys and patterns
	Own      bool    // holds words of the person, the practice, an app or APS
	Beside   float64 // how many guesses find what is left without those words
	Breached bool    // stands in the list of passwords that were stolen elsewhere
}

// PasswordHasMFA reports whether MFA holds at every app for this person, by a rule of the practice or the role. An app's own rule is
// not enough: the password opens the other apps. When the requirement is taken away later, the password stays, and the daily check of a
// later sign-in asks for a longer one: see PasswordCheckAfter.
func PasswordHasMFA(user idp.User, practice idp.Practice, now time.Time) bool {
	return RequireMFA(user, practice, idp.Client{}, "", now).MFA()
}

// PasswordProblem names why a new password is refused; "" if it may be used.
type PasswordProblem string

// The problems.
const (
	PasswordFine         PasswordProblem = ""
	PasswordShort        PasswordProblem = "too_short"
	PasswordShortWithMFA PasswordProblem = "too_short_with_mfa"
	PasswordLong         PasswordProblem = "too_long"
	PasswordCharacters   PasswordProblem = "characters" // not UTF-8, or it holds NUL
	PasswordPersonal     PasswordProblem = "personal"   // made of the person's, the practice's or an app's name
	PasswordSimple       PasswordProblem = "simple"     // one character or a short run, again and again
	PasswordDigits       PasswordProblem = "digits"     // a number
	PasswordBreached     PasswordProblem = "breached"
	PasswordGuessable    PasswordProblem = "guessable"
)

// Reason is the reason of the event about a password that is in use and would be refused today.
func (p PasswordProblem) Reason() idp.Reason { return idp.Reason(p) }

// PasswordError is the private cause of the error that refuses a new password, for a caller that has its own way to show the problem.
type PasswordError struct{ Problem PasswordProblem }

// Error implements error.
func (e *PasswordError) Error() string { return "the password is refused: " + string(e.Problem) }

// CheckPassword decides whether text may become a password. There are no rules of composition (NIST SP 800-63B-4, section 3.1.1.2).
func CheckPassword(text string, f PasswordFacts) PasswordProblem {
	length := utf8.RuneCountInString(text)
	switch {
	case len(text) > MaxPasswordBytes:
		return PasswordLong
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return PasswordCharacters
	case f.WithMFA && length < MinPasswordWithMFA:
		return PasswordShortWithMFA
	case !f.WithMFA && length < MinPassword:
		return PasswordShort
	case f.Breached:
		return PasswordBreached
	case distinct(text) < 5:
		return PasswordSimple
	case f.Own && f.Beside < fewBesideOwn:
		return PasswordPersonal
	case length < mostlyDigits && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsDigit(r) && !unicode.IsSpace(r) && !unicode.IsPunct(r) }):
		return PasswordDigits
	case f.Guesses < fewGuesses:
		return PasswordGuessable
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

// OwnTexts lists what an attacker knows of a person, beside the names of the practice's apps: name, address, practice, and APS. The
// last label of the address's domain is left out, because it is a word of everybody.
func OwnTexts(user idp.User, practice idp.Practice) []string {
	local, domain, _ := strings.Cut(user.Username, "@")
	if dot := strings.LastIndexByte(domain, '.'); dot >= 0 {
		domain = domain[:dot]
	}
	return []string{user.Username, local, domain, user.Name, practice.Name, "APS", "APS ID", "APS Cloud", "Cloud Timesheets", "Contacts+"}
}
