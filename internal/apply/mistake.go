package apply

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// position is a place in a file.
type position struct {
	file string
	line int
}

// Mistake is something in a file that can't be carried out.
type Mistake struct {
	File   string
	Line   int
	Object string // "practice prc_harbour"; "" before it is known
	Field  string // "": it is about the whole object
	Text   string
}

// Error is one line: practice.yaml:7: practice prc_harbour: region: must be AU, NZ or GB.
func (m *Mistake) Error() string {
	text := fmt.Sprintf("%s:%d: ", m.File, m.Line)
	if m.Object != "" {
		text += m.Object + ": "
	}
	if m.Field != "" {
		text += m.Field + ": "
	}
	return text + m.Text
}

// mistake returns a Mistake about a field of an object, at the line of the field if it has one.
func (o object[T]) mistake(field, format string, args ...any) error {
	at, found := o.lines[field]
	if !found {
		at = o.at.line
	}
	return &Mistake{File: o.at.file, Line: at, Object: o.name, Field: field, Text: fmt.Sprintf(format, args...)}
}

// refused turns the directory's refusal of an object into mistakes; fields maps the directory's names of fields to those of the
// file, where they differ.
func (o object[T]) refused(err error, fields map[string]string) error {
	var known *idp.Error
	if !errors.As(err, &known) || known.Public == "" {
		return fmt.Errorf("%s:%d: %s: %w", o.at.file, o.at.line, o.name, err)
	}
	var all []error
	for _, each := range append([]*idp.Error{known}, known.Also...) {
		field, _, _ := strings.Cut(each.Field, "/") // a file has one line for a list
		if other, found := fields[field]; found {
			field = other
		}
		all = append(all, o.mistake(field, "%s", each.Public))
	}
	return errors.Join(all...)
}

// refusedPrune words an error about something that is in no file.
func refusedPrune(name string, err error) error {
	var known *idp.Error
	if errors.As(err, &known) && known.Public != "" {
		return fmt.Errorf("%s: %s", name, known.Public)
	}
	return fmt.Errorf("%s: %w", name, err)
}
