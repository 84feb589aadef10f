package authenticator

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"github.com/apscloud/apsid/internal/idp"
)

// PhoneProblem says why a number can't be used; the values are those of the sign-in's problems.
type PhoneProblem string

// The problems there are.
const (
	PhoneFine      PhoneProblem = ""
	PhoneInvalid   PhoneProblem = "phone"            // not a number of that country
	PhoneNotMobile PhoneProblem = "phone_not_mobile" // a number of that country, and no mobile
	PhoneCountry   PhoneProblem = "country_other"    // we don't text there
)

// longestPhone bounds what is parsed, in bytes as typed.
const longestPhone = 64

// ParseMobile reads a mobile number as people of the country write it, or with the country's international prefix, and returns
// it in E.164. Countries are AU, NZ and GB, without the Isle of Man and the Channel Islands: those share the prefix of GB and
// have carriers and prices of their own. (The Australian islands share Australia's mobile ranges.) Anything but a mobile range
// is refused, which is the first guard against messages sent to numbers that earn an attacker money.
func ParseMobile(country, text string) (idp.Secret, PhoneProblem) {
	switch country {
	case "AU", "NZ", "GB":
	default:
		return idp.Secret{}, PhoneCountry
	}
	typed, ok := plainPhone(text)
	if !ok {
		return idp.Secret{}, PhoneInvalid
	}
	number, err := phonenumbers.Parse(typed, country)
	if err != nil || !phonenumbers.IsValidNumberForRegion(number, country) {
		return idp.Secret{}, PhoneInvalid
	}
	if phonenumbers.GetNumberType(number) != phonenumbers.MOBILE {
		return idp.Secret{}, PhoneNotMobile
	}
	if onAnIsland(number) {
		return idp.Secret{}, PhoneInvalid
	}
	return idp.NewSecret(phonenumbers.Format(number, phonenumbers.E164)), PhoneFine
}

// onAnIsland is a check of its own, because the library names GB first where the mobile ranges overlap.
func onAnIsland(mobile *phonenumbers.PhoneNumber) bool {
	return slices.ContainsFunc([]string{"GG", "IM", "JE"}, func(island string) bool {
		return phonenumbers.IsValidNumberForRegion(mobile, island)
	})
}

// plainPhone admits digits and the marks people set between them. The library would read more (letters as keys, extensions,
// parameters), and none of it belongs in a number to send a text to. It also takes 00 for the plus sign, as most of the world
// does and Australia, which dials 0011, does not.
func plainPhone(text string) (string, bool) {
	if len(text) > longestPhone {
		return "", false
	}
	plain := strings.TrimSpace(strings.Map(plainPhoneRune, norm.NFKC.String(text)))
	if abroad, ok := strings.CutPrefix(plain, "00"); ok && !strings.HasPrefix(abroad, "11") {
		plain = "+" + abroad
	}
	return plain, !strings.ContainsRune(plain, foreign)
}

const foreign = 'x' // stands for any character that has no place in a number

func plainPhoneRune(r rune) rune {
	switch {
	case r >= '0' && r <= '9', strings.ContainsRune("+()./", r):
		return r
	case dropSeparator(r) < 0:
		return ' '
	default:
		return foreign
	}
}

// MaskPhone shows the last three digits of a number, for pages and the audit trail.
func MaskPhone(e164 idp.Secret) string {
	const shown = 3
	digits := e164.Reveal()
	if len(digits) <= shown {
		return "•••"
	}
	return "••• ••• " + digits[len(digits)-shown:]
}

// ShowPhone is the whole number as people of its country write it, for the person who has just typed it.
func ShowPhone(e164 idp.Secret) string {
	number, err := phonenumbers.Parse(e164.Reveal(), "")
	if err != nil {
		return MaskPhone(e164)
	}
	return phonenumbers.Format(number, phonenumbers.NATIONAL)
}

// CountryOfPhone returns the country of a number that ParseMobile accepted; "" for any other.
func CountryOfPhone(e164 idp.Secret) string {
	number := e164.Reveal()
	switch {
	case strings.HasPrefix(number, "+61"):
		return "AU"
	case strings.HasPrefix(number, "+64"):
		return "NZ"
	case strings.HasPrefix(number, "+44"):
		return "GB"
	default:
		return ""
	}
}
