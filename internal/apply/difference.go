package apply

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/directory"
)

// field is one line of a difference.
type field struct {
	sign byte // '+', '~' or '-'
	text string
}

// difference is what would change of one object.
type difference []field

// add notes what changes.
func (d *difference) add(changes []directory.Change) {
	for _, change := range changes {
		d.note(nameOf(change), change.Before, change.After)
	}
}

// nameOf is what files call the field: a practice that is referred to is "practice" there.
func nameOf(change directory.Change) string { return strings.TrimSuffix(change.Field, "_id") }

// note says what goes and what comes: one text for a value, any number for a list.
func (d *difference) note(name string, before, after []string) {
	if len(before) == 1 && len(after) == 1 {
		*d = append(*d, field{'~', fmt.Sprintf("%s: %s → %s", name, said(before[0]), said(after[0]))})
		return
	}
	for _, each := range before {
		if !slices.Contains(after, each) {
			*d = append(*d, field{'-', name + ": " + said(each)})
		}
	}
	for _, each := range after {
		if !slices.Contains(before, each) {
			*d = append(*d, field{'+', name + ": " + said(each)})
		}
	}
}

// said is a text as it is shown; of a time at midnight only the day.
func said(text string) string {
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		text = strings.TrimSuffix(text, "T00:00:00Z")
	}
	return shown(text)
}
