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
	longestCode = 64 // bytes as typed, with spaces and the like; longer text is no code
)

// NewCode returns a fresh six-digit security code, every value equally likely (NIST SP 800-63B-4, section 3.1.3).
func NewCode() idp.Secret { return NewDigits(codeDigits) }

// NewDigits returns a fresh code of n digits, 18 at most, every value equally likely.
func NewDigits(n int) idp.Secret {
	values := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	value, err := rand.Int(rand.Reader, values)
	if err != nil {
		panic("no randomness: " + err.Error()) // crypto/rand never returns an error since Go 1.24
	}
	return idp.NewSecret(fmt.Sprintf("%0*d", n, value))
}

// NormalCode returns the six digits of a code as typed or pasted: without spaces, dashes and invisible characters, full-width
// digits made plain. It reports false for anything else.
func NormalCode(typed idp.Secret) (idp.Secret, bool) { return NormalDigits(typed, codeDigits) }

// NormalDigits does the same for a code of n digits.
func NormalDigits(typed idp.Secret, n int) (idp.Secret, bool) {
	text := typed.Reveal()
	if len(text) > longestCode {
		return idp.Secret{}, false
	}
	digits := strings.Map(dropSeparator, norm.NFKC.String(text))
	if len(digits) != n || !onlyDigits(digits) {
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
