package authenticator

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
	"golang.org/x/text/unicode/norm"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

const (
	// judged is how many characters are looked at for words and patterns at once: the search takes more than linear time. A longer
	// password is as good as the better one of its two ends.
	judged = 48
	// maxOwn is how many words of the person and the practice are looked for, and longestOwn how long each may be, in characters.
	maxOwn, longestOwn = 60, 40
)

// Judge says how easy a password is to guess for an attacker who knows these texts: names of the person, of the practice and of its
// apps. A list of stolen passwords that can't be read is reported to Listed.Failed, and the password is judged without it: the list is
// one defence of several. A text that no password can be gets the zero facts.
func (p *Passwords) Judge(password idp.Secret, texts []string) policy.PasswordFacts {
	attempt, err := newAttempt("password", password)
	if err != nil {
		return policy.PasswordFacts{}
	}
	own := ownWords(texts)
	facts := policy.PasswordFacts{Guesses: guesses(attempt.normal, own), Breached: p.listed.any(attempt.forms())}
	beside := without(plain(attempt.normal), own)
	if beside != plain(attempt.normal) {
		facts.Own, facts.Beside = true, guesses(beside, own)
	}
	return facts
}

func guesses(text string, own []string) float64 {
	runes := []rune(text)
	if len(runes) <= judged {
		return zxcvbn.PasswordStrength(text, own).Guesses
	}
	head := zxcvbn.PasswordStrength(string(runes[:judged]), own).Guesses
	return math.Max(head, zxcvbn.PasswordStrength(string(runes[len(runes)-judged:]), own).Guesses)
}

// ownWords lists the words of these texts, and each text as one word, longest first.
func ownWords(texts []string) (words []string) {
	add := func(word string) {
		count := utf8.RuneCountInString(word)
		least := 3
		if first, _ := utf8.DecodeRuneInString(word); first > unicode.MaxLatin1 { // other scripts say more with a character
			least = 2
		}
		if count >= least && count <= longestOwn && !slices.Contains(words, word) && len(words) < maxOwn {
			words = append(words, word)
		}
	}
	for _, text := range texts {
		add(plain(text))
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
			add(plain(word))
		}
	}
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// plain is a text as far as it counts for a comparison: letters and digits in one form and in lower case.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, strings.ToLower(norm.NFKC.String(text)))
}

// without leaves the words out of a text, forwards and backwards, also where digits stand for letters.
func without(text string, words []string) string {
	for _, word := range words {
		for _, form := range []string{word, reversed(word)} {
			for at := strings.Index(letters(text), letters(form)); at >= 0; at = strings.Index(letters(text), letters(form)) {
				text = text[:at] + text[at+len(form):]
			}
		}
	}
	return text
}

// letters reads the digits that stand for letters. The text keeps its length in bytes.
func letters(text string) string {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t").Replace(text)
}

func reversed(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}
