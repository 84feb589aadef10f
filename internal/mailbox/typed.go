package mailbox

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/apscloud/apsid/internal/idp"
)

// longestTyped is how much text is looked at, in bytes: an address with an invisible character of four bytes after each of its own.
const longestTyped = 8 * idp.MaxUsername

// Typed returns the user name that a person means by this text: without invisible characters and space around it, in Unicode
// normalisation form KC and lower case, and with the labels of its domain as people read them. Text that is no address comes back
// as well as it can, and belongs to no account. All texts that lead to one account by Typed share its failure counters (ABUSE 17).
func Typed(text string) string {
	if len(text) > longestTyped {
		return text[:longestTyped]
	}
	name := fold(strings.TrimSpace(strip(text)))
	local, domain, found := strings.Cut(name, "@")
	if !found || len(name) > idp.MaxUsername {
		return name
	}
	readable, _, ok := domains(domain)
	if !ok {
		return name
	}
	return local + "@" + readable
}

// IsAddress reports whether the text may be the user name of an account that exists: a name of earlier releases too, which took what
// Parse refuses.
func IsAddress(text string) bool {
	name := Typed(text)
	local, domain, found := strings.Cut(name, "@")
	return found && local != "" && domain != "" && !strings.Contains(domain, "@") && len(name) <= idp.MaxUsername && !strings.ContainsFunc(name, unicode.IsSpace)
}

// Find looks an account up by what a person typed: by the exact text first, because releases before this parser stored names that
// Typed changes, and then by what Typed makes of it. find returns idp.ErrNotFound where there is none, and so does Find.
func Find[T any](text string, find func(username string) (T, error)) (found T, err error) {
	err = idp.ErrNotFound
	for _, name := range forms(text) {
		found, err = find(name)
		if !errors.Is(err, idp.ErrNotFound) {
			return found, err
		}
	}
	return found, err
}

// forms lists the names under which an account may be stored that a person means by this text. For an ordinary address it is one.
func forms(text string) []string {
	typed := Typed(text)
	exact := strings.ToLower(strings.TrimSpace(text))
	if exact == typed || len(exact) > idp.MaxUsername || strings.ContainsFunc(exact, unicode.IsControl) {
		return []string{typed}
	}
	return []string{exact, typed}
}

// fold returns the text in normalisation form KC and lower case. Lower case can undo the normalisation, so that it comes again.
func fold(text string) string {
	return norm.NFKC.String(strings.ToLower(norm.NFKC.String(text)))
}

// strip leaves out what can't be seen.
func strip(text string) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, text)
}

// invisible reports whether a character shows nothing where it stands: formats and marks of direction, soft hyphens, fillers,
// variation selectors, tags, control characters. White space is none of them.
func invisible(r rune) bool {
	const brailleBlank = '\u2800'
	return r == brailleBlank || unicode.IsControl(r) && !unicode.IsSpace(r) ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// mixed reports whether the text has letters of two alphabets that look alike, so that a reader can't tell it from another.
func mixed(text string) bool {
	alphabets := []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Coptic, unicode.Lisu}
	first := -1
	for _, r := range text {
		at := slices.IndexFunc(alphabets, func(t *unicode.RangeTable) bool { return unicode.Is(t, r) })
		if at >= 0 && first >= 0 && at != first {
			return true
		}
		if at >= 0 {
			first = at
		}
	}
	return false
}
