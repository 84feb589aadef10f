package directory

import (
	"slices"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// openness says which of the callers whom policy lets give the command may change a field, and which clients can have it. The zero
// value means that only APS may change the field, though not on the provider's own apps, and that no integration and no API has it: a
// new field is closed until the code opens it.
type openness uint8

// The ways in which a field may be open.
const (
	toPractice openness = 1 << iota // the people who manage the practice may change it too
	ofOwnApps                       // APS may change it of the provider's own apps too
	ofMachines                      // an integration can have it too
	ofAPIs                          // an API can have it too
)

// field is one field of a T. E is an edit of a T, with a pointer for each field that can be edited.
type field[E, T any] struct {
	name  string // in the API, in files and in the audit trail
	open  openness
	given func(E) bool     // whether the edit sets the field
	set   func(E, *T)      // copies the field from the edit to the T
	take  func(T, *E)      // copies the field from the T to the edit
	tidy  func(*T)         // runs after set; nil: nothing to do
	texts func(T) []string // the field's value as texts: one text for a value, any number for a list, none if nothing is there
	fixed bool             // no edit changes it
	none  string           // how the audit trail says that there is no value
}

// editable returns a field that can be edited: in finds it in an edit, and of in a T.
func editable[E, T, V any](name string, open openness, in func(*E) **V, of func(*T) *V, texts func(V) []string) field[E, T] {
	return field[E, T]{
		name: name, open: open, none: nothing, given: func(e E) bool { return *in(&e) != nil },
		set: func(e E, to *T) {
			if wanted := *in(&e); wanted != nil {
				*of(to) = *wanted
			}
		},
		take:  func(from T, e *E) { *in(e) = of(&from) },
		texts: func(t T) []string { return texts(*of(&t)) },
	}
}

// fixed returns a field that no edit changes.
func fixed[E, T, V any](name string, open openness, of func(T) V, texts func(V) []string) field[E, T] {
	return field[E, T]{
		name: name, open: open, fixed: true, none: nothing, given: func(E) bool { return false }, set: func(E, *T) {}, take: func(T, *E) {},
		texts: func(t T) []string { return texts(of(t)) },
	}
}

// tidied returns the field with a function that tidies the T after an edit has set the field.
func (f field[E, T]) tidied(tidy func(*T)) field[E, T] {
	f.tidy = tidy
	return f
}

// saying returns the field with the word for a missing value in the audit trail.
func (f field[E, T]) saying(none string) field[E, T] {
	f.none = none
	return f
}

// fields are all fields of a T that an edit or a comparison knows.
type fields[E, T any] []field[E, T]

// beyond reports whether the edit sets a field that is not open in this way.
func (all fields[E, T]) beyond(open openness, edit E) bool {
	return slices.ContainsFunc(all, func(f field[E, T]) bool { return f.given(edit) && f.open&open == 0 })
}

// unexpected returns the name of a field that has a value and is not open in this way; "" if there is none.
func (all fields[E, T]) unexpected(open openness, t T) string {
	for _, f := range all {
		if f.open&open == 0 && len(f.texts(t)) > 0 {
			return f.name
		}
	}
	return ""
}

// apply returns the T as the edit wants it, and what that changes.
func (all fields[E, T]) apply(edit E, before T) (after T, changes edits) {
	after, changes = before, edits{}
	for _, f := range all {
		if !f.given(edit) {
			continue
		}
		f.set(edit, &after)
		if f.tidy != nil {
			f.tidy(&after)
		}
		changes.note(f.name, or(f.none, f.texts(before)), or(f.none, f.texts(after)))
	}
	return after, changes
}

// Change is a field whose value differs. Before and After hold the value as texts: one for a value, any number for a list, sorted,
// and none if there is no value.
type Change struct {
	Field         string
	Before, After []string
	Fixed         bool // no edit makes this change
}

// compare returns the fields that differ, and the edit that makes the first T like the second, as far as an edit can.
func (all fields[E, T]) compare(before, after T) (edit E, changes []Change) {
	for _, f := range all {
		change := Change{Field: f.name, Before: sorted(f.texts(before)), After: sorted(f.texts(after)), Fixed: f.fixed}
		if !slices.Equal(change.Before, change.After) {
			changes = append(changes, change)
			f.take(after, &edit)
		}
	}
	return edit, changes
}

// full returns the edit that makes everything like this T, as far as an edit can.
func (all fields[E, T]) full(wanted T) (edit E) {
	for _, f := range all {
		f.take(wanted, &edit)
	}
	return edit
}

func word[V ~string](value V) []string {
	if value == "" {
		return nil
	}
	return []string{string(value)}
}

func list[V ~string](values []V) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return texts
}

func flag(value bool) []string {
	if !value {
		return nil
	}
	return []string{strconv.FormatBool(value)}
}

func instant(at time.Time) []string {
	if at.IsZero() {
		return nil
	}
	return []string{at.UTC().Format(time.RFC3339)}
}

func span(d time.Duration) []string {
	if d == 0 {
		return nil
	}
	return []string{d.String()}
}

// grace is span, but that a value below zero says that there is none.
func grace(d time.Duration) []string {
	if d < 0 {
		return []string{"0s"}
	}
	return span(d)
}

// fingerprint names a long value by the beginning of its SHA-256.
func fingerprint(value string) []string {
	if value == "" {
		return nil
	}
	return []string{"sha-256 " + idp.HashToken(value)[:16]}
}
