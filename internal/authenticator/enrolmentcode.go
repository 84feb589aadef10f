package authenticator

import (
	"crypto/rand"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// crockford is the alphabet of Douglas Crockford's base32: nothing in it sounds or looks like something else in it.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// enrolmentLength is in characters of 5 bits: 60 bits.
const enrolmentLength = 12

// NewEnrolmentCode returns a fresh code that an administrator reads out, as it is shown: in groups of four.
func NewEnrolmentCode() idp.Secret {
	raw := make([]byte, enrolmentLength)
	_, _ = rand.Read(raw) // it never fails since Go 1.24
	var code strings.Builder
	for i, b := range raw {
		if i > 0 && i%4 == 0 {
			code.WriteByte('-')
		}
		code.WriteByte(crockford[b&31])
	}
	return idp.NewSecret(code.String())
}

// EnrolmentHash is how a code is kept and found: together with the person whose it is, so that it is of no use to another. Spaces, dashes
// and small letters don't matter, nor O for 0, or I and L for 1. ok is false for what can't be a code.
//
// It is a plain SHA-256. To find a code by its hash takes 2^60 tries, within the ten minutes that the code lives and before it is used:
// a slow hash would only slow the provider down.
func EnrolmentHash(person idp.UserID, typed idp.Secret) (hash string, ok bool) {
	const longest = 100 // whatever stands between the characters
	if len(typed.Reveal()) > longest {
		return "", false
	}
	plain := strings.NewReplacer(" ", "", "\u00a0", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed.Reveal()))
	if len(plain) != enrolmentLength || strings.Trim(plain, crockford) != "" {
		return "", false
	}
	return idp.HashToken("enrolment/" + string(person) + "/" + plain), true
}
