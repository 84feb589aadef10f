package authenticator

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/apscloud/apsid/internal/idp"
)

// MaxPassword is the longest password, in bytes of UTF-8, before and after normalisation. NIST SP 800-63B-4 section 3.1.1.2
// asks for 64 characters at least; the bound keeps a megabyte from being hashed.
const MaxPassword = 1024

// attempt is a password as typed and as compared.
type attempt struct {
	normal string // Unicode normalisation form C: what we hash, so that any keyboard of the owner gives the same bytes
	typed  string // what systems that don't normalise hashed
}

// newAttempt refuses what can't be hashed whole: nothing is ever cut off. NUL is refused because C implementations of imported
// hashes stop there.
func newAttempt(field string, text idp.Secret) (attempt, error) {
	typed := text.Reveal()
	if len(typed) > MaxPassword {
		return attempt{}, idp.Invalid(field, "is longer than %d bytes", MaxPassword)
	}
	if strings.ContainsRune(typed, 0) || !utf8.ValidString(typed) {
		return attempt{}, idp.Invalid(field, "holds characters that can't be used")
	}
	normal := norm.NFC.String(typed)
	if len(normal) > MaxPassword {
		return attempt{}, idp.Invalid(field, "is longer than %d bytes", MaxPassword)
	}
	return attempt{normal: normal, typed: typed}, nil
}

// forms lists what another system may have hashed for this password.
func (a attempt) forms() []string {
	if a.normal == a.typed {
		return []string{a.normal}
	}
	return []string{a.normal, a.typed}
}

// CheckPassword returns idp.ErrInvalid for a password that could not be used at all: longer than MaxPassword, with NUL, or not
// UTF-8. Whether it is a good one is not asked here.
func CheckPassword(password idp.Secret) error {
	_, err := newAttempt("password", password)
	return err
}
