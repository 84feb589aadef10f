package apply

import (
	"fmt"
	"slices"

	"github.com/apscloud/apsid/internal/mailbox"
)

// identify names every object, and finds those that have no name or the name of another.
func (f *Files) identify() (mistakes []error) {
	seen := map[string]position{}
	mistakes = slices.Concat(
		name(f.practices, "practice", "id", seen, func(s *practiceSpec) *string { return s.ID }),
		name(f.apps, "app", "id", seen, func(s *clientSpec) *string { return s.ID }),
		name(f.integrations, "integration", "id", seen, func(s *clientSpec) *string { return s.ID }),
		name(f.people, "person", "username", seen, (*personSpec).normal),
	)
	for _, o := range f.apps {
		if at, found := seen["integration "+given(o.spec.ID)]; found && o.spec.ID != nil {
			mistakes = append(mistakes, o.mistake("id", "is that of an integration at %s:%d too", at.file, at.line))
		}
	}
	return mistakes
}

// normal is the user name as it is compared: two names that mean one account are one. The name itself stays as it was written, for the
// parser of user names to judge.
func (s *personSpec) normal() *string {
	if s.Username == nil {
		return nil
	}
	normal := mailbox.Typed(*s.Username)
	return &normal
}

func name[T any](objects []object[T], kind, field string, seen map[string]position, id func(*T) *string) (mistakes []error) {
	for i := range objects {
		o := &objects[i]
		known := id(&o.spec)
		if known == nil || *known == "" {
			mistakes = append(mistakes, o.mistake(field, "is missing: it says which %s this is", kind))
			continue
		}
		o.name = kind + " " + shown(*known)
		if first, twice := seen[kind+" "+*known]; twice {
			mistakes = append(mistakes, o.mistake(field, "is that of the %s at %s:%d too", kind, first.file, first.line))
		}
		seen[kind+" "+*known] = o.at
	}
	return mistakes
}

// shown is text as a terminal may show it (ABUSE 38).
func shown(text string) string {
	quoted := fmt.Sprintf("%q", text)
	if quoted == `"`+text+`"` {
		return text
	}
	return quoted
}
