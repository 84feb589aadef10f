package steps

import (
	"time"

	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/web"
)

// mistake is a problem in words. The zero mistake means no problem.
type mistake struct {
	web.Problem
	code signin.ProblemCode
}

func newMistake(problem signin.Problem, view signin.View, now time.Time) mistake {
	m := mistake{Problem: web.Problem{Field: problem.Field, Text: problemWords(problem, view, now)}, code: problem.Code}
	for _, other := range problem.Also {
		m.Also = append(m.Also, web.Problem{Field: other.Field, Text: problemWords(other, view, now)})
	}
	return m
}

// at returns what is wrong with this field alone.
func (m mistake) at(field string) string {
	if m.credentials() {
		return ""
	}
	return m.Of(field)
}

// credentials reports that user name and password do not belong together. Both fields get the same text, so that neither page nor
// screen reader tells which of them was wrong.
func (m mistake) credentials() bool { return m.code == signin.ProblemCredentials }

// alert is the alert of the page. What belongs to no field of its own leads to the first of those that it is about.
func (m mistake) alert() *web.Alert {
	if m.credentials() {
		return &web.Alert{Text: m.Text, Target: "username"}
	}
	return m.Alert("username", "password", "kind", "code", "country", "phone", "pin", "pin_confirm", "new_password")
}

func emailField(view signin.View, wrong mistake) web.Input {
	autocomplete := "username"
	if view.Passkey != "" {
		autocomplete = "username webauthn" // browsers offer passkeys beside the names that they have kept
	}
	return web.Input{
		Name: "username", Label: "Email address", Type: "email", Inputmode: "email", Autocomplete: autocomplete,
		Value: view.Username, Error: wrong.at("username"), ByAlert: wrong.credentials(), Autofocus: wrong.Text == "" && view.Username == "",
	}
}

func passwordField(view signin.View, wrong mistake) web.Input {
	return web.Input{
		Name: "password", Label: "Password", Type: "password", Autocomplete: "current-password", Reveal: "password",
		Error: wrong.at("password"), ByAlert: wrong.credentials(), Autofocus: wrong.Text == "" && view.Username != "",
	}
}

// codeField is long enough for "123 456" and for what is pasted around it (a code has 6 digits).
func codeField(step signin.State, wrong mistake, brand string) web.Input {
	hint := "Open your authenticator app and enter the 6-digit code for " + brand + "."
	switch step {
	case signin.StateTOTPSetup:
		hint = "6 digits. Enter the ones showing now."
	case signin.StateSMSVerify, signin.StateSMS:
		hint = "The 6 digits in the text message."
	}
	return web.Input{
		Name: "code", Label: "Security code", Hint: hint, Type: "text", Inputmode: "numeric", Autocomplete: "one-time-code",
		MaxLength: 9, Code: true, Error: wrong.at("code"),
		Autofocus: wrong.Text == "" && step != signin.StateTOTPSetup, // on that page the steps above the field come first
	}
}

// enrolmentField is long enough for what stands between the groups of the code.
func enrolmentField(wrong mistake) web.Input {
	return web.Input{
		Name: "code", Label: "Enrolment code", Hint: "12 letters and digits, like 7K3M-Q2XW-9RTD.", Type: "text", Autocomplete: "off",
		MaxLength: 40, Code: true, Error: wrong.at("code"), Autofocus: wrong.Text == "",
	}
}

func pinField(wrong mistake) web.Input {
	pin := web.PINField("pin", "Recovery PIN", "PIN", wrong.at("pin"))
	pin.Autofocus = wrong.Text == ""
	return pin
}
