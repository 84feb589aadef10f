package directory

import (
	"slices"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// openness says who may change a field, of those whom policy lets give the command, and what has one. A field that says nothing is
// APS's alone to change, never of the provider's own apps, and no integration has it: a new field is closed until it is decided
// otherwise.
type openness uint8

// What a field may be opened for.
const (
	toPractice openness = 1 << iota // the people who manage the practice may change it too
	ofOwnApps                       // APS may change it of the provider's own apps too
	ofMachines                      // an integration can have it too
)

// field is one field of a T. E is an edit of a T, with a pointer for each field that can be edited.
type field[E, T any] struct {
	name  string // in the API, in files and in the audit trail
	open  openness
	given func(E) bool     // whether the edit is about it
	set   func(E, *T)      // carries it from the edit to the T
	take  func(T, *E)      // carries it from the T to the edit
	tidy  func(*T)         // after set; nil: nothing
	texts func(T) []string // its value: one text for a value, any number for a list, none if nothing is there
	fixed bool             // no edit changes it
	none  string           // how the trail says that nothing is there
}

// editable is a field that an edit has at in, and a T at of.
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

// fixed is a field that no edit changes.
func fixed[E, T, V any](name string, open openness, of func(T) V, texts func(V) []string) field[E, T] {
	return field[E, T]{
		name: name, open: open, fixed: true, none: nothing, given: func(E) bool { return false }, set: func(E, *T) {}, take: func(T, *E) {},
		texts: func(t T) []string { return texts(of(t)) },
	}
}

// tidied puts what an edit says in order, when it says something.
func (f field[E, T]) tidied(tidy func(*T)) field[E, T] {
	f.tidy = tidy
	return f
}

// saying words the absence of a value in the trail.
func (f field[E, T]) saying(none string) field[E, T] {
	f.none = none
	return f
}

// fields are all fields of a T that an edit or a comparison knows.
type fields[E, T any] []field[E, T]

// beyond reports whether the edit is about a field that is not open like this.
func (all fields[E, T]) beyond(open openness, edit E) bool {
	return slices.ContainsFunc(all, func(f field[E, T]) bool { return f.given(edit) && f.open&open == 0 })
}

// unexpected is the name of a field that has a value and is not open like this; "" if there is none.
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

// Change is a field of which the value differs, in texts: one for a value, any number for a list, in order, and none if nothing
// is there.
type Change struct {
	Field         string
	Before, After []string
	Fixed         bool // no edit makes this change
}

// compare returns what differs, and the edit that makes the first like the second as far as an edit can.
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

// fingerprint names a long value by the beginning of its SHA-256.
func fingerprint(value string) []string {
	if value == "" {
		return nil
	}
	return []string{"sha-256 " + idp.HashToken(value)[:16]}
}
