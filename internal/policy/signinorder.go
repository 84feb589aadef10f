package policy

import (
	"slices"

	"github.com/apscloud/apsid/internal/idp"
)

// MaxAuthenticators is how many authenticators a person may have. A sign-in that can't go on without another one adds it beyond that.
const MaxAuthenticators = 5

// InSigninOrder sorts what a person has bound, newest first, into the order in which sign-ins ask for it: what they made their default,
// the latest choice first; then passkeys, which no false page can use (NIST SP 800-63B-4, section 3.2.5), apps, and text messages (section
// 3.1.3.3 restricts those); of two alike, the newer one. What is of a kind that is not allowed comes last, whatever was chosen. So a default
// that is removed, or allowed no more, leaves its place to the choice before it, and in the end to the best of what is left.
func InSigninOrder(bound []idp.Authenticator, allowed []idp.Kind) []idp.Authenticator {
	best := []idp.Kind{idp.KindPasskey, idp.KindTOTP, idp.KindSMS}
	ordered := slices.Clone(bound)
	slices.SortStableFunc(ordered, func(a, b idp.Authenticator) int {
		if may := slices.Contains(allowed, a.Kind); may != slices.Contains(allowed, b.Kind) {
			return before(may)
		}
		if !a.DefaultAt.Equal(b.DefaultAt) {
			return before(a.DefaultAt.After(b.DefaultAt))
		}
		return slices.Index(best, a.Kind) - slices.Index(best, b.Kind)
	})
	return ordered
}

// before is the answer of a comparison: whether the first one comes first.
func before(first bool) int {
	if first {
		return -1
	}
	return 1
}

// DefaultAuthenticator is the one that a sign-in asks for first; "" for a person who has none.
func DefaultAuthenticator(bound []idp.Authenticator) idp.AuthenticatorID {
	if len(bound) == 0 {
		return ""
	}
	return InSigninOrder(bound, AllowedAuthenticators(true))[0].ID
}
