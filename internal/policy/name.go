package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is the longest name of a person, a practice, an app or a device, in characters.
const MaxName = 80

// NameProblem says why a text can't be a name.
type NameProblem string

// The problems of names. A name stands in mails that APS ID sends to people who don't expect them: one that carries a link, a
// telephone number or a line of its own would be an attacker's message in APS's envelope (ABUSE 57).
const (
	NameFine      NameProblem = ""
	NameEmpty     NameProblem = "empty"
	NameUnprinted NameProblem = "unprinted" // a line end, a control character, one that turns the reading direction, letters in disguise
	NameTooLong   NameProblem = "too_long"
	NameLink      NameProblem = "link"
	NamePhone     NameProblem = "phone"
)

// Text says what is wrong, so that it follows the name of the field.
func (p NameProblem) Text() string {
	return map[NameProblem]string{
		NameFine:      "",
		NameEmpty:     "must not be empty, nor begin or end with a space",
		NameUnprinted: "must be printable characters only, on one line",
		NameTooLong:   "must not be longer than 80 characters",
		NameLink:      "must not hold a web address: names stand in emails that APS sends",
		NamePhone:     "must not hold a telephone number: names stand in emails that APS sends",
	}[p]
}

// CheckName is the one rule for everything that has a name: people, practices, apps, integrations and their owners, devices.
func CheckName(name string) NameProblem {
	plain := unfancied(name)
	switch {
	case strings.TrimSpace(name) == "" || name != strings.TrimSpace(name):
		return NameEmpty
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable):
		return NameUnprinted
	case utf8.RuneCountInString(name) > MaxName:
		return NameTooLong
	case hasLink(plain):
		return NameLink
	case hasPhone(plain):
		return NamePhone
	default:
		return NameFine
	}
}

// unprintable refuses, beside what is not printable, the letters and digits that are only another form of ASCII, such as 𝐛𝐨𝐥𝐝 and
// ①: no one's name has them, and they hide an address or a number from a filter and not from a reader.
func unprintable(r rune) bool {
	disguised := r >= 0x1d400 && r <= 0x1d7ff || r >= 0x2460 && r <= 0x24ff || r >= 0x1f100 && r <= 0x1f1ff ||
		r >= 0x2070 && r <= 0x209f || r >= 0x2776 && r <= 0x2793 || r >= 0x1fbf0 && r <= 0x1fbf9 || r == 0x20e3
	return disguised || !unicode.IsPrint(r)
}

// unfancied is the name as a reader takes it in: in lower case, without accents that are characters of their own, with the dots,
// slashes and colons of other scripts and the wide forms of ASCII as ASCII.
func unfancied(name string) string {
	catalan := strings.NewReplacer("l·l", "ll", "L·L", "LL") // Marcel·la
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xff01 && r <= 0xff5e: // the wide forms stand in the order of ASCII
			r -= 0xff01 - '!'
		case strings.ContainsRune("。｡․﹒۔·‧∙⋅", r):
			r = '.'
		case strings.ContainsRune("⁄∕⧸╱⫽", r):
			r = '/'
		case strings.ContainsRune("：︓﹕∶꞉ː˸", r):
			r = ':'
		case unicode.Is(unicode.Mn, r) && r < 0x0900: // marks on letters of Latin, Greek and Cyrillic
			return -1
		}
		return unicode.ToLower(r)
	}, catalan.Replace(name))
}

// Bounds of the digits in a name: as many as a local telephone number has, with anything but letters between them, and in all.
const (
	digitsOfPhone = 7
	digitsInAll   = 10
)

// hasPhone reports whether the name has a telephone number, in the digits of any script.
func hasPhone(plain string) bool {
	run, all := 0, 0
	for _, r := range plain {
		switch {
		case unicode.IsDigit(r) || strings.ContainsRune("〇零一二三四五六七八九", r):
			run++
			all++
		case unicode.IsLetter(r):
			run = 0
		}
		if run >= digitsOfPhone || all >= digitsInAll {
			return true
		}
	}
	return false
}
