package web

import "strings"

// Support is the contact that people can ask; it comes from configuration.
type Support struct {
	Name  string // "APS Support"
	Phone string // as people read it
	Email string
	Hours string // "Mon–Fri 8:30 am – 6 pm AEST"
}

// Dial is the telephone number in the form of a tel: link (RFC 3966): digits, and a plus in front.
func (s Support) Dial() string {
	return strings.Map(func(c rune) rune {
		if c == '+' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s.Phone)
}
