package importer

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// objects reads people from JSON Lines.
type objects struct{ lines *lines }

// object is one line.
type object struct {
	Username      string   `json:"username"`
	Name          string   `json:"name"`
	Practice      string   `json:"practice"`
	Roles         []string `json:"roles"`
	PasswordHash  string   `json:"password_hash"`
	EmailVerified bool     `json:"email_verified"`
}

// next returns io.EOF after the last one.
func (o *objects) next() (person, error) {
	for {
		next, err := o.lines.next()
		switch {
		case err != nil:
			return person{}, err
		case next.long:
			return at(next.number, "is longer than %d KiB", maxLine>>10), nil
		case strings.TrimSpace(next.text) != "":
			return parse(next), nil
		}
	}
}

func parse(l line) person {
	if why := readable(l.text); why != "" {
		return at(l.number, "%s", why)
	}
	decoder := json.NewDecoder(strings.NewReader(l.text))
	decoder.DisallowUnknownFields()
	var o object
	if err := decoder.Decode(&o); err != nil {
		return at(l.number, "%s", wrong(err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return at(l.number, "holds more than one object")
	}
	p := person{line: l.number, verified: o.EmailVerified}
	for field, value := range map[string]string{
		"username": o.Username, "name": o.Name, "practice": o.Practice, "roles": strings.Join(o.Roles, " "), "password_hash": o.PasswordHash,
	} {
		p.set(field, value)
	}
	return p
}

// wrong says what is wrong with a line, without Go's words where there are better ones.
func wrong(err error) string {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) && mistyped.Field != "" {
		return mistyped.Field + ": has a value of the wrong type (" + mistyped.Value + ")"
	}
	if text, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return "there is no member " + text + ": there are " + strings.Join(fields(), ", ")
	}
	return "is not a JSON object"
}
