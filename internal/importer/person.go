package importer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// person is a line as it was read: only that its text is readable has been checked.
type person struct {
	line     int
	username string
	name     string
	practice string // "": the one of the settings
	roles    []string
	hash     string
	verified bool   // the other system knows that the person reads what is sent to the user name
	fault    string // why the line can't be read; "": it can
}

// at begins a person who can't be read.
func at(number int, fault string, args ...any) person {
	return person{line: number, fault: fmt.Sprintf(fault, args...)}
}

// fields are the names of the columns, and of the members in JSON Lines.
func fields() []string {
	return []string{"username", "name", "practice", "roles", "password_hash", "email_verified"}
}

// set gives the person a value by the name of its column.
func (p *person) set(field, value string) {
	value = strings.TrimSpace(value)
	switch field {
	case "username":
		p.username = value
	case "name":
		p.name = value
	case "practice":
		p.practice = value
	case "roles":
		p.roles = strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '|' })
	case "password_hash":
		p.hash = value
	case "email_verified":
		switch strings.ToLower(value) { // spreadsheets write TRUE
		case "true":
			p.verified = true
		case "false", "":
		default:
			p.fault = orElse(p.fault, "email_verified: must be true or false")
		}
	}
	if p.fault == "" && strings.ContainsFunc(value, unicode.IsControl) {
		p.fault = field + ": holds a line break or another control character"
	}
}

// readable says why text can't be read at all; "" if it can.
func readable(text string) string {
	if !utf8.ValidString(text) {
		return "is not UTF-8"
	}
	return ""
}
