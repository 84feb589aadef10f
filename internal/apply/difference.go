package apply

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// field is one line of a difference.
type field struct {
	sign byte // '+', '~' or '-'
	text string
}

// difference is what would change of one object.
type difference []field

// compare notes a field that differs, and sets edit to its new value. write says it as texts: one for a value, any number for a
// list.
func compare[T any](d *difference, name string, before, after T, edit **T, write func(T) []string) {
	old, wanted := write(before), write(after)
	if slices.Equal(old, wanted) {
		return
	}
	*edit = &after
	d.note(name, old, wanted)
}

// note says what goes and what comes.
func (d *difference) note(name string, before, after []string) {
	if len(before) == 1 && len(after) == 1 {
		*d = append(*d, field{'~', fmt.Sprintf("%s: %s → %s", name, shown(before[0]), shown(after[0]))})
		return
	}
	for _, each := range before {
		if !slices.Contains(after, each) {
			*d = append(*d, field{'-', name + ": " + shown(each)})
		}
	}
	for _, each := range after {
		if !slices.Contains(before, each) {
			*d = append(*d, field{'+', name + ": " + shown(each)})
		}
	}
}

// word says a value; an empty one is none.
func word[T ~string](value T) []string {
	if value == "" {
		return nil
	}
	return []string{string(value)}
}

// set says a list of which the order means nothing.
func set[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, each := range values {
		list[i] = string(each)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// yesNo says only what is so.
func yesNo(value bool) []string {
	if !value {
		return nil
	}
	return []string{"true"}
}

func span(d time.Duration) []string {
	if d == 0 {
		return nil
	}
	return []string{d.String()}
}

func moment(at time.Time) []string {
	if at.IsZero() {
		return nil
	}
	return []string{strings.TrimSuffix(at.UTC().Format(time.RFC3339), "T00:00:00Z")}
}

// fingerprint says keys by the beginning of their SHA-256: they are long.
func fingerprint(keys string) []string {
	if keys == "" {
		return nil
	}
	return []string{"sha-256 " + idp.HashToken(keys)[:16]}
}
