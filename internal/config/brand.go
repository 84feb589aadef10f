package config

import (
	"unicode"
	"unicode/utf8"
)

// Brand is how the service is called and looks, on pages and in mails.
type Brand struct {
	Name string `default:"APS ID" help:"What people know this service as: on pages, in messages and beside the codes of authenticator apps."`
	Logo string `placeholder:"FILE" help:"Its logo, above the pages: a PNG or JPEG."`
}

func (b Brand) check() error {
	const most = 40
	if utf8.RuneCountInString(b.Name) > most {
		return problem("brand-name", b.Name, "must not have more than %d characters", most)
	}
	for _, c := range b.Name {
		if !unicode.IsPrint(c) {
			return problem("brand-name", "", "must be one line of words")
		}
	}
	return nil
}
