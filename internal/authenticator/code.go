package authenticator

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	codeDigits  = 6
	codeValues  = 1_000_000
	longestCode = 64 // bytes as typed, with spaces and the like; longer text is no code
)

// NewCode returns a fresh six-digit security code, every value equally likely (NIST SP 800-63B-4, section 3.1.3).
func NewCode() idp.Secret {
	n, err := rand.Int(rand.Reader, big.NewInt(codeValues))
	if err != nil {
		panic("no randomness: " + err.Error()) // crypto/rand never returns an error since Go 1.24
	}
	return idp.NewSecret(fmt.Sprintf("%0*d", codeDigits, n))
}

// NormalCode returns the six digits of a code as typed or pasted: without spaces, dashes and invisible characters, full-width
// digits made plain. It reports false for anything else.
func NormalCode(typed idp.Secret) (idp.Secret, bool) {
	text := typed.Reveal()
	if len(text) > longestCode {
		return idp.Secret{}, false
	}
	digits := strings.Map(dropSeparator, norm.NFKC.String(text))
	if len(digits) != codeDigits || !onlyDigits(digits) {
		return idp.Secret{}, false
	}
	return idp.NewSecret(digits), true
}

// PlainPIN is a recovery PIN without the spaces and dashes that people set between digits.
func PlainPIN(typed idp.Secret) idp.Secret {
	return idp.NewSecret(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(typed.Reveal()))
}

func dropSeparator(r rune) rune {
	if unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) {
		return -1
	}
	return r
}

func onlyDigits(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
