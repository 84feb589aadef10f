package web

// PINField is the field of a recovery PIN. reveal is what the button that shows the text calls it.
//
// A browser that takes the PIN for a password offers to save it in place of the person's password. Chromium goes by the type: of a field
// that is or was of type "password" it ignores autocomplete="off". So the type is "text" and the style sheet masks the digits
// (-webkit-text-security, which Chromium, Safari and Firefox know); where a browser does not, the script that makes the reveal button
// gives the field the type "password". What was tried is in deploy/docs/decisions/pin-field.md.
func PINField(name, label, reveal, problem string) Input {
	return Input{
		Name: name, Label: label, Type: "text", Inputmode: "numeric", Autocomplete: "one-time-code", Masked: true, Reveal: reveal, Error: problem,
	}
}
