package authenticator

import "github.com/apscloud/apsid/internal/idp"

// Text tells the person who typed a telephone number what is wrong with it; "" if it is fine.
func (p PhoneProblem) Text() string {
	switch p {
	case PhoneFine:
		return ""
	case PhoneCountry:
		return "We can text Australian, New Zealand and UK mobile numbers only. Choose one of these countries, or go back and use an authenticator app."
	case PhoneNotMobile:
		return "That number is not a mobile. Enter a mobile number, or go back and use an authenticator app."
	default:
		return "That is not a mobile number of the country you chose. Check the number and the country."
	}
}

// What people are told about a code that does not count.
const (
	TextCodeUsed    = "That code was used already. Wait for your app to show the next one, and enter that."
	TextCodeFormat  = "A security code has 6 digits. Enter all of them."
	TextCodeClock   = "That code is not right. Check that your phone sets its time automatically, then enter the code it shows now."
	TextCodeExpired = "That code has expired. Ask for a new one."
)

// WrongCodeText says that a code of this kind of authenticator is not right.
func WrongCodeText(kind idp.Kind) string {
	if kind == idp.KindSMS {
		return "That code is not right. Check the text message and enter the code again."
	}
	return "That code is not right. Codes change every 30 seconds, so enter the one showing now."
}
