package web

// MissingPassword asks for the new password that a form was sent without.
const MissingPassword = "Choose a new password." // #nosec G101 -- a text

// NewPassword is the field of a password that a person chooses; wrong says what is wrong with what was typed. It is described by the
// rules above it (the template password-rules), so that a person knows them before typing.
func NewPassword(wrong string, focus bool) Input {
	return Input{
		Name: "new_password", Label: "New password", Type: "password", Autocomplete: "new-password", Reveal: "new password",
		Error: wrong, Describes: []string{"password-rules"}, Autofocus: focus,
	}
}
