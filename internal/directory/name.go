package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

// maxName is the longest name of a person, practice or app, in characters.
const maxName = 100

// checkName refuses names that are empty, too long, or that could break a line, a page or an e-mail.
func checkName(field, name string) error {
	switch {
	case strings.TrimSpace(name) == "" || name != strings.TrimSpace(name):
		return idp.Invalid(field, "must not be empty, nor begin or end with a space")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return idp.Invalid(field, "must be printable characters only")
	case utf8.RuneCountInString(name) > maxName:
		return idp.Invalid(field, "must not be longer than %d characters", maxName)
	}
	return nil
}
