package idp

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the text as names are searched and sorted, so that people find each other by what their keyboard has. It is decomposed
// (NFKD, Unicode Standard Annex #15), without accents and other marks, apostrophes, dashes and what can't be seen, without difference
// of case, and with one space for all white space between words. Ligatures, and Latin letters with a stroke, are the letters that
// people type for them. Folding a folded text changes nothing.
func Fold(text string) string {
	text = strings.Map(joined, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Map(unmarked, norm.NFKD.String(text))
	var folded strings.Builder
	for _, r := range strings.ToLower(strings.ToUpper(text)) { // letters with two small forms have one capital
		folded.WriteString(plain(r))
	}
	return strings.Join(strings.Fields(folded.String()), " ")
}

// joined drops what stands inside of a word in some spellings of it and is missing in others. It runs before the text is decomposed,
// which makes a space and a mark of an acute accent that was typed for an apostrophe.
func joined(r rune) rune {
	switch {
	case strings.ContainsRune("'’‘‛`´′＇ʹʻʼʽʾʿˈ·・･−ـ", r), unicode.In(r, unicode.Pd, unicode.Cf):
		return -1
	case unicode.IsControl(r):
		return ' '
	}
	return r
}

// unmarked drops the marks of a decomposed text. Marks that take a place of their own (Mc) are letters to those who write them.
func unmarked(r rune) rune {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return -1
	}
	return joined(r)
}

// plain spells a lower-case Latin letter that has no decomposition.
func plain(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ħ':
		return "h"
	case 'ŧ':
		return "t"
	case 'ŋ':
		return "n"
	}
	return string(r)
}
