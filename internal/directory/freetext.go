package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

// maxNote is the longest note or answer, in characters.
const maxNote = 1000

// checkText refuses free text that is too long, or has characters that could change how a page, an e-mail or a log is read: all
// but printable ones, line ends, and the joiners that Persian, Hindi and others are written with. It may be empty.
func checkText(field, text string, most int) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable):
		return idp.Invalid(field, "Use letters, digits and punctuation only.")
	case utf8.RuneCountInString(text) > most:
		return idp.Invalid(field, "Use at most %d characters.", most)
	default:
		return nil
	}
}

func unprintable(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r != '\n' && r != nonJoiner && r != joiner && !unicode.IsPrint(r)
}

// plainText is free text as it is kept: without spaces around it, with one kind of line end.
func plainText(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}
