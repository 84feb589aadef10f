package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/policy"
)

// How long a name, a sentence that a person wrote, the name a subject begins with, and a subject may be, in characters.
const (
	longestName     = 80
	longestSentence = 1000
	longestFirst    = 40
	longestSubject  = 160
)

// oneLine makes text that came from outside fit for a header or a sentence: control characters, line and paragraph separators
// and invisible format characters (which can turn the reading direction) become spaces, and the length is bounded.
func oneLine(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(clean), " ")
}

// nameOf is oneLine for a name, without what mail programs make a link of: a message from us must not carry a link to another
// site. A name that was stored before there was a rule for names, and carries an address or a telephone number, loses its dots and
// digits (ABUSE 57).
func nameOf(text string) string {
	name := bounded(oneLine(text), longestName)
	if problem := policy.CheckName(name); problem == policy.NameLink || problem == policy.NamePhone {
		name = strings.Map(lettersOnly, name)
	}
	return plain(name, longestName)
}

func lettersOnly(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsMark(r) {
		return r
	}
	return ' '
}

// sentenceOf is the same for a sentence that a member of APS staff wrote.
func sentenceOf(text string) string { return plain(text, longestSentence) }

func plain(text string, longest int) string {
	return bounded(oneLine(strings.NewReplacer("://", " ", "/", " ", "www.", "www ", "@", " at ", "<", " ", ">", " ").Replace(text)), longest)
}

func bounded(text string, longest int) string {
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return text
}
