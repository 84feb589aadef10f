package web

// PINField is the field of a recovery PIN. reveal is what the button that shows the text calls it.
//
// A browser that takes the PIN for a password offers to save it in place of the person's password, and fills that in here. Chromium
// goes by the type: of a field with type="password" it ignores autocomplete="off". So the type is "text" and the style sheet masks the
// digits (-webkit-text-security, which Chromium, Safari and Firefox know); where a browser does not, the script that makes the reveal
// button gives the field the type "password". autocomplete="one-time-code" says besides that it is no user name, and keeps the text out
// of what forms remember (HTML Standard, autofill: a one-time code is not to be kept). deploy/docs/decisions has what was tried.
func PINField(name, label, reveal, problem string) Input {
	return Input{
		Name: name, Label: label, Type: "text", Inputmode: "numeric", Autocomplete: "one-time-code", Masked: true, Reveal: reveal, Error: problem,
	}
}
