package policy

import (
	"strconv"

	"github.com/apscloud/apsid/internal/idp"
)

// Text tells the person who chose a password what is wrong with it; "" if it is fine.
func (p PasswordProblem) Text() string {
	switch p {
	case PasswordFine:
		return ""
	case PasswordShort:
		return "Use at least 12 characters. A few words that don’t belong together are easy to remember."
	case PasswordShortWithMFA:
		return "Use at least 8 characters. A few words that don’t belong together are easy to remember."
	case PasswordLong:
		return "That password is too long. Use a shorter one."
	case PasswordCharacters:
		return "That password has characters that can’t be used. Choose another one."
	case PasswordPersonal:
		return "That password is made of your name, your email address, your practice or the app. Choose words that have nothing to do with you."
	case PasswordDigits:
		return "That password is a number, and numbers are quick to guess. Add a few words."
	case PasswordBreached:
		return "That password was stolen from another website and is in public lists. Choose one that you use nowhere else."
	case PasswordGuessable:
		return "That password is one of the first that an attacker tries. Use a few words that don’t belong together."
	default:
		return "That password repeats itself, so it is easy to guess. Choose another one."
	}
}

// Text tells the person who chose a recovery PIN what is wrong with it; "" if it is fine.
func (p PINProblem) Text() string {
	switch p {
	case PINFine:
		return ""
	case PINFormat:
		return "A recovery PIN has 6 to 10 digits."
	case PINRepeats:
		return "That PIN repeats itself, so it is easy to guess. Choose another one."
	case PINRun:
		return "That PIN is a run of digits, so it is easy to guess. Choose another one."
	case PINPhone:
		return "That PIN is part of your phone number. Choose another one."
	case PINYear:
		return "That PIN looks like a year or a date, so it is easy to guess. Choose another one."
	default:
		return "Many people use that PIN, so it is easy to guess. Choose another one."
	}
}

// TriesText warns a person that so many tries are left until the proof is locked; "" for none. It is a sentence to put behind another.
func TriesText(left int, proof idp.Proof) string {
	tries := strconv.Itoa(left) + " tries"
	switch {
	case left == 0:
		return ""
	case left == 1:
		tries = "1 try"
	}
	if proof == idp.ProofPIN {
		return "You have " + tries + " left before the PIN is locked."
	}
	return "You have " + tries + " left before you have to wait."
}
