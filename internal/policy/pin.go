package policy

import (
	"slices"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// PINProblem says why a recovery PIN is refused; the values are those of the sign-in's problems.
type PINProblem string

// The problems there are, in the order in which they are looked for: the first that holds is the one named.
const (
	PINFine    PINProblem = ""
	PINFormat  PINProblem = "pin_format"  // not 6 to 10 digits
	PINRepeats PINProblem = "pin_repeats" // 111111, 121212, 123123, 111222
	PINRun     PINProblem = "pin_run"     // 123456, 987654, 890123, 123321
	PINPhone   PINProblem = "pin_phone"   // digits of the user's telephone number
	PINYear    PINProblem = "pin_year"    // a date, or two years
	PINCommon  PINProblem = "pin_common"  // among the most used
)

// The lengths of a recovery PIN, in digits.
const (
	MinPIN = 6
	MaxPIN = 10
)

// CheckPIN decides whether a recovery PIN may be used; phones are the user's telephone numbers in E.164. NIST SP 800-63B-4,
// section 3.1.1.2, asks for a list of what is commonly used, expected or compromised: for digits these are patterns, the owner's
// number, dates, and the favourites of leaked lists.
func CheckPIN(pin string, phones []idp.Secret) PINProblem {
	switch {
	case len(pin) < MinPIN || len(pin) > MaxPIN || !allDigits(pin):
		return PINFormat
	case repeats(pin):
		return PINRepeats
	case runs(pin):
		return PINRun
	case slices.ContainsFunc(phones, func(phone idp.Secret) bool { return sharesDigits(pin, phone.Reveal()) }):
		return PINPhone
	case isDate(pin) || isTwoYears(pin):
		return PINYear
	case slices.Contains(commonPINs(), pin):
		return PINCommon
	default:
		return PINFine
	}
}

func allDigits(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// repeats finds a short pattern repeated (111111, 121212, 1231231), blocks of a digit (111222, 112233), and anything made of no
// more than two different digits.
func repeats(pin string) bool {
	for period := 1; period <= len(pin)/2; period++ {
		if pin[period:] == pin[:len(pin)-period] {
			return true
		}
	}
	return digitsUsed(pin) <= 2 || blocks(pin)
}

func digitsUsed(pin string) int {
	digits := strings.Split(pin, "")
	slices.Sort(digits)
	return len(slices.Compact(digits))
}

// blocks reports whether every digit stands beside an equal one.
func blocks(pin string) bool {
	for i := range len(pin) {
		likeBefore := i > 0 && pin[i-1] == pin[i]
		likeAfter := i+1 < len(pin) && pin[i+1] == pin[i]
		if !likeBefore && !likeAfter {
			return false
		}
	}
	return true
}

// runs finds counting up or down by one, past 9 and 0 too (123456, 987654, 890123), by two (135791, 246802), and two runs of
// three or more one after the other (123321, 123789, 456123).
func runs(pin string) bool {
	for _, step := range []int{1, 9, 2, 8} { // modulo ten, 9 is one down and 8 is two down
		if steady(pin, step) {
			return true
		}
	}
	const shortest = 3
	for cut := shortest; cut <= len(pin)-shortest; cut++ {
		if inOrder(pin[:cut]) && inOrder(pin[cut:]) {
			return true
		}
	}
	return false
}

func inOrder(digits string) bool { return steady(digits, 1) || steady(digits, 9) }

func steady(digits string, step int) bool {
	for i := 1; i < len(digits); i++ {
		if int(digits[i]-'0') != (int(digits[i-1]-'0')+step)%10 {
			return false
		}
	}
	return true
}

// sharesDigits finds six digits in a row of the telephone number, in its national form too, anywhere in the PIN.
func sharesDigits(pin, e164 string) bool {
	const run = 6
	digits := strings.TrimPrefix(e164, "+")
	for _, form := range []string{digits, nationalDigits(digits)} {
		for i := 0; i+run <= len(pin); i++ {
			if strings.Contains(form, pin[i:i+run]) {
				return true
			}
		}
	}
	return false
}

// nationalDigits replaces the two-digit country code by the trunk 0: all the countries that codes are sent to have both.
func nationalDigits(digits string) string {
	const countryCode = 2
	if len(digits) <= countryCode {
		return digits
	}
	return "0" + digits[countryCode:]
}

// commonPINs are favourites of six and more digits in leaked lists that no other rule here catches: shapes on the keypad, and
// numbers people know.
func commonPINs() []string {
	return []string{
		"147258", "258147", "147852", "741852", "852741", "159357", "357159", "159753", "951753", "753951", "147369",
		"258369", "369258", "258456", "456852", "963852", "852963", "741963", "147896", "145236", "124578", "235689",
		"142536", "314159", "271828", "521131", "131452", "192837", "123412", "123450", "124356", "134679", "134652",
		"14725836", "31415926", "147258369", "963852741", "741852963", "159357456", "789456123", "1472583690",
		"1029384756", "1123581321", "3141592653", "5201314", "8675309",
	}
}
