package authenticator

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// attempt is a password as typed and as compared.
type attempt struct {
	normal string // Unicode normalisation form C: what we hash, so that any keyboard of the owner gives the same bytes
	typed  string // what systems that don't normalise hashed
}

// newAttempt refuses what can't be hashed whole, before and after normalisation: nothing is ever cut off. NUL is refused because C implementations of imported
// hashes stop there.
func newAttempt(field string, text idp.Secret) (attempt, error) {
	typed := text.Reveal()
	if len(typed) > policy.MaxPasswordBytes {
		return attempt{}, idp.Invalid(field, "is longer than %d bytes", policy.MaxPasswordBytes)
	}
	if strings.ContainsRune(typed, 0) || !utf8.ValidString(typed) {
		return attempt{}, idp.Invalid(field, "holds characters that can't be used")
	}
	normal := norm.NFC.String(typed)
	if len(normal) > policy.MaxPasswordBytes {
		return attempt{}, idp.Invalid(field, "is longer than %d bytes", policy.MaxPasswordBytes)
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
